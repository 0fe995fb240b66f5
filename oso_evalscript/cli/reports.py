"""Reports in the format that is asked for; each format is loaded only where it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oso_evalscript.linter.report import Report
from oso_evalscript.linter.report.style import Style


def rendered(
    reports: Sequence[Report], name: str, style: Style, *, statistics: bool = False, quiet: bool = False
) -> str | None:
    """Return reports in a format, with the end of its last line; None where there is nothing to be shown.

    Args:
        reports: what was found.
        name: the format.
        style: what a terminal can show.
        statistics: whether only counts are wanted.
        quiet: whether nothing is shown where nothing was found.
    """
    if statistics:
        from oso_evalscript.linter.report.statistics import render_statistics

        return render_statistics(reports)
    match name:
        case "json":
            from oso_evalscript.linter.report.json import render_json

            return render_json(reports) + "\n"
        case "sarif":
            from oso_evalscript.linter.report.sarif import render_sarif

            return render_sarif(reports, Path.cwd()) + "\n"
        case "gitlab":
            from oso_evalscript.linter.report.gitlab import render_gitlab

            return render_gitlab(reports, Path.cwd()) + "\n"
        case "junit":
            from oso_evalscript.linter.report.junit import render_junit

            return render_junit(reports)
        case "github":
            from oso_evalscript.linter.report.github import render_github

            return render_github(reports)
        case "concise":
            from oso_evalscript.linter.report.concise import render_concise

            return render_concise(reports, style.encoding)
    if quiet and not any(reports):
        return None
    from oso_evalscript.linter.report.text import render_text

    return render_text(reports, style)
