"""How often each rule has found something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from oso_evalscript.linter.report import Report
from oso_evalscript.model.diagnostic import Safety


def render_statistics(reports: Iterable[Report]) -> str:
    """Return a line for each rule that has found something, the most frequent first: count, rule, severity, fixes."""
    found = [item for report in reports for item in report]
    counts = Counter((item.rule, item.severity) for item in found)
    fixable = Counter((item.rule, item.fix.safety) for item in found if item.fix is not None)
    width = max((len(rule) for rule, _ in counts), default=0)
    lines = []
    for (rule, severity), count in sorted(counts.items(), key=lambda row: (-row[1], row[0])):
        fixes = [f"{fixable[rule, safety]} {safety}" for safety in Safety if fixable[rule, safety]]
        note = f"  fixes: {', '.join(fixes)}" if fixes else ""
        lines.append(f"{count:>6}  {rule:<{width}}  {severity:<7}{note}".rstrip() + "\n")
    return "".join(lines)
