"""The contract of a script, as its `setup()` returns it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from oso_evalscript.model.contract import ContractError, Setup, read_setup
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.failure import old_version
from oso_evalscript.runtime.outputs import read_written

_KEYS = ("input", "output")


def _near_key(raw: object) -> str:
    """What a key may be meant for, where `setup()` returns an object without `input` or `output`."""
    if not isinstance(raw, Mapping):
        return ""
    for key in _KEYS:
        if key not in raw and (near := difflib.get_close_matches(key, [name for name in raw if name not in _KEYS], 1)):
            return f"; did you mean `{key}` where it says `{near[0]}`?"
    return ""


def read_contract(written: str, source: Source, api: str) -> Setup:
    """Return the contract in the worker's answer.

    Args:
        written: what `setup()` returned.
        source: the script, for messages.
        api: the service's interface that runs it.

    Raises:
        ScriptError: it breaks a rule of the contract.
    """
    try:
        raw = read_written(written, f"{source.name}: what setup() returns")
        setup = read_setup(raw, statistics=api == "statistics")
    except ContractError as error:
        wrong = old_version(source) or f"{source.name}: what setup() returns is wrong: {error}{_near_key(raw)}"
        raise ScriptError(wrong) from None
    keys = [setup.key(index) for index in range(len(setup.inputs))]
    if len(set(keys)) < len(keys):
        raise ScriptError(f"{source.name}: what setup() returns is wrong: two inputs have the same datasource")
    return setup
