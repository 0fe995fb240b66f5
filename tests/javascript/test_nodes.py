"""The types of nodes are those of the parser, of its classes and of the nodes that it makes."""

from __future__ import annotations

import ast
import re
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import esprima
import pytest

from oso_evalscript.javascript import node_types, nodes, syntax
from oso_evalscript.javascript.effects import _HANDLERS, _SILENT
from oso_evalscript.javascript.node_types import NodeType
from oso_evalscript.javascript.regexps import RegularExpression
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.linter.rule import all_rules
from oso_evalscript.model.catalog import Collection
from oso_evalscript.model.text import Source
from oso_evalscript.semantics.values.domain import Value
from tests.conftest import ROOT

PARSER = Path(str(esprima.nodes.__file__))
PACKAGE = ROOT / "oso_evalscript"
OF_NODES = re.compile(r"javascript(?:\.(?:kinds|nodes|syntax) import| import .*\bnodes\b)")
READERS = sorted(path for path in PACKAGE.rglob("*.py") if OF_NODES.search(path.read_text("utf-8")))
INNER = re.compile(r"ArrowParameterPlaceHolder|ExportDefaultSpecifier|\w+Comment")  # in no tree
CLASSES: tuple[type, ...] = get_args(nodes.Node)
KINDS = frozenset(get_args(NodeType))
EVERYTHING = r"""
"use strict";
var a = 1, b = "2", c = /d/g, d = null, e = true, f = 5n, { g, [h]: i = 2, ...j } = {}, [k, , l = 3, ...m] = [];
let n = [1, , ...m], o = { a, b: 1, "c": 2, 3: 4, [d]: 5, get e() { return 1; }, set e(x) {}, f() {}, async g() {}, *h() {}, ...n };
function p(x, y = 1, ...z) { if (x) return; else return y; switch (x) { case 1: break; default: } }
const q = async (x) => { await x; for await (const y of x) { continue; } }, r = function* named() { yield; yield* q; };
class s extends p { static #t = 1; u; [v] = 2; constructor() { super(); super.x; this.#t; } static { w = 1; } get x() {} }
const t = class {}, u = class named {};
for (var v = 0, w; v < 1; v++) ; for (;;) { break; } for (v in o) {} for (const w of n) {} for ([v] of n) {}
label: while (a) { do { continue label; } while (!b); }
try { throw a; } catch { } finally { } try {} catch ({ message }) {} debugger;
a ? b : c; a, b; a = b; a += b; ({ a, b } = c); [a, b] = c; (a && b) || (c ?? d); a ** b; a in b; typeof a; delete a.b; -a; ++a; a--;
a.b; a["b"]; a?.b?.[c]?.(d); new a; new a.b(...c); a(b, ...c); `a${b}c`; a`b`; import("a"); () => ({}); (function () { new.target; });
"""
SLOPPY = "with (a) b; return;"
MODULE = """import a, { b as c, d } from "f"; import * as g from "h";
export { a, c as i, c as "e" }; export default a; export * from "j"; export * as k from "l"; export const m = 1;
"""


@cache
def parsers_attributes() -> dict[str, frozenset[str]]:
    """For each type, the attributes that all the parser's classes of that type set."""
    found: dict[str, frozenset[str]] = {}
    for class_ in (item for item in ast.parse(PARSER.read_text("utf-8")).body if isinstance(item, ast.ClassDef)):
        stores = [node for node in ast.walk(class_) if isinstance(node, ast.Assign)]
        own = {
            target.attr: node.value for node in stores for target in node.targets if isinstance(target, ast.Attribute)
        }
        for kind in {node.attr for node in ast.walk(own["type"]) if isinstance(node, ast.Attribute)} if own else ():
            found[kind] = found.get(kind, frozenset()) | frozenset(own)
    return found


@cache
def hints(class_: type) -> dict[str, Any]:
    """What each attribute of a class holds."""
    return get_type_hints(class_, localns={"RegularExpression": RegularExpression})  # imported for types alone


@cache
def kinds_of(class_: type) -> frozenset[str]:
    """The types of the nodes that a class describes."""
    return frozenset(get_args(hints(class_)["type"]))


def test_the_types_are_those_of_the_parser() -> None:
    assert {kind for kind in parsers_attributes() if not INNER.fullmatch(kind)} == KINDS
    assert {kind for class_ in CLASSES for kind in kinds_of(class_)} == KINDS
    named = [kind for class_ in CLASSES for kind in kinds_of(class_)]
    assert {kind for kind in KINDS if named.count(kind) > 1} == {"MemberExpression", "Property"}


@pytest.mark.parametrize("class_", CLASSES, ids=lambda class_: class_.__name__)
def test_the_attributes_are_those_of_the_parser(class_: type) -> None:
    for kind in kinds_of(class_):
        known = parsers_attributes()[kind] | {"range"}
        for name, hint in hints(class_).items():
            assert name in known or admits(None, hint), (kind, name)


def admits(value: object, hint: Any) -> bool:
    """Whether a value is one of those that a type hint tells of."""
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(admits(value, option) for option in get_args(hint))
    if origin is Literal:
        return any(value is option or (isinstance(value, str) and value == option) for option in get_args(hint))
    if origin is list:
        return type(value) is list and all(admits(item, get_args(hint)[0]) for item in value)
    if origin is re.Pattern:
        return isinstance(value, re.Pattern)
    if hint is float:
        return isinstance(value, int | float)
    if hint in CLASSES:
        return getattr(value, "type", None) in kinds_of(hint) and all(
            getattr(value, "computed", None) is option for option in get_args(hints(hint).get("computed"))
        )
    if hint in (node_types.Regex, node_types.Cooked):
        return value is not None and all(admits(getattr(value, name), part) for name, part in hints(hint).items())
    return (
        value is None if hint is type(None) else isinstance(value, hint) and (hint is bool) == isinstance(value, bool)
    )


def check(text: str) -> set[str]:
    """Hold each attribute of each node against its hint; return the types that there were."""
    tree = parse(Source(text))
    for node in tree.nodes:
        classes = [class_ for class_ in CLASSES if node.type in kinds_of(class_) and admits(node, class_)]
        assert len(classes) == 1, node.type
        for name, hint in hints(classes[0]).items():
            assert admits(getattr(node, name), hint), (node.type, name, getattr(node, name))
    return {node.type for node in tree.nodes}


def test_each_type_is_made_and_has_what_its_class_says() -> None:
    assert not parse(Source(EVERYTHING)).faults
    assert check(EVERYTHING) | check(SLOPPY) | check(MODULE) == KINDS


def test_the_nodes_of_scripts_have_what_their_classes_say() -> None:
    for path in [*ROOT.glob("evalscripts/*.js"), *ROOT.glob("tests/scripts/*/*.js")]:
        check(path.read_text("utf-8"))
    for rule in all_rules():
        for text in (*rule.good, *(bad.text for bad in rule.bad)):
            check(text)


# ---- what our own modules name


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Each module that reads nodes, with its tree."""
    for path in READERS:
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def of_type(node: ast.AST) -> bool:
    """Whether an expression is the `type` of something."""
    return isinstance(node, ast.Attribute) and node.attr == "type"


def texts(node: ast.AST) -> Iterator[str]:
    """The texts in an expression."""
    yield from (item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str))


def named_kinds(tree: ast.Module) -> Iterator[str]:
    """The texts that are compared with a `type`, or that ask for nodes of one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and of_type(node.left):
            yield from texts(node)
        elif isinstance(node, ast.Match) and of_type(node.subject):
            for case in node.cases:
                yield from texts(case.pattern)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "of_type":
            yield from texts(node)


def listed_kinds(tree: ast.Module) -> Iterator[str]:
    """The words of the constants of a module, where one of them is long enough to be nothing but a type."""
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        words = [word for text in texts(value) for word in text.split()] if value is not None else []
        if any(len(word) > 8 and word in KINDS for word in words):
            yield from (word for word in words if re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)+", word))


def test_every_type_that_we_name_is_one_that_the_parser_makes() -> None:
    found: set[str] = set()
    for name, tree in trees():
        for kind in (*named_kinds(tree), *listed_kinds(tree)):
            assert kind in KINDS, f"{name}: {kind}"
            found.add(kind)
    assert len(found) > 50  # so that nobody looks past them all


def test_every_attribute_of_a_node_that_we_name_is_one_that_the_parser_sets() -> None:
    """Names whose `type` a function asks for are nodes; mypy knows of each which attributes it has."""
    known = frozenset().union(*parsers_attributes().values()) | {"range"}
    others = {*dir(Value), *dir(Collection)}  # they have a `type` of another kind
    for path, tree in trees():
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            read = [node for node in ast.walk(function) if isinstance(node, ast.Attribute)]
            asked = {node.value.id for node in read if node.attr == "type" and isinstance(node.value, ast.Name)}
            for node in read:
                if isinstance(node.value, ast.Name) and node.value.id in asked:
                    assert node.attr in known | others, f"{path}:{node.lineno}: .{node.attr}"


def spelt_attributes(tree: ast.Module) -> Iterator[ast.Constant]:
    """The texts that name an attribute: the second argument of `getattr`, or what that is taken from one by one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            yield from (item for item in node.args[1:2] if isinstance(item, ast.Constant))
        elif isinstance(node, ast.GeneratorExp) and "getattr" in ast.dump(node.elt):
            for part in node.generators:
                yield from (item for item in ast.walk(part.iter) if isinstance(item, ast.Constant))


def test_every_attribute_that_we_spell_as_a_text_is_one_that_the_parser_sets() -> None:
    known = frozenset().union(*parsers_attributes().values())
    found = set()
    for path, tree in trees():
        for item in spelt_attributes(tree):
            assert item.value in known, f"{path}:{item.lineno}: {item.value!r}"
            found.add(item.value)
    assert found >= {"left", "argument", "value", "type"}


def parts_of_types(tree: ast.Module) -> Iterator[dict[str, set[str]]]:
    """The tables that give a type the words for something of it."""
    for table in (node for node in ast.walk(tree) if isinstance(node, ast.Dict)):
        yield {
            kind.value: {name for text in texts(part) for name in text.split()}
            for kind, part in zip(table.keys, table.values, strict=True)
            if isinstance(kind, ast.Constant) and isinstance(part, ast.Constant | ast.Tuple)
            if isinstance(kind.value, str) and kind.value in KINDS
        }


def test_every_part_that_we_give_for_a_type_is_one_that_it_has() -> None:
    known = frozenset().union(*parsers_attributes().values())
    found = 0
    for path, tree in trees():
        for table in parts_of_types(tree):
            words = set().union(*table.values())
            if len(words & known) * 2 > len(words):  # others hold words for the reader of a message
                assert {kind for kind, parts in table.items() if not parts <= parsers_attributes()[kind]} == set(), path
                found += len(table)
    assert found > 20


def test_every_handler_takes_the_nodes_that_it_is_given() -> None:
    for kind, handler in _HANDLERS.items():
        hint = get_type_hints(handler, vars(sys.modules[handler.__module__]))["node"]
        assert any(kind in kinds_of(class_) for class_ in get_args(hint) or (hint,)), (kind, handler)
    assert _SILENT <= KINDS


def test_short_cuts_to_children_name_attributes_of_their_types() -> None:
    for kind in syntax._LISTS.keys() | syntax._PAIRS.keys():
        getter = syntax._LISTS.get(kind) or syntax._PAIRS[kind]
        assert set(getter.__reduce__()[1]) <= parsers_attributes()[kind]


def test_no_node_is_asked_for_its_class() -> None:
    """The nodes are the parser's objects, and instances of none of the classes."""
    names = {class_.__name__ for class_ in CLASSES}
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
                asked = {item.id for item in ast.walk(node.args[1]) if isinstance(item, ast.Name)}
                asked |= {item.attr for item in ast.walk(node.args[1]) if isinstance(item, ast.Attribute)}
                assert not asked & (names - {"Number"}), f"{path}:{node.lineno}"
