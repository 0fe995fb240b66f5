"""What `export` and `palette` share: whose classes are meant, and how they are labelled."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from oso_evalscript.cli.scripts import open_script
from oso_evalscript.compiler.choice import painted
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
        help="The language of the labels.",
    ),
    click.option("--groups", is_flag=True, help="Use the label and colour of each class's group."),
    click.option("--level", type=click.IntRange(1), help="The level of --groups; 1 is the broadest."),
    click.option("--safe", is_flag=True, help="Use colours that people with any colour vision can distinguish."),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Which labels and colours to show."""

    language: Language
    groups: bool
    level: int | None
    safe: bool

    def of(self, table: Nomenclature) -> Nomenclature:
        """Return a nomenclature in these colours.

        Raises:
            SpecError: it does not have such colours.
        """
        try:
            return painted(table, "groups" if self.groups else "safe" if self.safe else "classes", self.level)
        except SpecError as error:
            raise SpecError(escaped(str(error))) from None


def nomenclature_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument NOMENCLATURE and the options for its labels."""

    @functools.wraps(function)
    def called(language: str, groups: bool, level: int | None, safe: bool, **rest: Any) -> None:
        if groups and safe:
            raise click.UsageError("--safe cannot be combined with --groups, whose colours are safe already")
        if level is not None and not groups:
            raise click.UsageError("--level requires --groups")
        function(shown=Shown(Language(language), groups, level, safe), **rest)

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
