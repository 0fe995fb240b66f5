"""The contract of a script, as its `setup()` returns it."""

from __future__ import annotations

from oso_evalscript.model.contract import ContractError, Setup, read_setup
from oso_evalscript.model.errors import ScriptError
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.failure import old_version
from oso_evalscript.runtime.outputs import read_written


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
        wrong = old_version(source) or f"{source.name}: what setup() returns is wrong: {error}"
        raise ScriptError(wrong) from None
    keys = [setup.key(index) for index in range(len(setup.inputs))]
    if len(set(keys)) < len(keys):
        raise ScriptError(f"{source.name}: what setup() returns is wrong: two inputs have the same datasource")
    return setup
