"""What a request beside a script says of it: the collection its bands come from, and the outputs that are asked for.

Only what clearly belongs together counts: in Python a call or a mapping with `evalscript` in it, in JSON the object
that holds the script. Requests of the Statistical API hold it one level deeper, in their `aggregation`. What stands in
a block or a string of a host, such as Python in Markdown, is looked at by itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from oso_evalscript.documents import json, notebook
from oso_evalscript.documents.draft import Host
from oso_evalscript.documents.passage import Passage
from oso_evalscript.documents.pymodules import Module, ModuleText, walk
from oso_evalscript.documents.pynames import Bindings
from oso_evalscript.documents.titles import TITLES, Path
from oso_evalscript.model.regex import regex
from oso_evalscript.model.text import Span

if TYPE_CHECKING:
    from oso_evalscript.documents.embedded import Embedded

_KEYS = ("evalscript", "evalScript")
_SIGNS = ("DataCollection", "data_collection", "identifier", "output_response", '"type"', "'type'", "FIS")
_TYPE = regex(r"[\w]+(?:-[\w]+)+")
_SATELLITE = regex(r"sentinel-?(\d)[-_]?(.*)")
_OWN_DATA = frozenset({"define_byoc", "define_batch"})
_OWN_NAMES = regex(r"\b(\w+)\s*=\s*DataCollection\.define_(?:byoc|batch)\(")
_FOR_NUMBERS = regex(r"(?:\b|_)FIS(?:\b|_)")
_OF_STATISTICS = "aggregation"  # the part of a request of the Statistical API that holds the script
_BUILDERS = frozenset({"aggregation", "input_data", "output_response"})
_PARTS = regex(
    r"^[ \t]*+(\w++)[ \t]*+(?::[^=\n]*+)?=[ \t]*+"
    r"(?:[\[{(]|DataCollection\b|\w++\.(?:aggregation|input_data|output_response)\()",
    re.MULTILINE,
)
_SAME_BANDS = frozenset({"name", "service_url"})  # what a copy of a collection changes that leaves its bands alone
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Response:
    """An output that a request asks for.

    Attributes:
        identifier: its id.
        find: tells where the host writes it.
        cell: the cell of the notebook that does, None elsewhere.
    """

    identifier: str
    find: Callable[[], Span] = field(repr=False, compare=False)
    cell: int | None = None

    @property
    def span(self) -> Span:
        """Where the host writes it."""
        return self.find()


@dataclass(frozen=True, slots=True)
class Request:
    """What the requests say that send a script.

    Attributes:
        collections: where its bands come from, each once, as the host names it.
        responses: the outputs that are asked for.
        for_numbers: whether a layer of that name is asked for statistics alone, by the Feature Info Service (FIS).
        statistical: whether all of them are requests of the Statistical API.
    """

    collections: tuple[str, ...] = ()
    responses: tuple[Response, ...] = ()
    for_numbers: bool = False
    statistical: bool = False

    @property
    def collection(self) -> str | None:
        """The type of the one collection as the service spells it, None where there are several, or none."""
        if len(self.collections) != 1:
            return None
        name = self.collections[0].lower().replace("_", "-")
        match = _SATELLITE.fullmatch(name)
        if match is None:
            return name
        number, rest = match.groups()
        if number == "1":
            rest = "grd"
        elif number == "5":
            rest = "p-l2"
        return f"sentinel-{number}{'' if number == '5' else '-'}{rest}"

    def merged(self, other: Request) -> Request:
        """Return what this and another request of the same script say."""
        return Request(
            tuple(dict.fromkeys((*self.collections, *other.collections))),
            (*self.responses, *other.responses),
            self.for_numbers or other.for_numbers,
            self.statistical and other.statistical,
        )


def read_requests(kind: str, passage: Passage, scripts: Sequence[Embedded]) -> dict[int, Request]:
    """Return what is said beside the scripts of a host, by their numbers."""
    found: dict[int, Request] = {}
    for host, inside in ((Host(kind, passage), scripts), *_hosts_inside(scripts)):
        if any(sign in host.passage.text for sign in _SIGNS):
            for number, said in _all(host.kind, host.passage, inside):
                found[number] = found[number].merged(said) if number in found else said
    return found


def _hosts_inside(scripts: Sequence[Embedded]) -> Iterator[tuple[Host, list[Embedded]]]:
    """The blocks and strings that hold scripts, each with its own; those of notebooks are not looked at."""
    found: dict[int, tuple[Host, list[Embedded]]] = {}
    for script in scripts:
        host = script.found.draft.host
        if host is not None and script.cell is None:
            found.setdefault(id(host), (host, []))[1].append(script)
    yield from found.values()


_Said = tuple[int, Request]


def _all(kind: str, passage: Passage, scripts: Sequence[Embedded]) -> Iterator[_Said]:
    if kind == "json":
        yield from _of_json(passage, scripts)
    elif kind == "py" and _may_send(passage.text):
        module = ModuleText.of(passage).module
        yield from _of_module(module, None, scripts, _Names({module: None}))
    elif kind == "ipynb":
        cells = [cell for cell in notebook.cells(passage) if cell.is_python]
        names = _Names({cell.module: cell.number for cell in cells})
        for cell in cells:
            if _may_send(cell.text):
                yield from _of_module(cell.module, cell.number, scripts, names)


def _own_names(text: str) -> frozenset[str]:
    """The variables that hold an owner's collection."""
    return frozenset(_OWN_NAMES.findall(text)) if any(name in text for name in _OWN_DATA) else frozenset()


def _may_send(text: str) -> bool:
    return any(key in text for key in _KEYS) and any(sign in text for sign in _SIGNS)


# JSON


def _of_json(passage: Passage, scripts: Sequence[Embedded]) -> Iterator[_Said]:
    strings = {item.path: item for item in json.texts(passage.text)}
    titles = [(key, (item.start, item.end)) for key, item in strings.items() if key and key[-1] in TITLES]
    for script in scripts:
        place = passage.offset(script.passage.anchor(0))
        path = next(
            (item.path for item in strings.values() if place is not None and item.start <= place <= item.end), ()
        )
        if not path or path[-1] not in _KEYS:
            continue
        for_numbers = any(
            key[:-1] == path[: len(key) - 1] and _FOR_NUMBERS.search(passage.text, *where) for key, where in titles
        )
        yield script.number, replace(_in_json(passage, strings, path), for_numbers=for_numbers)


def _in_json(passage: Passage, strings: Mapping[Path, json.Text], path: Path) -> Request:
    """The request around the script at a path."""
    around = path[:-1]
    statistical = bool(around) and around[-1] == _OF_STATISTICS and _has_input(strings, around[:-1])
    if statistical:
        around = around[:-1]
    beside = [item for key, item in strings.items() if key[: len(around)] == around]
    data = (*around, "input", "data")
    wanted = (*around, "output", "responses")
    collections = (
        passage.text[item.start : item.end]
        for item in beside
        if item.path[: len(data)] == data and item.path[len(data) + 1 :] == ("type",)
    )
    responses = (
        Response(passage.text[item.start : item.end], partial(passage.host_span, Span(item.start, item.end)))
        for item in beside
        if item.path[: len(wanted)] == wanted and item.path[len(wanted) + 1 :] == ("identifier",)
    )
    return Request(tuple(collections), tuple(responses), statistical=statistical)


def _has_input(strings: Iterable[Path], around: Path) -> bool:
    """Whether an object of JSON has an `input`, as requests do."""
    wanted = (*around, "input")
    return any(key[: len(wanted)] == wanted for key in strings)


# Python


class _Names:
    """What the variables of a host stand for.

    Attributes:
        cells: the number of the notebook's cell that a module is, None elsewhere.
        bindings: the values of those that are bound once.
        own: those that hold an owner's collection.
    """

    def __init__(self, cells: Mapping[Module, int | None]) -> None:
        self.cells = cells
        self.bindings = Bindings(cells)
        self.own = frozenset[str]().union(*(_own_names(module.text) for module in cells))

    @cached_property
    def _likely(self) -> frozenset[str]:
        """Those that may stand for a part of a request, by a look at the text; others are not looked up."""
        return frozenset(name for module in self.cells for name in _PARTS.findall(module.text))

    def value(self, node: ast.AST) -> ast.expr | None:
        """Return the part of a request that a variable certainly stands for."""
        if not isinstance(node, ast.Name) or node.id not in self._likely or node.id in self.own:
            return None
        if self.bindings.is_changed(node.id):
            return None
        value = self.bindings.binding(node)
        match value:
            case ast.Dict() | ast.List() | ast.Tuple() | ast.Attribute(value=ast.Name(id="DataCollection")):
                return value
            case ast.Call(func=ast.Attribute(attr=name)) if name in _BUILDERS:
                return value
            case ast.Call(func=ast.Attribute(attr="define_from"), keywords=words) if _SAME_BANDS.issuperset(
                word.arg for word in words
            ):
                return value
        return None

    def uses(self, node: ast.AST) -> Iterator[ast.Name]:
        """Yield where the variable is used that certainly stands for a part of a request."""
        above = self.bindings.parent(node)
        match above:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                loads = self.bindings.module(node).contents.loads.get(name, ())
                yield from (load for load in loads if isinstance(load, ast.Name) and self.value(load) is node)

    def walk(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield a node and those below it, those of its variables included."""
        seen: set[ast.AST] = set()
        left = [node]
        while left:
            for item in walk(left.pop()):
                yield item
                value = self.value(item)
                if value is not None and value not in seen:
                    seen.add(value)
                    left.append(value)


def _of_module(module: Module, cell: int | None, scripts: Sequence[Embedded], names: _Names) -> Iterator[_Said]:
    if not names.bindings.enter(module):
        return
    for node in module.contents.calls:
        value = _script_of(node)
        if value is None:
            continue
        if isinstance(value, ast.Name) and value.id in _parameters_around(node, module.contents.parents):
            continue
        script = _meant(value, node, cell, scripts, module)
        if script is not None:
            for whole, statistical in _wholes(node, names):
                nodes = list(names.walk(whole))
                homes = [(item, names.bindings.module(item)) for item in _identifiers(nodes)]
                responses = tuple(
                    Response(str(item.value), partial(_place, home, item), names.cells[home]) for item, home in homes
                )
                collections = tuple(_collections(nodes, names.own))
                yield script.number, Request(collections, responses, statistical=statistical)


def _wholes(node: ast.Call | ast.Dict, names: _Names) -> list[tuple[ast.AST, bool]]:
    """The requests that a call or a mapping is, or is the `aggregation` of, and whether these are for statistics."""
    found = [whole for place in (node, *names.uses(node)) if (whole := _around(place, names)) is not None]
    is_aggregation = isinstance(node, ast.Call) and getattr(node.func, "attr", None) == _OF_STATISTICS
    return [(whole, True) for whole in found] or [(node, is_aggregation)]


def _around(node: ast.AST, names: _Names) -> ast.AST | None:
    """The request that an expression is the `aggregation` of."""
    above = names.bindings.parent(node)
    if isinstance(above, ast.keyword) and above.arg == _OF_STATISTICS:
        return names.bindings.parent(above)
    if isinstance(above, ast.Dict):
        keys = {_constant(key) for key, value in zip(above.keys, above.values, strict=True) if value is node}
        if keys == {_OF_STATISTICS} and "input" in map(_constant, above.keys):
            return above
    return None


def _place(module: Module, node: ast.expr) -> Span:
    """Where in the host the characters of a node are written."""
    start, end = module.extent(node)
    return Span(module.passage.anchor(start), module.passage.anchor(max(start, end - 1)) + 1)


def _parameters_around(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[str]:
    """The names that are parameters of a function around a node."""
    above: ast.AST | None = node
    while above is not None:
        if isinstance(above, _FUNCTIONS):
            yield from (item.arg for item in (*above.args.posonlyargs, *above.args.args, *above.args.kwonlyargs))
        above = parents.get(above)


def _script_of(node: ast.Call | ast.Dict) -> ast.expr | None:
    """What a call or a mapping gives as the script."""
    if isinstance(node, ast.Call):
        return next((item.value for item in node.keywords if item.arg in _KEYS), None)
    pairs = zip(node.keys, node.values, strict=True)
    return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value in _KEYS), None)


def _meant(
    value: ast.expr,
    node: ast.expr,
    cell: int | None,
    scripts: Sequence[Embedded],
    module: Module,
) -> Embedded | None:
    """The script that an expression certainly is."""
    if isinstance(value, ast.Call):
        value = value.func
    if not isinstance(value, ast.Name):
        place = _place(module, value)
        inside = [item for item in scripts if item.cell == cell and place.start <= item.passage.anchor(0) < place.end]
        return inside[0] if len(inside) == 1 else None
    named = [script for script in scripts if script.key == value.id]
    before = [item for item in named if _is_before(item, node, cell, module)] if cell is not None else named
    if not before or (cell is None and len(named) > 1):
        return None
    last = before[-1]
    return last if sum(script.cell == last.cell for script in named) == 1 else None


def _is_before(script: Embedded, node: ast.expr, cell: int, module: Module) -> bool:
    """Whether a script of a notebook stands before an expression in one of its cells."""
    if script.cell is not None and script.cell != cell:
        return script.cell < cell
    return script.passage.anchor(0) < _place(module, node).start


def _collections(nodes: Iterable[ast.AST], own: frozenset[str]) -> Iterator[str]:
    """The collections that a request names; `own` are the variables that hold an owner's collection."""
    for item in nodes:
        if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name) and item.value.id == "DataCollection":
            yield "byoc" if item.attr in _OWN_DATA else item.attr
        elif isinstance(item, ast.Name) and item.id in own:
            yield "byoc"
        elif isinstance(item, ast.Dict):
            pairs = dict(zip((_constant(key) for key in item.keys), item.values, strict=True))
            kind = pairs.get("type")
            if isinstance(kind, ast.Constant) and isinstance(kind.value, str) and _TYPE.fullmatch(kind.value):
                yield kind.value


def _constant(node: ast.expr | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _identifiers(nodes: Iterable[ast.AST]) -> Iterator[ast.Constant]:
    """The ids of the outputs that a request asks for."""
    for item in nodes:
        found: ast.expr | None = None
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "output_response":
            named = [word.value for word in item.keywords if word.arg == "identifier"]
            found = next(iter([*item.args, *named]), None)
        elif isinstance(item, ast.Dict):
            pairs = zip(item.keys, item.values, strict=True)
            found = next((value for key, value in pairs if _constant(key) == "identifier"), None)
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found
