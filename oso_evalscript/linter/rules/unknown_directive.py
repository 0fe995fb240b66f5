"""A comment for this package that cannot be understood.

A comment `// oso: KEY VALUE` says what the code alone cannot: which findings are allowed, which nomenclature the script
paints, which collection its bands come from. With a misspelt key or value, the comment has no effect, and nothing else
would report it. A second `collection` or `nomenclature` with a different value has no effect either.

Rule names after `allow` are checked by `unused-suppression`.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Report what is wrong with the directives."""
    for fault in script.directives.faults():
        yield Finding(fault.span, fault.message)


RULE = Rule(
    name="unknown-directive",
    severity=Severity.WARNING,
    group=Group.TEXT,
    check=check,
    good=(
        "// oso: nomenclature oso-17\nreturn [1];",
        "// classes; oso: nomenclature: oso-17; collection cnes-land-cover\nreturn [1];",
        "/*\n * oso: collection sentinel-2-l2a\n */\nreturn [1];",
        "// oso: 23 classes\n// la carte oso: occupation du sol\nreturn [1];",
        "// Write `// oso: nomenclatur x`\nreturn ['// oso: collektion x'];",
    ),
    bad=(
        Bad("// oso: nomenclatur oso-17\nreturn [1];", at="nomenclatur"),
        Bad("// classes; oso: nomenclature oso_17\nreturn [1];", at="oso_17"),
        Bad("// oso: classes oso-17\nreturn [1];", at="classes"),
        Bad("// oso: collection\nreturn [1];", at="collection"),
        Bad("// oso: nomenclature oso-17; nomenclature oso-23\nreturn [1];", at="oso-23"),
    ),
)
