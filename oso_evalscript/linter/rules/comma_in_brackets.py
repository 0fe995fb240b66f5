"""A comma, or a missing one, that turns several values into one.

In parentheses, a comma discards all values but the last: `[(r, g, b)]` is an array of one value, and `return (r, g,
b);` returns only `b`. If the comma between two rows of a table is missing, JavaScript reads the second row as an index:
`[[0, 10] [1, 20]]` means `[[0, 10][20]]`, an array of one undefined value.

The rule does not report a comma if a discarded value has an effect, such as a call or an assignment. The fix is unsafe,
because it changes what the script returns.
"""

from __future__ import annotations

from collections.abc import Iterator

from oso_evalscript.javascript import nodes
from oso_evalscript.javascript.syntax import Node, operator_of, span, walk
from oso_evalscript.linter.rule import Bad, Group, Rule
from oso_evalscript.model.diagnostic import Finding, Fix, Safety, Severity
from oso_evalscript.model.text import Edit, Span
from oso_evalscript.semantics.conditions import sign_behind
from oso_evalscript.semantics.script import Script

_DOES_SOMETHING = frozenset(
    """AssignmentExpression UpdateExpression CallExpression NewExpression AwaitExpression YieldExpression
    TaggedTemplateExpression""".split()  # noqa: SIM905
)


def check(script: Script) -> Iterator[Finding]:
    """Look at commas in arrays, in indices and behind `return`."""
    for node in script.tree.of_type("SequenceExpression"):
        parent = script.tree.parent(node)
        if parent is None or any(_does_something(item) for item in node.expressions[:-1]):
            continue
        count = len(node.expressions)
        if parent.type == "ArrayExpression":
            yield Finding(span(node), _words(count, "between the parentheses"), _without_parentheses(script, node))
        elif parent.type == "ReturnStatement" or (parent.type == "ArrowFunctionExpression" and parent.body is node):
            yield Finding(span(node), _words(count, "that are returned") + "; write an array in brackets")
        elif parent.type == "MemberExpression" and parent.property is node:
            yield from _index(script, parent, node)


def _words(count: int, where: str) -> str:
    return f"only the last of the {count} values {where} is used"


def _does_something(node: Node) -> bool:
    return any(inner.type in _DOES_SOMETHING or operator_of(inner) == "delete" for inner in walk(node))


def _without_parentheses(script: Script, node: Node) -> Fix | None:
    """The fix that takes away the parentheses right around a sequence."""
    start, end = node.range
    before, after = script.text[:start].rstrip(), script.text[end:].lstrip()
    if not (before.endswith("(") and after.startswith(")")):
        return None
    closing = len(script.text) - len(after)
    return Fix(
        (Edit(Span(len(before) - 1, start), ""), Edit(Span(end, closing + 1), "")),
        Safety.UNSAFE,
    )


def _index(script: Script, member: nodes.Member, index: nodes.Sequence) -> Iterator[Finding]:
    """An index of several values: two rows without a comma between them, or an index such as `table[row, column]`."""
    bracket = sign_behind(script.tree, member.object, "[")
    if member.object.type == "ArrayExpression" and bracket is not None:
        row = Span(bracket.start, member.range[1])
        above, fix = script.tree.parent(member), None
        # Elsewhere a comma would begin another declaration.
        if above is not None and (
            above.type == "ArrayExpression"
            or (above.type in ("CallExpression", "NewExpression") and above.callee is not member)
        ):
            fix = Fix((Edit(Span(member.object.range[1], member.object.range[1]), ","),), Safety.UNSAFE)
        yield Finding(row, "a comma is missing before this row, which is read as an index into the previous one", fix)
    else:
        yield Finding(span(index), _words(len(index.expressions), "in the index"))


RULE = Rule(
    name="comma-in-brackets",
    severity=Severity.ERROR,
    group=Group.JAVASCRIPT,
    check=check,
    good=(
        "const table = [[0, 10], [1, 20]]; const cell = table[0][1];",
        "const f = (a) => { let b; return (b = a, b * 2); };",
        "for (let i = 0, j = 9; i < j; i++, j--) {}",
        "const pair = (a, b) => [(a, b) => a + b, (a) => a, [0, 10][a]];",
        "const f = (a) => [(a.push(1), a.length)];",
    ),
    bad=(
        Bad("const f = (r, g, b) => [(r, g, b)];", at="r, g, b", fixed="const f = (r, g, b) => [r, g, b];"),
        Bad("const f = (r, g) => { return (r, g); };", at="r, g"),
        Bad(
            "const table = [[0, 10]\n  [1, 20], [2, 30]];",
            at="[1, 20]",
            fixed="const table = [[0, 10],\n  [1, 20], [2, 30]];",
        ),
        Bad("const cell = (table, i, j) => table[i, j];", at="i, j"),
    ),
)
