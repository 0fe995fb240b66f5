"""`regex`: a regular expression that is compiled when it is first used.

The rooms of the linter hold some 250 of them, and one script needs few: compiling all of them was a sixth of a lint.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn")


def regex(text: str, flags: int = 0) -> re.Pattern[str]:
    """Return the expression with the methods and attributes of a compiled one; a faulty one fails when it is used."""
    return cast("re.Pattern[str]", _Regex(text, flags))


class _Regex:
    def __init__(self, text: str, flags: int) -> None:
        self.pattern = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Compile, and keep the methods in the instance: from then on they cost what a compiled expression's cost."""
        compiled = re.compile(self.pattern, self._flags)
        vars(self).update((method, getattr(compiled, method)) for method in _METHODS)
        return getattr(compiled, name)

    def __repr__(self) -> str:
        return f"regex({self.pattern!r})"
