from __future__ import annotations

import pytest
from esprima.messages import Messages

from oso_evalscript.javascript.wording import worded
from tests.javascript.verdict import found_wrong

NEVER_SHOWN = {  # each word of these stands in the text, or they are judged elsewhere
    "BadImportCallArity", "DuplicateProtoProperty", "IllegalReturn", "InvalidEscapedReservedWord", "InvalidRegExp",
    "Redeclaration",
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in vars(Messages) if name[:1].isupper() and name not in NEVER_SHOWN])
def test_every_message_of_esprima_has_words(name: str) -> None:
    message = getattr(Messages, name).replace("%0", "const").replace("%1", "a")
    if name == "ForInOfLoopInitializer":
        message = message.replace("const", "for-in")
    found = worded(f"Line 3: {message}")
    assert found.startswith("unexpected") or found != message[:1].lower() + message[1:], found
    for word in ("illegal", "invalid", "formal", "identifier", "lexically", "initializer"):
        assert word not in found.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const a;", "a `const` declaration must have a value"),
        ("let [a];", "unexpected `;`"),
        ("break a;", "no enclosing statement has the label `a`"),
        ("a: a: b;", "the label `a` is already used by an enclosing statement"),
        ("try { }", "`try` needs a `catch` or a `finally`"),
        ("1 = 2", "the left side of an assignment must be a variable, a property or a pattern"),
        ("continue;", "`continue` is outside of a loop"),
        ("try {} catch ([a, a]) {}", "`a` appears twice in the pattern"),
        ("class A { constructor() {} constructor() {} }", "a class can have only one `constructor`"),
        ("let a b", "unexpected `b`"),
        ("let a 'b'", "unexpected `'`"),
    ],
)
def test_messages(text: str, expected: str) -> None:
    assert found_wrong(text)[0] == expected
