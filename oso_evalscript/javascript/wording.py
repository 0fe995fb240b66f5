"""Esprima's messages in words for authors of scripts: a clause each, without class names and line numbers."""

from __future__ import annotations

import re

_HEAD = re.compile(r"(?:Error: )?(?:Line \d+: )?")
_CLAUSES = {
    "Assignment to eval or arguments is not allowed in strict mode": "strict code cannot set `eval` or `arguments`",
    "A class may only have one constructor": "a class has one `constructor`",
    "Catch variable may not be eval or arguments in strict mode": "strict code cannot declare `eval` or `arguments`",
    "Class constructor may not be an accessor": "a `constructor` is a plain method",
    "Class constructor may not be an async method": "a `constructor` is a plain method",
    "Classes may not have a field named 'constructor'": "`constructor` is no name of a field",
    "Classes may not have static property named prototype": "`prototype` is no name of a static member",
    "Delete of an unqualified identifier in strict mode.": "strict code cannot delete a variable",
    "Function name may not be eval or arguments in strict mode": "strict code cannot declare `eval` or `arguments`",
    "Generator declarations are not allowed in legacy contexts": "a generator cannot be declared here without a block",
    "Getter must not have any formal parameters": "a getter has no parameters",
    "Illegal 'use strict' directive in function with non-simple parameter list": (
        "`use strict` cannot stand in a function whose parameters are more than names"
    ),
    "Illegal break statement": "`break` is outside of any loop or `switch`",
    "Illegal continue statement": "`continue` is outside of any loop",
    "Illegal newline after throw": "`throw` and its value stand on one line",
    "In strict mode code, functions can only be declared at top level or inside a block": (
        "strict code declares functions only in blocks"
    ),
    "Invalid hexadecimal escape sequence": "`\\x` is followed by two hexadecimal digits",
    "Invalid left-hand side in assignment": "nothing can be assigned to what stands on the left",
    "Invalid left-hand side in for-in": "`for … in` sets a variable or a member, and this is neither",
    "Invalid left-hand side in for-loop": "`for … of` sets a variable or a member, and this is neither",
    "Invalid regular expression: missing /": "the regular expression is not closed: a `/` is missing",
    "let is disallowed as a lexically bound name": "`let` is no name of a variable",
    "Missing catch or finally after try": "`try` has neither `catch` nor `finally`",
    "More than one default clause in switch statement": "a `switch` has one `default`",
    "Octal literals are not allowed in strict mode.": "strict code has no octal numbers and escapes",
    "Octal literals are not allowed in template strings.": "template strings have no octal escapes",
    "Parameter name eval or arguments is not allowed in strict mode": (
        "strict code cannot declare `eval` or `arguments`"
    ),
    "Rest parameter must be last formal parameter": "`...` stands last among the parameters",
    "Setter function argument must not be a rest parameter": "the parameter of a setter has no `...`",
    "Setter must have exactly one formal parameter": "a setter has one parameter",
    "Strict mode code may not include a with statement": "strict code has no `with`",
    "Strict mode function may not have duplicate parameter names": "two parameters have one name",
    "Unexpected end of input": "the text ends in the middle of a statement",
    "Unexpected token ILLEGAL": "unexpected character",
    "Use of future reserved word in strict mode": "the word is reserved in strict code",
    "Variable name may not be eval or arguments in strict mode": "strict code cannot declare `eval` or `arguments`",
    "for-in loop variable declaration may not have an initializer": "a loop over members gives the variable its values",
}
_PATTERNS = (
    (re.compile(r"Undefined label '(.*)'"), r"nothing around this is called `\1`"),
    (re.compile(r"Label '(.*)' has already been declared"), r"something around this is called `\1` already"),
    (re.compile(r"Duplicate binding (.*)"), r"`\1` stands twice in the pattern"),
    (re.compile(r"Missing initializer in const declaration"), "a `const` needs a value"),
    (re.compile(r"Missing initializer in .* declaration"), "a pattern needs a value"),
    (
        re.compile(r"(?:Pre|Post)fix increment/decrement may not have .*"),
        "strict code cannot set `eval` or `arguments`",
    ),
    (re.compile(r"Unexpected (?:identifier|number|string|reserved word|quasi.*)", re.DOTALL), "unexpected token"),
)


def worded(message: str) -> str:
    """Return one of esprima's messages as a clause; what is written here already stays as it is."""
    plain = _HEAD.sub("", message, count=1)
    if plain in _CLAUSES:
        return _CLAUSES[plain]
    for pattern, clause in _PATTERNS:
        if match := pattern.fullmatch(plain):
            return match.expand(clause)
    return plain[:1].lower() + plain[1:]
