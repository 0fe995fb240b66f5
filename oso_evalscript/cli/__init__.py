"""The command `oso-evalscript`: one module per subcommand, loaded when it is called.

Exit status: 0 for success, 1 for findings or failing scripts, 2 for usage or input errors.
"""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from oso_evalscript import __version__
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import OsoError, ScriptError

_COMMANDS = {
    "build": "Compile specs to evalscripts.",
    "cost": "Estimate what a request costs, in processing units.",
    "demo": "Write example files to try the other commands on.",
    "diff": "Find an input on which two evalscripts differ.",
    "explain": "Explain a rule of the linter, with examples.",
    "export": "Write a nomenclature as a style or legend for another program.",
    "extract": "Extract evalscripts from other files to .js files.",
    "lint": "Find and fix faults in evalscripts.",
    "palette": "Show the colours of a nomenclature and the pairs hardest to distinguish.",
    "preview": "Draw the result of an evalscript as a picture with a legend.",
    "replay": "Lint, price and rerun requests recorded by sentinelhub-py.",
    "rules": "List the rules of the linter.",
    "run": "Run an evalscript on a scene.",
    "serve": "Serve the Process, Statistical and Catalog APIs on this machine.",
    "test": "Prove what evalscripts do, or find an input on which they fail.",
}


class _Commands(click.Group):
    """The subcommands; listing them loads none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(cls=_Commands, context_settings={"help_option_names": ["--help", "-h"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=lambda context, _, value: _show_version(context) if value else None,
    help="Show the versions of oso-evalscript, Python, V8 and numpy.",
)
def _group() -> None:
    """Compile, lint, fix and run Sentinel Hub evalscripts on your own machine."""


def _show_version(context: click.Context) -> None:
    """Show what a bug report needs: the versions of this package, Python and the libraries that run scripts."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    def installed(name: str) -> str:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} not installed"

    click.echo(f"oso-evalscript, version {__version__}")
    click.echo(
        f"Python {platform.python_version()}, V8 from {installed('mini-racer')}, {installed('numpy')}, "
        f"{platform.system()} {platform.machine()}"
    )
    context.exit()


def main() -> None:
    """Run the command line and exit with its status; nobody sees a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, as with `>&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123  # for the life of the process
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _group.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        _say(*_usage(error))
        status = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        status = 130
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except (OsoError, OSError) as error:
        sentence = f"oso-evalscript: {_sentence(error)}"
        _say(*(sentence.split("\n") if isinstance(error, ScriptError) else [sentence]))  # with the script's own lines
        status = 2
    except MemoryError:
        click.echo("oso-evalscript: not enough memory", err=True)
        status = 2
    except Exception as error:  # a fault of ours: say so in a sentence, on request with the traceback
        if os.environ.get("OSO_EVALSCRIPT_DEBUG"):
            raise
        _say(f"oso-evalscript: {own_fault(error)}")
        status = 2
    _leave_at_once_after_giving_up(status)
    sys.exit(status if isinstance(status, int) else 0)


def _leave_at_once_after_giving_up(status: int) -> None:
    """Exit without waiting for the thread of a pool that was given up."""
    pool = sys.modules.get("oso_evalscript.cli.pool")
    if pool is not None and pool.has_given_up():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say(*lines: str) -> None:
    """Show lines on standard error in which nothing controls the terminal."""
    for line in lines:
        click.echo(escaped(line), err=True)


def _usage(error: click.ClickException) -> list[str]:
    """The lines about wrong usage; the message may contain file names and other typed text."""
    shown = io.StringIO()
    error.show(shown)
    text = shown.getvalue().removesuffix("\n")
    return text.replace(error.message, escaped(error.message)).expandtabs(2).split("\n")


def own_fault(error: Exception) -> str:
    """Return the sentence about an error that only a fault of this program can cause."""
    return (
        f"this is a bug in oso-evalscript: {type(error).__name__}: {error} "
        "(please report it; OSO_EVALSCRIPT_DEBUG=1 shows a traceback)"
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, OsoError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return error.on_the_command_line if isinstance(error, OsoError) else str(error)
