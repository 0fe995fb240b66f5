"""The entry of the command: `oso-evalscript`, or `python -m oso_evalscript`."""

from __future__ import annotations

import _thread
import gc
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


def main() -> None:
    """Run the command line; ^C while it is still loading ends it with one word, too."""
    gc.set_threshold(200_000, 20, 20)  # modules and trees are many small objects: the usual one took a fourth of a lint
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads for algebra that no command does
    sys.unraisablehook = _interrupt_again
    try:
        from oso_evalscript.cli import main as command
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        sys.exit(130)
    try:
        command()
    finally:
        gc.freeze()  # the interpreter's last collection would walk all modules: an eighth of a short lint


def _interrupt_again(lost: UnraisableHookArgs) -> None:
    """Repeat a ^C that arrived in a callback, where Python drops it, such as one of the import system's."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        threading.Timer(0.01, _interrupt).start()
    else:
        sys.__unraisablehook__(lost)


def _interrupt() -> None:
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # this also ends a system call that waits
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


if __name__ == "__main__":
    main()
