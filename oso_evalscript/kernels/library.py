"""The service's helper library as it is traced: each function is parsed when a script first uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import cast

from oso_evalscript.javascript.nodes import Node, Program
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.kernels.machine import Machine, State
from oso_evalscript.kernels.statements import execute, hoist
from oso_evalscript.kernels.values import Ref, Value
from oso_evalscript.model import host
from oso_evalscript.model.host import ColorMapOrder
from oso_evalscript.model.text import Source

_DECLARATION = re.compile(r"^(?:function|class|var|const) (\w+)", re.MULTILINE)

AS_IF_OFTEN = {"_OFTEN": 0.0}
"""What is set otherwise than in the library: that visualizers are made ready at once changes no value."""


@cache
def _texts() -> dict[str, str]:
    """The text of each declaration, by name."""
    found = {}
    for path in sorted(Path(host.__file__).parent.glob("*.js")):
        text = path.read_text(encoding="utf-8")
        places = [*_DECLARATION.finditer(text)]
        ends = [place.start() for place in places[1:]] + [len(text)]
        for place, end in zip(places, ends, strict=True):
            found[place[1]] = text[place.start() : end]
    return found


@cache
def _parsed(name: str) -> Node:
    return cast("Program", parse(Source(_texts()[name])).root).body[0]


@dataclass
class Library:
    """The functions and values of the library in one trace.

    Attributes:
        order: how colour maps take their pairs.
        vars_of: the `var` variables of each function body that was gone through.
    """

    order: ColorMapOrder = "sorted"
    vars_of: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _scope: Ref = field(default_factory=lambda: Ref("scope", library=True, shared=True))

    def value(self, m: Machine, name: str) -> Value | None:
        """Return a value of the library, None where it has none of that name."""
        if name == "colorMapOrder" and m.in_library:
            return self.order
        if name not in _texts() or (name.startswith("_") and not m.in_library):
            return None
        base = m.state.parts if m.loading else m.state.base
        base.setdefault(self._scope, {})
        state = State({}, base)
        if name not in state.variables(self._scope):
            self._load(m, name, state)
        return state.variables(self._scope)[name]

    def _load(self, m: Machine, name: str, state: State) -> None:
        """Run a declaration of the library, whatever path is gone at the moment."""
        scope = self._scope
        before = m.state, m.loading, m.in_library, m.known, m.path
        m.state, m.loading, m.in_library, m.known, m.path = state, True, True, {}, []
        m.state.own(scope)
        try:
            hoist(m, [_parsed(name)], scope)
            execute(m, _parsed(name), scope)
            if name in AS_IF_OFTEN:
                m.state.set_variable(scope, name, AS_IF_OFTEN[name])
        finally:
            m.state, m.loading, m.in_library, m.known, m.path = before
