"""Rendering: spec → evalscript. The only user of Jinja2.

Every value that a template prints becomes a JavaScript literal (`finalize`); only what the filters below return
stands as it is. Undefined names fail.
"""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path

import jinja2

from oso_evalscript.compiler.spec import Spec
from oso_evalscript.javascript.literal import comment, literal, property_name
from oso_evalscript.model.catalog import find_collection
from oso_evalscript.model.errors import TemplateError
from oso_evalscript.model.nomenclature import load_nomenclature
from oso_evalscript.model.text import Source

_WIDTH = 100


class _Verbatim(str):
    """Text that is JavaScript already."""

    __slots__ = ()


def compile(spec: Spec) -> Source:
    """Return the evalscript a spec means; the same spec gives the same bytes, everywhere and always.

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
        )
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"the template {error.name} is missing in {templates_folder()}") from None
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name}:{error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        raise TemplateError(f"{spec.template}.js.j2: {error.message}") from None
    return Source(text, f"{spec.name}.js")


def templates_folder() -> Path:
    """Return the folder of the templates: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, _Verbatim) else literal(value),
        autoescape=False,  # noqa: S701  # JavaScript, not HTML; `finalize` does the escaping
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
    environment.filters |= {"label": _label, "commented": _commented, "read": _read, "key": _key}
    return environment


def _label(text: str) -> _Verbatim:
    """A text for the end of a line, behind `//`."""
    return _Verbatim(comment(text))


def _commented(text: str) -> _Verbatim:
    """A text as lines of comment."""
    lines = textwrap.wrap(comment(text), _WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    return _Verbatim("\n".join(f"// {line}" for line in lines))


def _read(band: str) -> _Verbatim:
    """The expression that reads a band of `sample`."""
    name = property_name(band)
    return _Verbatim(f"sample.{name}" if name == band else f"sample[{literal(band)}]")


def _key(name: str) -> _Verbatim:
    """The name of a property of an object literal."""
    return _Verbatim(property_name(name))


def _data_note(spec: Spec) -> str:
    """Whose the data are, in a sentence or two; empty where the catalogue does not tell."""
    collection = find_collection(spec.contract().bands)
    if collection is None or collection.nomenclature is None:
        return ""
    table = load_nomenclature(getattr(spec, "nomenclature", collection.nomenclature))
    return f"Data: {table.title}, {table.licence}. {table.credit}"
