"""Where the documentation is: an address that the installed package or an environment variable names."""

from __future__ import annotations

import os

VARIABLE = "OSO_EVALSCRIPT_DOCS"
"""The environment variable for documentation of your own, built by `make site`."""


def home() -> str | None:
    """Return the address of the documentation; None where neither the variable nor the package's metadata name one."""
    if named := os.environ.get(VARIABLE):
        return named.rstrip("/")
    from importlib import metadata  # takes time to load

    try:
        listed = metadata.metadata("oso-evalscript").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return None
    urls = {label.strip().lower(): url.strip() for label, _, url in (item.partition(",") for item in listed)}
    return urls.get("documentation", "").rstrip("/") or None


def page(rule: str) -> str:
    """Return the page of a rule, below the address of the documentation."""
    return f"rules/{rule}"
