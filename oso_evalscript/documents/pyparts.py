"""Which strings of Python are parts of larger ones: constants that are added or joined, and texts that grow."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from oso_evalscript.documents.pymodules import Module
from oso_evalscript.documents.pynames import Bindings
from oso_evalscript.documents.pystrings import Strings

_BEFORE = (*"+{([,%.", "+=")  # what precedes the name of a part, where nothing that follows shows it
_BEHIND = ("+", "}", ".")
_MAX_BLANKS = 200
_MAX_LARGER = 200


class Parts:
    """The strings of some modules that are put together from others."""

    def __init__(self, modules: Sequence[Module], names: Bindings, strings: Strings) -> None:
        self._modules = modules
        self._names = names
        self._strings = strings

    def first(self, root: ast.expr) -> ast.expr:
        """Return what a text begins with that a string is appended to by `+=`; the string itself if it is not."""
        statement = self._names.parent(root)
        if not isinstance(statement, ast.AugAssign) or not isinstance(statement.op, ast.Add):
            return root
        name = target_name(statement.target)
        for before in reversed(self._block(statement)[0]):
            match before:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    return value
        return root

    def appended(self, root: ast.expr) -> list[tuple[ast.expr, bool]]:
        """Return what the statements that follow append to the variable of a string, and whether they certainly do."""
        found: list[tuple[ast.expr, bool]] = []
        statement = self._names.parent(root)
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return found
        name = statement.targets[0].id
        for following in self._block(statement)[1]:
            match following:
                case ast.AugAssign(target=ast.Name(id=target), op=ast.Add(), value=value) if target == name:
                    found.append((value, True))
                case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
                    break
                case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
                    changed = (node for node in ast.walk(following) if isinstance(node, ast.AugAssign))
                    if node := next((node for node in changed if target_name(node.target) == name), None):
                        found.append((node.value, False))
        return found

    def _block(self, statement: ast.stmt) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The statements before and behind one in its block."""
        parent = self._names.parent(statement)
        for block in ("body", "orelse", "finalbody", "handlers"):
            statements = getattr(parent, block, None)
            if isinstance(statements, list) and statement in statements:
                at = statements.index(statement)
                return statements[:at], statements[at + 1 :]
        return [], []

    def larger(self, root: ast.expr) -> tuple[list[ast.expr], ast.expr | None]:
        """Return the strings that are put together from a string, by its name, and one that may be, if there is any."""
        found: list[ast.expr] = []
        loose: ast.expr | None = None
        left = [root]
        while left and len(found) < _MAX_LARGER:
            for use, node in self._uses(left.pop()):
                if use is None:
                    loose = loose or node
                elif use is not root and use not in found:
                    found.append(use)
                    left.append(use)
        return found, loose

    def _uses(self, root: ast.expr) -> Iterator[tuple[ast.expr | None, ast.expr]]:
        """The strings that a string is a part of by its name, None for each that is not certain, and where it is."""
        owner, name = self._owner(root)
        for node in self._loads(name) if name else ():
            whole = self._strings.grown(node, alone=True)
            above = self._names.parent(whole)
            use = whole if isinstance(above, ast.AugAssign) else self._strings.use(whole)
            bound = self._names.binding(node) if use is not None or isinstance(above, ast.List | ast.Tuple) else None
            if use is None:
                if bound is owner and owner is root:  # a list of strings, which may have a name
                    yield from self._uses(whole)
            elif bound is owner:
                yield self.first(self._strings.grown(use)), node
            elif bound is None:
                yield None, node

    def _owner(self, root: ast.expr) -> tuple[ast.expr, str | None]:
        """The expression that a string is named by, which may be a list of strings, and the name."""
        above = self._names.parent(root)
        if isinstance(above, ast.List | ast.Tuple):
            root, above = above, self._names.parent(above)
        match above:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                return root, name
        return root, None

    def _loads(self, name: str) -> Iterator[ast.Name | ast.Attribute]:
        """The places at which a string of a name might be a part of another."""
        for module in self._modules:
            if _may_be_part(module.text, name) and self._names.enter(module):
                nodes = module.contents.loads.get(name, ())
                yield from (node for node in nodes if isinstance(node.ctx, ast.Load))

    def is_used_alone(self, root: ast.expr) -> bool:
        """Return whether a string is also used by its name otherwise than as a part of another one."""
        owner, name = self._owner(root)
        for module in self._modules:
            if name and name in module.text and self._names.enter(module):
                for node in module.contents.loads.get(name, ()):
                    if isinstance(node.ctx, ast.Load) and self._names.binding(node) is owner:
                        whole = self._strings.grown(node, alone=True)
                        is_appended = isinstance(self._names.parent(whole), ast.AugAssign)
                        if not is_appended and self._strings.use(whole) is None:
                            return True
        return False


def _may_be_part(text: str, name: str) -> bool:
    """Whether Python text might put a string together from one of a name."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if text[max(0, at - _MAX_BLANKS) : at].rstrip().endswith(_BEFORE):
            return True
        if text[end : end + _MAX_BLANKS].lstrip().startswith(_BEHIND):
            return True
        at = text.find(name, end)
    return False


def target_name(target: ast.expr) -> str | None:
    """Return the name of what is assigned to: a variable, an attribute, or a key."""
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=key)):
            return str(key)
    return None
