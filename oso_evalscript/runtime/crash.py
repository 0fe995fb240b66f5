"""Why a process that runs scripts has ended, in one sentence: V8's last words, and the limits that may be to blame."""

from __future__ import annotations

import errno
import re
import resource

_FATAL = re.compile(r"[\s#]*(?:\[[^]]*FATAL[^]]*\]\s*|(?=Fatal ))(\S.*?)\s*")
_OF_A_STACK = re.compile(r"0x[0-9a-fA-F]{5,}|^=+ |^[\s#]*$")
_MAX_LENGTH = 200
_LIMITS = (
    ("RLIMIT_AS", "`ulimit -v`", "address space, of which V8 reserves hundreds of GiB without using it"),
    ("RLIMIT_DATA", "`ulimit -d`", "data"),
)


def why_it_ended(code: int, told: str) -> str:
    """Return how a process ended and what it said last, without the addresses of a stack.

    Args:
        code: its status; below 0 the signal that ended it.
        told: what it wrote to standard error.
    """
    lines = told.splitlines()
    fatal = [match[1] for match in map(_FATAL.fullmatch, lines) if match]
    rest = [line.strip() for line in lines if not _OF_A_STACK.search(line)]
    words = fatal[0] if fatal else rest[-1] if rest else "no message"
    return f"({f'signal {-code}' if code < 0 else f'status {code}'}): {words[:_MAX_LENGTH]}"


def limits_in_force() -> str:
    """Return which limits of the system keep memory from this process and its children; empty where none does."""
    found = []
    for name, command, what in _LIMITS:
        most = resource.getrlimit(getattr(resource, name))[0]
        if most != resource.RLIM_INFINITY:
            found.append(f"{command} allows no more than {most / 2**20:,.0f} MiB of {what}")
    return ", and ".join(found)


def why_it_does_not_start(reason: str) -> str:
    """Return why V8 could not be started, and what to do about it.

    Args:
        reason: how the process ended.
    """
    limits = limits_in_force()
    advice = "remove that limit; limit memory with --memory or a control group instead"
    return f"V8 cannot start: {limits}; {advice}" if limits else f"V8 cannot start here: {reason}"


def why_it_cannot_share(size: int, error: OSError) -> str:
    """Return why arrays cannot be shared with the process that runs a script; such memory counts as a file.

    Args:
        size: the bytes that were asked for.
        error: what the system says.
    """
    needed = f"{-(-size // 1024):,} KiB of memory that the process of the script shares"
    if error.errno != errno.EFBIG:
        return f"the system refuses {needed} ({error.strerror or error})"
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return f"`ulimit -f` allows files of {most // 1024:,} KiB, which also limits the {needed}: remove that limit"
