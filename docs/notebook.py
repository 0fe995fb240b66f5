"""Executes the notebook of the site and writes it as a page.

`python docs/notebook.py` writes `docs/notebooks/tour.ipynb` with its outputs, `tour.md` and its pictures. `--check`
executes the notebook and exits with 1 if the page is out of date; pictures are not compared. The cells are below.
Needs nbclient and ipykernel.
"""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/notebooks"
_SECONDS = 300
_HEAD = "<!-- Written by docs/notebook.py from the executed notebook: change that, not this page. -->\n\n"
_MEMORY = re.compile(r" at 0x[0-9a-f]+")

_PRE = '<pre style="overflow-x: auto; font-size: .8em">'  # as wide as the column

CELLS = (
    (
        "markdown",
        """# A notebook

From a broken evalscript to a proved one, cell by cell. Notebooks display reports and pictures.""",
    ),
    (
        "code",
        '''import oso_evalscript as oso

script = oso.Source(
    """//VERSION=3
function setup() {
  return { input: ["OCS", "dataMask"], output: { bands: 4 } };
}
const show = new ColorMapVisualizer([[16, 0x009c00], [17, 0 03200], [23, 0x0000ff]]);
function evaluatePixel(sample) {
  return [...show.process(sample.OCS), 255 * sample.dataMask];
}
""",
    name="forest.js",
)
oso.lint(script)''',
    ),
    (
        "markdown",
        """The colour of class 17 has a space instead of an `x`, so the script does not load. The fix is safe,
because the script never ran and the digits can only mean one number.""",
    ),
    (
        "code",
        """fixed = oso.fix(script).source
assert not oso.lint(fixed)
print(fixed.text.splitlines()[4])""",
    ),
    (
        "markdown",
        """## Run it

This draws a made-up scene. Codes that are not in the table get the colour of the next lower class.""",
    ),
    ("code", "oso.preview(fixed, size=96)"),
    (
        "markdown",
        "## Prove it\n\nThe script reads a code and a mask. There are so few inputs that all of them are tried.",
    ),
    (
        "code",
        """from oso_evalscript.testing import equivalent, fulfils, masked_is_transparent, total

program = oso.Program(fixed)
for verdict in (total(program), fulfils(program, masked_is_transparent())):
    assert verdict
    print(verdict)""",
    ),
    (
        "markdown",
        "## Compare it\n\nA script compiled from the class table leaves codes without a class transparent:",
    ),
    (
        "code",
        """compiled = oso.Program(oso.compile(oso.PaletteSpec(name="forest", classes=("forest", "Water"))))
verdict = equivalent(program, compiled)
assert not verdict
print(verdict)""",
    ),
    ("code", "program.close()\ncompiled.close()"),
)
"""The kind and the text of each cell."""


def execute() -> Any:
    """Return the notebook with the outputs of its cells; a cell that fails raises CellExecutionError."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    make: dict[str, Any] = {
        "markdown": nbformat.v4.new_markdown_cell,
        "code": nbformat.v4.new_code_cell,
    }
    notebook.cells = [make[kind](text, id=f"cell-{number}") for number, (kind, text) in enumerate(CELLS)]
    NotebookClient(notebook, timeout=_SECONDS, kernel_name="python3", record_timing=False).execute()
    notebook.metadata.pop("language_info", None)  # which Python it was
    return notebook


def page(notebook: Any) -> tuple[str, dict[str, bytes]]:
    """Return the page that shows an executed notebook, and its pictures by name."""
    parts, pictures = [], {}
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            data = output.get("data", {})
            if "image/png" in data:
                name = f"tour_{number}.png"
                pictures[name] = base64.b64decode(data["image/png"])
                parts.append(f"![The output of the cell]({name})")
            elif "text/html" in data:
                parts.append(data["text/html"].replace("<pre>", _PRE))
            else:
                parts.append(f"```text\n{_MEMORY.sub('', output.get('text') or data['text/plain']).rstrip()}\n```")
    return _HEAD + "\n\n".join(parts) + "\n", pictures


def main(check: bool) -> int:
    """Write the notebook, its page and its pictures, or compare the page with what is there."""
    notebook = execute()
    text, pictures = page(notebook)
    if check:
        committed = nbformat.read(FOLDER / "tour.ipynb", as_version=4)
        same = [cell.source for cell in committed.cells] == [cell.source for cell in notebook.cells]
        stale = not same or (FOLDER / "tour.md").read_text(encoding="utf-8") != text
        if stale:
            print("stale: docs/notebooks/tour.ipynb, tour.md")
        return int(stale)
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("tour*.png"):
        path.unlink()
    for name, data in pictures.items():
        (FOLDER / name).write_bytes(data)
    (FOLDER / "tour.md").write_text(text, encoding="utf-8", newline="\n")
    nbformat.write(notebook, FOLDER / "tour.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
