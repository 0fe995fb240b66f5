"""Literals are read as their own languages read them, character by character."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from itertools import pairwise

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from oso_evalscript.documents.literals import read_javascript, read_json, read_python, read_toml, read_yaml
from oso_evalscript.documents.passage import HOLE, Hole, Passage
from oso_evalscript.documents.pytokens import Unreadable
from oso_evalscript.documents.pytokens import literals as python_literals
from oso_evalscript.model.text import Edit, Source, Span, apply
from tests.documents.strategies import CONTROLS, PIECES

_ESCAPES = (
    "\\n", "\\\n", "\\\r\n", "\\0", "\\12", "\\377", "\\x41", "\\u00e9", "\\U0001F600", "\\N{BULLET}", "\\N{NO SUCH}", "\\d", "\\'",
    "{x}", "{x!r}", "{x:>{w}}", "{x=}", "{ x }", "{'a'}", '{"a"}', "{d['k']}", "{x!=1}", "{(lambda: 1)}", "{x:{{}}}", "{f'{y}'}",
    "\\{x}", "\\}}", "{x:%H:%M}", "{[1, 2][0]}", "{{x}}", "\\/", "\\ud83d\\ude00", "\\ud83d", "\\u{1F600}", "\\b", "\\v", "\\_", "\\L",
    "\\e", "\\ ", "\\\t", "\n\n", "\n  ", " \n",
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
bodies = st.lists(st.sampled_from(_ESCAPES + PIECES + CONTROLS), max_size=8).map("".join)
PREFIXES = ("", "r", "u", "f", "rf", "F", "Rb")
QUOTES = ("'", '"', "'''", '"""')


@given(
    st.lists(st.tuples(st.sampled_from(PREFIXES), st.sampled_from(QUOTES), bodies), min_size=1, max_size=3),
    st.sampled_from([" ", "\\\n", ""]),
)
def test_python(parts: list[tuple[str, str, str]], between: str) -> None:
    text = between.join(f"{prefix}{quote}{body}{quote}" for prefix, quote, body in parts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return
    assume(isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)))
    whole = Passage.whole(text)
    passage = Passage(())
    for part in python_literals(text, 0, len(text)):
        fields = [Hole(item.start, item.end, item.expression) for item in part.fields]
        passage += read_python(whole, *part.body, prefix=part.prefix, quote=part.quote, fields=fields)
    values = node.values if isinstance(node, ast.JoinedStr) else [node]
    wanted = ""
    for value in values:
        if isinstance(value, ast.Constant):
            wanted += _SURROGATE.sub("\ufffd", str(value.value))
        else:
            wanted += HOLE
    assert len(passage.holes) == wanted.count(HOLE)
    if "=}" not in text:  # `{x=}` also gives text of its own
        assert passage.text == wanted


@given(bodies)
def test_what_is_no_python_literal_is_told_apart(body: str) -> None:
    try:
        found = python_literals(body, 0, len(body))
    except Unreadable:
        return
    assert all(body[item.start : item.end].endswith(item.quote) for item in found)


@given(bodies)
def test_json(body: str) -> None:
    text = f'"{body}"'
    try:
        wanted = json.loads(text, strict=False)
    except json.JSONDecodeError:
        return
    read = read_json(Passage.whole(text), 1, len(text) - 1).text
    assert read == _SURROGATE.sub("\ufffd", wanted)


@given(bodies, st.sampled_from(QUOTES))
def test_toml(body: str, quote: str) -> None:
    text = f"a = {quote}{body}{quote}"
    try:
        wanted = tomllib.loads(text)["a"]
    except tomllib.TOMLDecodeError:
        return
    assume(isinstance(wanted, str) and (len(quote) == 3 or not body.startswith(quote * 2)))
    assert read_toml(Passage.whole(text), 4 + len(quote), len(text) - len(quote), quote=quote).text == wanted


@given(bodies, st.sampled_from(["", "'", '"']))
def test_yaml(body: str, quote: str) -> None:
    text = f"{quote}{body}{quote}"
    try:
        events = [event for event in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(event, yaml.ScalarEvent)]
    except yaml.YAMLError:
        return
    assume(len(events) == 1 and (events[0].style or "") == quote and not set(text) & set("\x85\u2028\u2029"))
    start, end = events[0].start_mark.index + len(quote), events[0].end_mark.index - len(quote)
    assert read_yaml(Passage.whole(text), start, end, quote=quote).text == _SURROGATE.sub("\ufffd", events[0].value)


def test_javascript() -> None:
    for written, value in {
        "a\\n\\t\\x41\\u0041\\u{1F600}\\ud83d\\ude00": "a\n\tAA😀😀",
        "\\\n\\\r\nb\\c\\'\\\"\\`\\$": "bc'\"`$",
        "\\0\\12\\8": "\0\n8",
        "\\ud83d": "\ufffd",
        "a\r\nb\rc": "a\nb\nc",
    }.items():
        assert read_javascript(Passage.whole(written), 0, len(written), quote="`").text == value
    assert read_javascript(Passage.whole("a\\n\r\n"), 0, 5, quote="`", raw=True).text == "a\\n\n"


def test_text_is_written_as_the_literal_writes_it() -> None:
    for body, text, written in [
        ("caf\\u00e9", "ü", "\\u00fc"),
        ("café", "ü", "ü"),
        ("a\\/b", "/", "\\/"),
        ("a/b\\/", "/", "/"),
        ("\\u003c", "<", "\\u003c"),
        ("", '\n\t"\\\x01', '\\n\\t\\"\\\\\\u0001'),
    ]:
        passage = read_json(Passage.whole(f"{body} "), 0, len(body) + 1)
        (edit,) = passage.host_edits([Edit(Span(0, 0), text)]) or ()
        assert edit.text == written, body


@given(st.data(), bodies)
def test_host_edits_are_the_edits(data: st.DataObject, body: str) -> None:
    text = json.dumps(body)
    passage = read_json(Passage.whole(text), 1, len(text) - 1)
    assume(passage.text == body and body)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), min_size=2, max_size=6)))
    chosen = [Edit(Span(low, high), data.draw(bodies)) for low, high in zip(cuts[::2], cuts[1::2], strict=False)]
    starts = [edit.span for edit in chosen]
    assume(all(first.end < second.start for first, second in pairwise(starts)))
    made = passage.host_edits(chosen)
    assert made is not None
    assert json.loads(apply(Source(text), made).text) == apply(Source(body), chosen).text
