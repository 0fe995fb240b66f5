"""Unified diffs that `patch` understands, and that a terminal survives."""

from __future__ import annotations

from oso_evalscript.cli.terminal import write_data


def show_patch(name: str, old: bytes, new: bytes) -> None:
    """Print the difference between two contents of a file; nothing where there is none.

    Lines end at line feeds only, as `patch` has it. To a file or pipe go the bytes themselves; on a terminal
    control characters are shown as escapes.
    """
    import difflib  # few commands show a difference

    before, after = (_lines(data) for data in (old, new))
    label = name.encode("utf-8", "surrogateescape").decode("latin-1")
    parts = [
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, label, label, "as it is", "as it would be")
    ]
    write_data("".join(parts).encode("latin-1"))


def _lines(data: bytes) -> list[str]:
    """The lines of a file, each byte as one character, so that nothing is lost on the way through difflib."""
    *lines, rest = data.decode("latin-1").split("\n")
    return [f"{line}\n" for line in lines] + ([rest] if rest else [])
