"""Esprima's messages in words for authors of scripts: a clause each, without class names and line numbers."""

from __future__ import annotations

import re

from oso_evalscript.model.regex import regex

_HEAD = regex(r"(?:Error: )?(?:Line \d+: )?")
_CLAUSES = {
    "Assignment to eval or arguments is not allowed in strict mode": (
        "`eval` and `arguments` cannot be assigned to in strict mode"
    ),
    "A class may only have one constructor": "a class can have only one `constructor`",
    "Catch variable may not be eval or arguments in strict mode": (
        "`eval` and `arguments` cannot be declared in strict mode"
    ),
    "Class constructor may not be an accessor": "a `constructor` cannot be a getter, a setter, a generator or async",
    "Class constructor may not be an async method": (
        "a `constructor` cannot be a getter, a setter, a generator or async"
    ),
    "Classes may not have a field named 'constructor'": "a class field cannot be named `constructor`",
    "Classes may not have static property named prototype": "a static class member cannot be named `prototype`",
    "Delete of an unqualified identifier in strict mode.": "a variable cannot be deleted in strict mode",
    "Function name may not be eval or arguments in strict mode": (
        "`eval` and `arguments` cannot be declared in strict mode"
    ),
    "Generator declarations are not allowed in legacy contexts": (
        "a generator cannot be declared here; wrap it in a block `{ … }`"
    ),
    "Getter must not have any formal parameters": "a getter cannot have parameters",
    "Illegal 'use strict' directive in function with non-simple parameter list": (
        "`use strict` is not allowed in a function with default, rest or destructured parameters"
    ),
    "Illegal break statement": "`break` is outside of a loop or `switch`",
    "Illegal continue statement": "`continue` is outside of a loop",
    "Illegal newline after throw": "the value of `throw` must be on the same line",
    "In strict mode code, functions can only be declared at top level or inside a block": (
        "a function cannot be declared here in strict mode; wrap it in a block `{ … }`"
    ),
    "Invalid hexadecimal escape sequence": "`\\x` must be followed by two hexadecimal digits",
    "Invalid left-hand side in assignment": (
        "the left side of an assignment must be a variable, a property or a pattern"
    ),
    "Invalid left-hand side in for-in": "the left side of `for … in` must be a variable, a property or a pattern",
    "Invalid left-hand side in for-loop": "the left side of `for … of` must be a variable, a property or a pattern",
    "Invalid regular expression: missing /": "the regular expression is not closed: a `/` is missing",
    "let is disallowed as a lexically bound name": "a variable declared with `let` or `const` cannot be named `let`",
    "Missing catch or finally after try": "`try` needs a `catch` or a `finally`",
    "More than one default clause in switch statement": "a `switch` can have only one `default`",
    "Octal literals are not allowed in strict mode.": "octal numbers and octal escapes are not allowed in strict mode",
    "Octal literals are not allowed in template strings.": "octal escapes are not allowed in template strings",
    "Parameter name eval or arguments is not allowed in strict mode": (
        "`eval` and `arguments` cannot be declared in strict mode"
    ),
    "Rest parameter must be last formal parameter": "a rest parameter must be last",
    "Setter function argument must not be a rest parameter": "the parameter of a setter cannot be a rest parameter",
    "Setter must have exactly one formal parameter": "a setter must have exactly one parameter",
    "Strict mode code may not include a with statement": "`with` is not allowed in strict mode",
    "Strict mode function may not have duplicate parameter names": (
        "duplicate parameter names are not allowed in strict mode"
    ),
    "Unexpected end of input": "the text ends in the middle of a statement",
    "Unexpected token ILLEGAL": "unexpected character",
    "Use of future reserved word in strict mode": "this word is reserved in strict mode",
    "Variable name may not be eval or arguments in strict mode": (
        "`eval` and `arguments` cannot be declared in strict mode"
    ),
    "for-in loop variable declaration may not have an initializer": (
        "the variable of a `for … in` loop cannot have an initial value"
    ),
}
_PATTERNS = (
    (regex(r"Undefined label '(.*)'"), r"no enclosing statement has the label `\1`"),
    (
        regex(r"Label '(.*)' has already been declared"),
        r"the label `\1` is already used by an enclosing statement",
    ),
    (regex(r"Duplicate binding (.*)"), r"`\1` appears twice in the pattern"),
    (regex(r"Missing initializer in const declaration"), "a `const` declaration must have a value"),
    (regex(r"Missing initializer in .* declaration"), "a destructuring declaration must have a value"),
    (
        regex(r"(?:Pre|Post)fix increment/decrement may not have .*"),
        "`eval` and `arguments` cannot be assigned to in strict mode",
    ),
    (regex(r"Unexpected (?:identifier|number|string|reserved word|quasi.*)", re.DOTALL), "unexpected token"),
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
