"""Another way to find evalscripts in Python, notebooks, JSON and Markdown, to compare `find_scripts` with.

It shares nothing with the package: literals by `ast`, notebooks by `json`, blocks of Markdown by one pattern. A literal
is a script if its text has a header at its beginning, or defines both functions. What is not known of an f-string is one
mark. From the root of the project: `python -m tests.documents.oracle FOLDER...` tells on how many both agree, and lists
the others.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

MARK = "\ufffc"
_HEADER = re.compile(r"(?:\s|//(?!\s*VERSION)[^\n]*\n|/\*.*?\*/)*//\s*VERSION\s*=?\s*[123]", re.DOTALL)
_FUNCTIONS = [
    re.compile(rf"(?:^|[;}}\s{MARK}])(?:function\s+{name}\s*\(|(?:var|let|const)\s+{name}\s*=)")
    for name in ("setup", "evaluatePixel")
]
_FENCE = re.compile(r"^([> \t]*)(`{3,}|~{3,})[^\n]*\n(.*?)^\1[ \t]*\2", re.MULTILINE | re.DOTALL)
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


class Script(NamedTuple):
    """A script: the cell of the notebook, None elsewhere, and its text without blanks; what is not known is a mark."""

    cell: int | None
    text: str

    def is_like(self, other: Script) -> bool:
        """Return whether another script is this one, with anything in the place of what is not known."""
        parts = map(re.escape, self.text.split(MARK))
        return self.cell == other.cell and re.fullmatch(".*?".join(parts), other.text, re.DOTALL) is not None


def scripts_of(path: Path) -> list[Script]:
    """Return the scripts of a file, in order."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [Script(None, item) for item in of_python(text)]
    if path.suffix == ".ipynb":
        return list(of_notebook(json.loads(text)))
    if path.suffix == ".json":
        return [Script(None, bare(item)) for item in of_values(json.loads(text)) if is_script(item)]
    return [Script(None, item) for item in of_markdown(text)]


def of_notebook(book: dict[str, Any]) -> Iterator[Script]:
    """Yield the scripts of a notebook of format 4."""
    for number, cell in enumerate(book.get("cells", []), 1):
        text = "".join(cell["source"])
        found = of_python(text) if cell["cell_type"] == "code" else of_markdown(text)
        yield from (Script(number, item) for item in found)


def of_python(text: str) -> Iterator[str]:
    """Yield the scripts among the literals of a module."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(_MAGIC.sub(lambda match: "pass" + " " * (len(match[0]) - 4), text))
    except SyntaxError:
        return
    inside: set[int] = set()
    for node in ast.walk(tree):  # breadth first: the whole comes before its parts
        value = value_of(node)
        if value is None or id(node) in inside:
            continue
        if is_script(value):
            inside.update(map(id, ast.walk(node)))
            yield bare(value)
        elif isinstance(node, ast.Constant):
            yield from of_markdown(value)


def value_of(node: ast.AST) -> str | None:
    """Return the text of a literal or of literals that are added, each unknown part one mark."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else MARK for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = value_of(node.left), value_of(node.right)
        return "".join(MARK if part is None else part for part in parts) if any(parts) else None
    return None


def of_values(value: object) -> Iterator[str]:
    """Yield the strings of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from of_values(item)


def of_markdown(text: str) -> Iterator[str]:
    """Yield the scripts among the blocks of Markdown, also those in literals of a block of Python."""
    for match in _FENCE.finditer(text):
        body = re.sub(f"^{re.escape(match[1])}", "", match[3], flags=re.MULTILINE)
        inside = list(of_python(body))
        yield from inside or ([bare(body)] if is_script(body) else ())


def is_script(text: str) -> bool:
    """Return whether a text is an evalscript."""
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return bool(code.strip()) and (_HEADER.match(text) is not None or all(item.search(code) for item in _FUNCTIONS))


def bare(text: str) -> str:
    """Return a text without what both ways spell differently: blanks, and escapes of braces in templates."""
    if "{{" in text:  # str.format fills it in
        text = re.sub(r"(?<!\{)\{\w+\}(?!\})", MARK, text)
    return re.sub(r"[\s{}\\]", "", text)


def compare(folder: Path) -> tuple[int, list[str]]:
    """Return on how many scripts of a folder both ways agree, and the others."""
    from oso_evalscript import OsoError, find_scripts

    same, others = 0, []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".py", ".ipynb", ".json", ".md") or not path.is_file():
            continue
        try:
            expected = scripts_of(path)
        except (ValueError, RecursionError):  # it cannot be read either way
            continue
        try:
            found = [Script(item.cell, bare(item.source.text)) for item in find_scripts(path)]
        except OsoError as error:
            others.append(f"{path}: {error}")
            continue
        for script in expected:
            twin = next((item for item in found if script.is_like(item)), None)
            if twin is not None:
                found.remove(twin)
                same += 1
            else:
                others.append(f"{path}:cell {script.cell}: not found: {script.text[:60]}")
        others += [f"{path}:cell {script.cell}: found only here: {script.text[:60]}" for script in found]
    return same, others


def main() -> None:
    """Tell how far both ways agree on some folders."""
    for name in sys.argv[1:]:
        same, others = compare(Path(name))
        print(f"{name}: {same} of {same + len(others)} scripts ({same / max(1, same + len(others)):.1%})")
        print("".join(f"  {line}\n" for line in others), end="")


if __name__ == "__main__":
    main()
