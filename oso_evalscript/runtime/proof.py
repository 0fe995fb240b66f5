"""The proof that what a script returns depends on the pixel alone: it allows gathering, workers and compiling."""

from __future__ import annotations

from oso_evalscript.model.host import ColorMapOrder
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.compiled import Compiler
from oso_evalscript.runtime.deadline import within


class Proof:
    """What is proved of one script; it is looked at when the answer is first asked for.

    Args:
        source: the script, of functions.
        order: how colour maps take their pairs.
        timeout: seconds that the proof may take.
    """

    def __init__(self, source: Source, order: ColorMapOrder, timeout: float) -> None:
        self._source = source
        self._order = order
        self._timeout = timeout
        self._reason: str | None = None
        self._compiler: Compiler | None = None

    @property
    def reason(self) -> str:
        """Why it is not proved; empty where it is."""
        if self._reason is None:
            try:
                self._reason, self._compiler = within(self._timeout, self._find)
            except TimeoutError:
                self._reason = "the proof that a result depends on its pixel alone takes too long"
        return self._reason

    @property
    def compiler(self) -> Compiler | None:
        """What compiles the script; None where nothing is proved."""
        return self._compiler if not self.reason else None

    def _find(self) -> tuple[str, Compiler | None]:
        from oso_evalscript.javascript import purity, syntax  # the parser takes time to load

        tree = syntax.parse(self._source)
        reason = purity.impurity(tree)
        return (reason, None) if reason is not None else ("", Compiler(tree, self._order))


def obstacle(hooks: frozenset[str], *, logs: bool, wrapped: bool, data: bool) -> str:
    """Return why no proof is looked for; empty where one is.

    Args:
        hooks: the optional functions that the script has.
        logs: whether it logs.
        wrapped: whether it is one without functions.
        data: whether user data may be what is wanted of it.
    """
    if hooks:
        return f"the script has the hook `{min(hooks)}`"
    if logs:
        return "the script logs"
    if wrapped:
        return "a script without functions is not looked at"
    return "the script may leave user data" if data else ""
