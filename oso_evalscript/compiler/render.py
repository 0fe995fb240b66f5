"""Rendering: spec → evalscript. The only user of Jinja2.

Every value that a template prints becomes a JavaScript literal (`finalize`); only what the filters below return
stands as it is. Undefined names fail. A user's own template is rendered in a process of its own, under limits, and each
of its values must stand where a value may stand.
"""

from __future__ import annotations

import re
import sys
import textwrap
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import jinja2
from jinja2.compiler import CodeGenerator
from jinja2.sandbox import SandboxedEnvironment

from oso_evalscript.compiler.change import ChangeSpec
from oso_evalscript.compiler.confined import Confined, LimitExceeded, Refused
from oso_evalscript.compiler.custom import CustomSpec
from oso_evalscript.compiler.index import IndexSpec
from oso_evalscript.compiler.keys import code_band
from oso_evalscript.compiler.seal import sealed
from oso_evalscript.compiler.slots import Misfit, Slot, fit
from oso_evalscript.compiler.spec import RampSpec, Spec
from oso_evalscript.compiler.tables import ValuesSpec
from oso_evalscript.javascript.layout import Expression, laid
from oso_evalscript.javascript.literal import comment, literal, property_name
from oso_evalscript.model.catalog import candidates, find_collection
from oso_evalscript.model.errors import SpecError, TemplateError
from oso_evalscript.model.nomenclature import Nomenclature, shipped_nomenclature
from oso_evalscript.model.text import LARGEST, Source

_WIDTH = 100
_OPTIONS: dict[str, Any] = {
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "newline_sequence": "\n",
}
_FAULTS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)  # of expressions


_TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
_SECONDS = 10.0
_MEMORY = 2**30


@dataclass(frozen=True, slots=True)
class _Verbatim:
    """Text that is JavaScript already; no string, whose methods would return more of its kind.

    Attributes:
        text: an expression, a name, or a comment.
        is_comment: whether it is made of whole lines of comment.
    """

    text: str
    is_comment: bool = False

    def __str__(self) -> str:
        return self.text


class _Printed(str):
    """What a template of the user's prints for a value; Jinja hands it on as it is."""

    __slots__ = ("slot",)
    slot: Slot

    def __str__(self) -> str:
        return self


def compile(spec: Spec, *, origin: str | None = None) -> Source:
    """Return the evalscript a spec means; the same spec gives the same bytes, everywhere and always.

    Args:
        spec: what is asked for.
        origin: the name of the file of the spec, for the head of the script; None if there is no file.

    Raises:
        SpecError: it is not a spec.
        TemplateError: the installation lacks the templates, or one of them is broken.
    """
    if isinstance(spec, str | Path | Source):
        raise SpecError(f"expected a spec, such as PaletteSpec(…) or load_spec(path), not a {type(spec).__name__}")
    try:
        template = _environment().get_template(f"{spec.template}.js.j2")
        text = template.render(
            spec=spec,
            contract=spec.contract().raw(),
            steps=spec.steps(),
            data=_data_note(spec),
            classes=spec.classes_note(),
            remarks=(*_band_notes(spec), *(spec.remarks() if isinstance(spec, ChangeSpec) else ())),
        )
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"the template {error.name} is missing in {templates_folder()}") from None
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{error.name}:{error.lineno}: {error.message}") from None
    except jinja2.UndefinedError as error:
        raise TemplateError(f"{spec.template}.js.j2: {error.message}") from None
    text = _TRAILING_BLANKS.sub("", text)  # behind the marks of a comment for a class without a label
    return Source(sealed(text, origin), f"{spec.name}.js")


def compile_custom(spec: CustomSpec, *, origin: str) -> Source:
    """Return what a user's own template makes of a spec: all that it prints is a literal or a comment.

    The template runs in a sandbox, in a process of its own; it knows `name` and the other keys of the spec.

    Raises:
        TemplateError: it does not render, or not within the limits; the text names the template and the line.
    """
    try:
        text = _renderer().call(spec)
    except Refused as error:
        raise TemplateError(str(error)) from None
    except RecursionError:
        raise TemplateError(f"{_path(spec)}: the values of the spec are nested too deeply") from None
    except LimitExceeded as error:
        raise TemplateError(f"{_path(spec)}: {error}, and is given up") from None
    return Source(sealed(text, origin), f"{spec.name}.js")


def render_custom(spec: CustomSpec) -> str:
    """Return what a user's own template makes of a spec, without limits of time and memory.

    Raises:
        TemplateError: it does not render; the text names the template and the line.
    """
    path = _path(spec)
    try:
        template = _sandbox(spec.folder).get_template(path.name)
        return fit(list(_pieces(template, {**spec.values, "name": spec.name}, path)))
    except Misfit as error:
        raise TemplateError(f"{error.place or path}: {error}") from None
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"{spec.folder / (error.name or path.name)}:{error.lineno}: {error.message}") from None
    except jinja2.TemplateNotFound as error:
        raise TemplateError(f"{_place(path, error)}: there is no template {error.name} in {spec.folder}") from None
    except (jinja2.TemplateError, UnicodeDecodeError, *_FAULTS) as error:
        raise TemplateError(f"{_place(path, error)}: {error}") from None


def _path(spec: CustomSpec) -> Path:
    return spec.folder / f"{spec.template}.js.j2"


@cache
def _renderer() -> Confined:
    return Confined(f"{__name__}:{render_custom.__name__}", seconds=_SECONDS, memory=_MEMORY)


def _pieces(template: jinja2.Template, values: dict[str, Any], path: Path) -> Iterator[str | Slot]:
    """Yield the text of a template and, apart, what it prints for values."""
    size = 0
    for piece in template.generate(values):
        size += len(piece)
        if size > LARGEST:
            raise TemplateError(f"{path}: it makes more than {LARGEST:,} characters, and is given up")
        yield piece.slot if isinstance(piece, _Printed) else piece


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
    environment.filters |= {"reads": _reads, "laid": _laid, "all_of": _all_of}
    return environment


@cache
def _sandbox(folder: Path) -> SandboxedEnvironment:
    """The environment of a user's templates: no attributes of Python's own, no chance, no filter that quotes less."""
    environment = _Sandbox(loader=jinja2.FileSystemLoader(folder), finalize=_printed, autoescape=False, **_OPTIONS)
    environment.globals = {"range": environment.globals["range"]}
    del environment.filters["random"]
    environment.filters |= {"commented": _commented_value, "read": _read}
    if not any(isinstance(piece, _Printed) for piece in environment.from_string("{{ 1 }}").generate()):
        raise TemplateError(f"Jinja2 {jinja2.__version__} does not tell values from text: install another release")
    return environment


class _Generator(CodeGenerator):
    """Refuses what prints text that is not made of literals alone, or not where `finalize` sees it."""

    def visit_FilterBlock(self, node: jinja2.nodes.FilterBlock, frame: object) -> NoReturn:  # noqa: N802
        self.fail(
            "{% filter %} changes literals that are printed already; filter values, as in {{ x | upper }}", node.lineno
        )

    def visit_CallBlock(self, node: jinja2.nodes.CallBlock, frame: object) -> NoReturn:  # noqa: N802
        self.fail("{% call %} prints what it is given as it is; share text with {% include %}", node.lineno)

    def visit_ScopedEvalContextModifier(self, node: jinja2.nodes.Node, frame: object) -> NoReturn:  # noqa: N802
        self.fail("{% autoescape %} is for HTML; a value is printed as a JavaScript literal", node.lineno)


class _Sandbox(SandboxedEnvironment):
    code_generator_class = _Generator


def _finalize(value: object) -> str:
    """What a template prints for a value."""
    if isinstance(value, jinja2.Undefined):
        return str(value)  # raises the error that names it
    return value.text if isinstance(value, _Verbatim) else literal(value)


@jinja2.pass_context  # so that constants are printed here as well, and not when the template is read
def _printed(context: object, value: object) -> str:
    """What a template of the user's prints for a value."""
    text = _finalize(value)
    printed = _Printed(text)
    is_comment = isinstance(value, _Verbatim) and value.is_comment
    printed.slot = Slot(text, is_comment, _line_of(sys._getframe(1)))
    return printed


def _line_of(frame: FrameType) -> str:
    """The template and the line that a frame of its code is at."""
    template = frame.f_globals["__jinja_template__"]
    return f"{frame.f_code.co_filename}:{template.get_corresponding_lineno(frame.f_lineno)}"


def _label(text: str) -> _Verbatim:
    """A text for the end of a line, behind `//`."""
    return _Verbatim(comment(text))


def _commented(text: str) -> _Verbatim:
    """A text as lines of comment."""
    lines = textwrap.wrap(comment(text), _WIDTH - 3, break_long_words=False, break_on_hyphens=False)
    return _Verbatim("\n".join(f"// {line}" for line in lines), is_comment=True)


def _commented_value(value: object) -> _Verbatim:
    """Any value as lines of comment."""
    return _commented(value if isinstance(value, str) else literal(value))


def _read(band: str) -> _Verbatim:
    """The expression that reads a band of `sample`."""
    name = property_name(band)
    return _Verbatim(f"sample.{name}" if name == band else f"sample[{literal(band)}]")


def _reads(bands: Iterable[str], indent: int, lead: int) -> _Verbatim:
    """The list of expressions that read bands, after `lead` characters of a line with that indentation."""
    return _Verbatim(laid([Expression(_read(band).text) for band in bands], indent, lead, _WIDTH))


def _laid(value: object, indent: int, lead: int) -> _Verbatim:
    """A value after `lead` characters of a line with that indentation, on several lines if it is too long for one."""
    return _Verbatim(laid(value, indent, lead, _WIDTH))


def _all_of(minima: Iterable[tuple[str, int]], indent: int, lead: int) -> _Verbatim:
    """The condition that each band is at least its minimum, for the right side of an assignment."""
    parts = [f"{_read(band)} >= {least}" for band, least in minima]
    flat = " && ".join(parts)
    if indent + lead + len(flat) + 2 <= _WIDTH:
        return _Verbatim(f" {flat}")
    inner = f"\n{' ' * (indent + 2)}"
    return _Verbatim(inner + (flat if indent + len(flat) + 3 <= _WIDTH else f" &&{inner}".join(parts)))


def _key(name: str) -> _Verbatim:
    """The name of a property of an object literal."""
    return _Verbatim(property_name(name))


def _band_notes(spec: Spec) -> tuple[str, ...]:
    """The directive on a band of codes that no collection has, so that all its values can be tried."""
    if isinstance(spec, RampSpec | ValuesSpec | IndexSpec):
        return ()
    name = code_band(spec)
    return () if candidates((name,)) else (f"oso: band {name} uint16",)


def _data_note(spec: Spec) -> str:
    """Whose the data or the classes are, in a sentence or two; empty where neither catalogue nor spec says so."""
    named = getattr(spec, "nomenclature", None)
    collection = find_collection(spec.contract().bands)
    if collection is None:
        return _classes_note(shipped_nomenclature(named)) if isinstance(named, str) else ""
    usual = (named and collection.nomenclature_of(spec.contract().bands)) or collection.nomenclature
    if usual is None:
        return ""
    table = shipped_nomenclature(named if isinstance(named, str) else usual)
    return f"Data: {table.title}, {table.licence}. {table.credit}"


def _classes_note(table: Nomenclature) -> str:
    """What is due if a custom band has the classes of a nomenclature: the data may be another's."""
    return f"Classes: {table.title}. Credit for its data ({table.licence}): {table.credit}"
