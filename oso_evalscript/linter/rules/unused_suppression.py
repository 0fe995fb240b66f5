"""A comment allows findings, but there are none.

`// oso: allow RULE` hides the findings of a rule, so each such comment should hide at least one. A comment that does
not name an existing rule never hides anything. If the rule no longer finds anything on the line (or, with `allow-file`,
in the file), the comment is out of date and would hide the next mistake there.

The rule does not check a comment whose rule was not run, or a script that cannot be parsed completely. The safe fix
removes unused names, and the whole comment when no names remain. A misspelt name is not fixed.

The same applies to a comment beside a script inside another file, as in `# oso: allow RULE` behind a string literal,
unless the script has placeholders.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.linter.rule import Bad, Group, Rule, all_rules, no_such_rule
from oso_evalscript.linter.suppressions import RULE_NAME, read_suppressions
from oso_evalscript.model.diagnostic import Finding, Severity
from oso_evalscript.semantics.script import Script


def check(script: Script) -> Iterator[Finding]:
    """Look at the names; which of them are of no use, the engine tells when the other rules have run."""
    source = script.tree.source
    known = {rule.name for rule in all_rules()}
    for item in read_suppressions(script.tree):
        if not item.names:
            yield Finding(item.span, "this comment does not name a rule; expected `// oso: allow RULE — reason`")
        for name in item.names:
            if (text := source.slice(name)) not in known:
                yield Finding(name, no_such_rule(text))


RULE = Rule(
    name=RULE_NAME,
    severity=Severity.WARNING,
    group=Group.TEXT,
    check=check,
    good=(
        "// Each finding can be allowed with `// oso: allow RULE`.\nreturn [1];",
        "const c = [0ffaaff]; // oso: allow malformed-hex — a fixture that must stay broken",
        "// oso: allow malformed-hex, syntax-error — it is either of them\nconst c = [0ffaaff];",
        "return ['// oso: allow nothing'];",
    ),
    bad=(
        Bad("return [1]; // oso: allow malformed-hax", at="malformed-hax"),
        Bad("// oso: allow\nreturn [1];", at="// oso: allow"),
        Bad("// oso: allow-file output_length — a test\nreturn [1];", at="output_length"),
    ),
)
