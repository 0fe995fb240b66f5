"""What a rule says: `Finding`, and the same as shown to a person: `Diagnostic`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from oso_evalscript.model.text import Edit, Span


class Severity(StrEnum):
    """The severity: the script is wrong, very probably wrong, or only inefficient."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Safety(StrEnum):
    """Whether a fix can change the outputs of a script that worked before."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, with their safety."""

    edits: tuple[Edit, ...]
    safety: Safety

    @classmethod
    def replace(cls, span: Span, text: str, *, safety: Safety) -> Fix:
        """Return the fix that replaces `span` by `text`."""
        return cls((Edit(span, text),), safety)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a span: what is wrong and how to mend it, in words, and the fix if there is one.

    `severity` is that of the rule, unless the finding is of another one.
    """

    span: Span
    message: str
    fix: Fix | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding with its rule, its severity and its file."""

    file: str
    rule: str
    severity: Severity
    message: str
    span: Span
    fix: Fix | None = None

    def __repr__(self) -> str:
        return f"<{self.severity} {self.rule} in {self.file}: {self.message}>"

    @property
    def url(self) -> str:
        """The page of the rule, relative to the root of this project's repository."""
        return f"docs/rules/{self.rule}.md"
