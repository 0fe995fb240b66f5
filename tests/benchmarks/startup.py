"""How long a command takes from a cold shell."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import interleaved, table
from tests.conftest import ROOT

COMMAND = str(Path(sys.executable).with_name("oso-evalscript"))
PAGE = str(ROOT / "tests/scripts/err/cnes_land_cover_page.js")
PALETTE = str(ROOT / "evalscripts/oso_palette.js")


def _shell(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def report(rounds: int) -> str:
    """The table of start-up times."""
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "large.js")
        large.write_text("return [" + "[1, 0xffaaff], " * 12_000 + "0];\n")
        timings = interleaved(
            {
                "python -c pass": _shell(sys.executable, "-c", "pass"),
                "import oso_evalscript": _shell(sys.executable, "-c", "import oso_evalscript"),
                "lint one file": _shell(COMMAND, "lint", PAGE),
                "lint a file of 180 kB": _shell(COMMAND, "lint", str(large)),
                "build --check of one spec": _shell(COMMAND, "build", "--check", PALETTE.replace(".js", ".toml")),
                "run on 256 x 256": _shell(COMMAND, "run", PALETTE, "-o", str(Path(folder, "out.png"))),
            },
            rounds,
        )
    return table("From a cold shell", timings)
