"""Specs of a user's own templates: any keys, whose values reach the script as literals."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oso_evalscript.compiler.spec import SPECS, read_toml
from oso_evalscript.model.errors import SpecError

_NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomSpec:
    """What a TOML file says for a template of the user's own.

    Attributes:
        name: what the script calls itself.
        template: the name of the template, without its ending.
        folder: where the template lies.
        values: all other keys of the file.
    """

    name: str
    template: str
    folder: Path
    values: Mapping[str, Any]


def load_custom(path: Path, folder: Path) -> CustomSpec | None:
    """Return the spec of a template in `folder`; None where the file asks for a template of the package.

    Raises:
        SpecError: the file cannot be read, or no template of either kind has the name that it gives.
    """
    data = read_toml(path)
    template = data.pop("template", None)
    if template is None or (isinstance(template, str) and template in SPECS):
        return None
    if not isinstance(template, str) or not _NAME.fullmatch(template) or not (folder / f"{template}.js.j2").is_file():
        there = [*SPECS, *sorted(item.name.removesuffix(".js.j2") for item in folder.glob("[!_]*.js.j2"))]
        raise SpecError(f"{path}: there is no template {template!r}: there is {', '.join(there)}")
    name = data.pop("name", os.fsencode(path.stem).decode("utf-8", "replace"))
    if not isinstance(name, str):
        raise SpecError(f"{path}: `name` is not a string")
    return CustomSpec(name=name, template=template, folder=folder, values=data)
