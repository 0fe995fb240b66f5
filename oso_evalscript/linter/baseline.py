"""A baseline: the findings that were there when a project took the linter up, which are not reported again.

A finding is known by its file, its rule and the text of its line, so that it stays known where lines move, and is new
where its line changes. Two of the same kind on equal lines count twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TypeAlias

from oso_evalscript.linter.report import Report
from oso_evalscript.model.display import to_json
from oso_evalscript.model.errors import ConfigError

VERSION = 1

Key: TypeAlias = tuple[str, str, str]
"""What a finding is known by: file, rule, text of the line."""


def write_baseline(reports: Iterable[Report], name_of: Mapping[str, str]) -> str:
    """Return a baseline of all findings, as JSON.

    Args:
        reports: the findings.
        name_of: for each file as reports name it, how the baseline names it.
    """
    counts = Counter(key for report in reports for key in _keys(report, name_of))
    rows = [
        {"file": file, "rule": rule, "line": line, "count": count}
        for (file, rule, line), count in sorted(counts.items())
    ]
    return to_json({"version": VERSION, "findings": rows}) + "\n"


def read_baseline(text: str, where: str) -> Counter[Key]:
    """Return how often a baseline has each finding; `where` names it in messages.

    Raises:
        ConfigError: the text is no baseline.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    rows = value.get("findings") if isinstance(value, dict) and value.get("version") == VERSION else None
    if not isinstance(rows, list):
        raise ConfigError(f"{where}: is not a baseline; --write-baseline creates one")
    counts: Counter[Key] = Counter()
    for row in rows:
        parts = [row.get(key) for key in ("file", "rule", "line")] if isinstance(row, dict) else [None]
        count = row.get("count") if isinstance(row, dict) else None
        if not all(isinstance(part, str) for part in parts) or not isinstance(count, int) or isinstance(count, bool):
            raise ConfigError(f"{where}: is not a baseline; --write-baseline creates one")
        file, rule, line = map(str, parts)
        counts[(file, rule, line)] += count
    return counts


def without_known(
    reports: Sequence[Report], known: Counter[Key], name_of: Mapping[str, str]
) -> tuple[list[Report], int]:
    """Return reports without the findings of a baseline, and how many of the baseline's are gone."""
    left = Counter(known)
    kept: list[Report] = []
    for report in reports:
        new: list[int] = []
        for number, key in enumerate(_keys(report, name_of)):
            if left[key] > 0:
                left[key] -= 1
            else:
                new.append(number)
        cells = tuple(report.in_cells[number] for number in new) if report.in_cells else ()
        kept.append(Report(report.source, tuple(report.diagnostics[number] for number in new), cells))
    files = {name_of[report.source.name] for report in reports}
    return kept, sum(count for (file, _, _), count in left.items() if file in files and count > 0)


def relative_names(names: Iterable[str], folder: PurePath, working: PurePath) -> dict[str, str]:
    """Return how a baseline in a folder names files: from there, with `/`, where they lie below it.

    Args:
        names: the files, as reports name them, from the working folder.
        folder: where the baseline lies, from the root.
        working: the working folder, from the root.
    """
    found: dict[str, str] = {}
    for name in names:
        path = working / name
        try:
            found[name] = path.relative_to(folder).as_posix()
        except ValueError:
            found[name] = path.as_posix()
    return found


def _keys(report: Report, name_of: Mapping[str, str]) -> Iterable[Key]:
    source = report.source
    for item in report:
        line = source.slice(source.line_span(source.position(item.span.start).line)).strip()
        yield name_of[source.name], item.rule, line
