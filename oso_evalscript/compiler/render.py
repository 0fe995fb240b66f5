"""Rendering: spec → evalscript. The only user of Jinja2.

Every value that a template prints becomes a JavaScript literal (`finalize`); only what the filters below return
stands as it is. Undefined names fail.
"""

from __future__ import annotations

import textwrap
import traceback
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from oso_evalscript.compiler.custom import CustomSpec
from oso_evalscript.compiler.seal import sealed
from oso_evalscript.compiler.spec import Spec
from oso_evalscript.compiler.tables import RegroupSpec, Values
from oso_evalscript.javascript.literal import comment, literal, property_name
from oso_evalscript.model.catalog import find_collection
from oso_evalscript.model.errors import TemplateError
from oso_evalscript.model.nomenclature import OWN, available, load_nomenclature
from oso_evalscript.model.text import Source

_WIDTH = 100
_OPTIONS: dict[str, Any] = {
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "newline_sequence": "\n",
}
_FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)  # of expressions


class _Verbatim(str):
    """Text that is JavaScript already."""

    __slots__ = ()


def compile(spec: Spec, *, origin: str | None = None) -> Source:
    """Return the evalscript a spec means; the same spec gives the same bytes, everywhere and always.

    Args:
        spec: what is asked for.
        origin: the name of the spec's file, for the head of the script; that of the script where it is not given.

    Raises:
        TemplateError: the installation lacks the templates, or one of them is broken.
    """
    try:
        template = _environment().get_template(f"{spec.template}.js.j2")
        text = template.render(
            spec=spec,
            contract=spec.contract().raw(),
            steps=spec.steps(),
            data=_data_note(spec),
            classes=_classes_note(spec),
        )
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"the template {error.name} is missing in {templates_folder()}") from None
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name}:{error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        raise TemplateError(f"{spec.template}.js.j2: {error.message}") from None
    return Source(sealed(text, origin or f"{spec.name}.toml"), f"{spec.name}.js")


def compile_custom(spec: CustomSpec, *, origin: str) -> Source:
    """Return what a user's own template makes of a spec: all that it prints is a literal or a comment.

    The template runs in a sandbox; it knows `name` and the other keys of the spec.

    Raises:
        TemplateError: it does not render; the text names the template and the line.
    """
    path = spec.folder / f"{spec.template}.js.j2"
    try:
        text = _sandbox(spec.folder).get_template(path.name).render({**spec.values, "name": spec.name})
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{spec.folder / (error.name or path.name)}:{error.lineno}: {error.message}") from None
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"{_place(path, error)}: there is no template {error.name} in {spec.folder}") from None
    except (jinja2.TemplateError, UnicodeDecodeError, *_FAULTS) as error:
        raise TemplateError(f"{_place(path, error)}: {error}") from None
    return Source(sealed(text, origin), f"{spec.name}.js")


def _place(path: Path, error: Exception) -> str:
    """The template and the line that an error came from."""
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{inside[-1].filename}:{inside[-1].lineno}" if inside else str(path)


def templates_folder() -> Path:
    """Return the folder of the templates: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        finalize=_finalize,
        autoescape=False,  # noqa: S701  # JavaScript, not HTML; `finalize` does the escaping
        **_OPTIONS,
    )
    environment.filters |= {"label": _label, "commented": _commented, "read": _read, "key": _key}
    return environment


@cache
def _sandbox(folder: Path) -> SandboxedEnvironment:
    """The environment of a user's templates: no attributes of Python's own, no chance, no filter that quotes less."""
    environment = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folder), finalize=_finalize, autoescape=False, **_OPTIONS
    )
    environment.globals = {"range": environment.globals["range"]}
    del environment.filters["random"]
    environment.filters |= {"commented": _commented_value, "read": _read}
    return environment


def _finalize(value: object) -> str:
    """What a template prints for a value."""
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises the error that names it
    return value if isinstance(value, _Verbatim) else literal(value)


def _label(text: str) -> _Verbatim:
    """A text for the end of a line, behind `//`."""
    return _Verbatim(comment(text))


def _commented(text: str) -> _Verbatim:
    """A text as lines of comment."""
    lines = textwrap.wrap(comment(text), _WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    return _Verbatim("\n".join(f"// {line}" for line in lines))


def _commented_value(value: object) -> _Verbatim:
    """Any value as lines of comment."""
    return _commented(value if isinstance(value, str) else literal(value))


def _read(band: str) -> _Verbatim:
    """The expression that reads a band of `sample`."""
    name = property_name(band)
    return _Verbatim(f"sample.{name}" if name == band else f"sample[{literal(band)}]")


def _key(name: str) -> _Verbatim:
    """The name of a property of an object literal."""
    return _Verbatim(property_name(name))


def _default_nomenclature(spec: Spec) -> str | None:
    """The nomenclature that the codes of a spec's bands belong to where nothing else is said."""
    collection = find_collection(spec.contract().bands)
    return None if collection is None else collection.nomenclature


def _data_note(spec: Spec) -> str:
    """Whose the data are, in a sentence or two; empty where the catalogue does not tell."""
    collection = find_collection(spec.contract().bands)
    if collection is None or collection.nomenclature is None:
        return ""
    named = getattr(spec, "nomenclature", collection.nomenclature)
    table = load_nomenclature(named if isinstance(named, str) else collection.nomenclature)
    return f"Data: {table.title}, {table.licence}. {table.credit}"


def _classes_note(spec: Spec) -> str:
    """What classes mean where no nomenclature of the package says it, for people and for the linter; else empty."""
    if isinstance(spec, RegroupSpec) and spec.values is Values.COLORS and spec.to in available():
        return f"oso: nomenclature {OWN}: the classes of {spec.nomenclature} in the colours of {spec.to}"
    table = getattr(spec, "nomenclature", "")
    if isinstance(table, str):
        return f"oso: codes {table}" if table and table != _default_nomenclature(spec) else ""
    known = f"{table.title} ({table.source}). {table.licence} {table.credit}"
    return f"oso: nomenclature {OWN}: {' '.join(comment(known).split())}"
