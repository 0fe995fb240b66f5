"""The entry of the command: `oso-evalscript`, or `python -m oso_evalscript`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; ^C while it is still loading ends it with one word, too."""
    gc.set_threshold(200_000, 20, 20)  # modules and trees are many small objects: the usual one took a fourth of a lint
    try:
        from oso_evalscript.cli import main as command
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        sys.exit(130)
    try:
        command()
    finally:
        gc.freeze()  # the interpreter's last collection would walk all modules: an eighth of a short lint


if __name__ == "__main__":
    main()
