"""What rules are about: the groups in which they are listed, for people only."""

from __future__ import annotations

GROUPS: dict[str, tuple[str, ...]] = {
    "Text": (
        "legacy-version",
        "malformed-hex",
        "syntax-error",
        "typographic-character",
        "unused-suppression",
        "version-header",
    ),
    "Colour": (
        "color-decimal-or-octal",
        "color-not-a-number",
        "decimal-color",
        "duplicate-stop",
        "hex-digits",
        "missing-class",
        "nodata-gets-a-color",
        "non-monotonic-ramp",
        "palette-differs-from-nomenclature",
        "stops-and-colors-length",
        "unknown-class",
        "unsorted-color-map",
        "wrong-edition",
    ),
    "Contract": (
        "array-for-several-outputs",
        "deprecated-scenes",
        "division-by-count",
        "duplicate-output-id",
        "hook-without-return",
        "missing-data-mask",
        "missing-function",
        "missing-return",
        "mosaicking-not-supported",
        "nested-array",
        "output-ids",
        "output-length",
        "samples-shape",
        "scalar-return",
        "setup-shape",
        "two-inputs-one-collection",
        "undeclared-band",
        "unit-not-supported",
        "unknown-band",
        "unknown-key",
        "unknown-mosaicking",
        "unknown-sample-type",
        "unknown-unit",
        "unused-band",
        "unused-data-mask",
    ),
    "Values": ("sample-type-range",),
    "JavaScript": (
        "assignment-in-condition",
        "bitwise-as-logic",
        "callback-per-pixel",
        "comma-in-brackets",
        "constant-condition",
        "cross-pixel-state",
        "deprecated-helper",
        "implicit-global",
        "modern-syntax",
        "nondeterminism",
        "shadowed-helper",
        "shared-color-mutation",
        "unavailable-global",
        "undefined-name",
        "unreachable-code",
        "visualizer-per-pixel",
        "xor-as-power",
    ),
}
"""The names of the rules by what they are about."""


def group_of(name: str) -> str:
    """Return the group of the rule of that name.

    Raises:
        LookupError: it is in none.
    """
    for group, names in GROUPS.items():
        if name in names:
            return group
    raise LookupError(f"the rule `{name}` is in no group of linter/groups.py")
