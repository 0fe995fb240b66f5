"""What `export` and `palette` share: whose classes are meant, and how they are labelled."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from oso_evalscript.cli.scripts import open_script
from oso_evalscript.compiler.importing import load_nomenclature
from oso_evalscript.documents.signs import kind_of
from oso_evalscript.model.display import escaped
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import Language, Nomenclature

_OPTIONS = (
    click.argument("nomenclature", metavar="NOMENCLATURE|SCRIPT"),
    click.option(
        "--language",
        type=click.Choice([language.value for language in Language]),
        default=Language.ENGLISH.value,
        show_default=True,
        help="Of the labels.",
    ),
    click.option("--groups", is_flag=True, help="Give each class the label and the colour of its group."),
)


def nomenclature_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument NOMENCLATURE and the options for its labels."""

    @functools.wraps(function)
    def called(language: str, **rest: Any) -> None:
        function(language=Language(language), **rest)

    return functools.reduce(lambda command, option: option(command), reversed(_OPTIONS), called)


def find_nomenclature(argument: str) -> Nomenclature:
    """Return the nomenclature that an argument of the command line means: an id, a file, or what a script paints.

    Raises:
        SpecError: there is none; the text says what is expected.
    """
    try:
        if _names_script(argument):
            from oso_evalscript.semantics.nomenclature import recover  # reading JavaScript takes time to load

            return recover(open_script(argument))
        return load_nomenclature(argument)
    except SpecError as error:  # it repeats the argument, and is shown as it stands
        raise SpecError(escaped(str(error))) from None


def _names_script(argument: str) -> bool:
    """Whether an argument names an evalscript, or a file that holds one, and no file of classes."""
    from oso_evalscript.compiler.importing import FORMATS
    from oso_evalscript.documents.selection import read_selection

    selection = read_selection(argument)
    if not selection.is_of_file:
        return kind_of(selection.path.name) is not None
    return kind_of(argument) is not None and selection.path.suffix.lower() not in FORMATS
