"""Every reader of a script's comments gives the same answer: linter, runtime, compiler and testing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oso_evalscript import lint
from oso_evalscript.javascript.syntax import parse
from oso_evalscript.model.catalog import named_collection
from oso_evalscript.model.errors import SpecError
from oso_evalscript.model.nomenclature import OWN, available, shipped_nomenclature
from oso_evalscript.model.text import Source
from oso_evalscript.runtime.classes import class_table
from oso_evalscript.semantics.directives import KEYS, DeclaredBand, Directives
from oso_evalscript.semantics.nomenclature import recover
from oso_evalscript.semantics.script import Script
from oso_evalscript.testing.intent import intended
from tests.strategies import code

OSO = named_collection("cnes-land-cover")
TABLE = "const c = {{ {} }};".format(
    ", ".join(f"{item.code}: {item.color.literal}" for item in shipped_nomenclature("oso-17").classes)
)

WRITTEN = [
    "// oso: nomenclature {}",
    "//oso:nomenclature {}",
    "// oso: nomenclature: {}",
    "// oso: nomenclature {} — as the map of 2016 has it",
    "/* oso: nomenclature {} */",
    "/*\n * A script.\n * oso: nomenclature {}\n */",
    "// classes; oso: nomenclature {}",
    "// what I draw, oso: nomenclature {}",
    "let a; // oso: nomenclature {}",
    "// VERSION=3 // oso: nomenclature {}",
    "// oso: collection cnes-land-cover; nomenclature {}",
    "// oso: collection cnes-land-cover oso: nomenclature {}",
    "// oso: allow missing-class, unknown-class; nomenclature: {}; collection cnes-land-cover",
    "// oso: codes oso-23\n// oso: nomenclature {}",
]
NOT_WRITTEN = [
    "'// oso: nomenclature {}';",
    "`\n// oso: nomenclature {}\n`;",
    "// write `// oso: nomenclature {}`",
    "// moso: nomenclature {}",
    "// oso : nomenclature {}",
    "// oso: nomenclature\n// {}",
    "// oso: nomenclatures {}",
]


def answers(text: str) -> dict[str, str | None]:
    """What each of the four takes the nomenclature of a script to be; None for the one of its collection."""
    source = Source(text)
    declared = Script(parse(source)).directives.nomenclature
    runtime = class_table(source, OSO)
    palettes = [item for item in intended(source, None) if item.name == "palette_exact"]
    read = recover(Source(f"{text}\n{TABLE}"))
    return {
        "linter": declared.nomenclature.id if declared and declared.nomenclature else None,
        "runtime": runtime.id if runtime else None,
        "testing": "oso-17" if palettes else None,
        "compiler": read.id,
    }


@pytest.mark.parametrize("form", WRITTEN)
def test_four_readers_agree_on_a_directive(form: str) -> None:
    assert set(answers(form.format("oso-17")).values()) == {"oso-17"}
    assert set(answers(form.format(OWN)).values()) == {None, "<script>"}


@pytest.mark.parametrize("form", NOT_WRITTEN)
def test_four_readers_agree_that_there_is_none(form: str) -> None:
    source = Source(form.format("oso-17"))
    assert Script(parse(source)).directives.nomenclature is None
    table = class_table(source, OSO)
    assert table is not None
    assert table.id == "oso-23"
    if any(True for _ in Directives(parse(source)).faults()):
        with pytest.raises(SpecError, match=r"did you mean `nomenclature`|names no nomenclature"):
            intended(source, None)
    else:
        assert intended(source, None) == ()


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("// oso: nomenclatur oso-17", ["`nomenclatur` is not a known directive; did you mean `nomenclature`?"]),
        ("// oso: colection x", ["`colection` is not a known directive; did you mean `collection`?"]),
        ("// seen; oso: alow x", ["`alow` is not a known directive; did you mean `allow`?"]),
        (
            "// oso: classes x",
            [f"`classes` is not a known directive; expected one of {', '.join(f'`{key}`' for key in KEYS)}"],
        ),
        ("// oso: nomenclature oso_17", ["`oso_17` is not a known nomenclature; did you mean `oso-17`?"]),
        (
            "// oso: codes cadastre",
            [f"`cadastre` is not a known nomenclature; expected one of {', '.join(f'`{id}`' for id in available())}"],
        ),
        (
            "// oso: collection sentinel-2-l2",
            ["`sentinel-2-l2` is not a known collection; did you mean `sentinel-2-l2a`?"],
        ),
        ("// oso: collection mars", ["`mars` is not a known collection; docs/collections.md lists them"]),
        ("// oso: collection", ["`oso: collection` names no collection; expected such as `sentinel-2-l2a`"]),
        (
            "// oso: nomenclature own; nomenclature oso-17",
            ["`oso: nomenclature own` comes first, so `oso-17` has no effect"],
        ),
        ("// oso: nomenclature oso-17 /* oso: nomenclature oso-17 */", []),
        ("// OSO: classes", []),
        ("// oso: 23 classes", []),
        ("// la carte oso: classes", []),
        ("// oso: collection byoc-0123", []),
        ("return ['oso: classes x'];", []),
    ],
)
def test_what_is_wrong_is_said(text: str, messages: list[str]) -> None:
    source = Source(f"{text}\nreturn [1];")
    found = [item for item in lint(source) if item.rule == "unknown-directive"]
    assert [item.message for item in found] == messages
    assert all(source.slice(item.span) in text for item in found)


@given(code | st.text(), st.sampled_from(KEYS), st.sampled_from([" ", ": ", ":"]), st.sampled_from([*available(), "a"]))
def test_a_directive_behind_any_text_is_read(before: str, key: str, gap: str, value: str) -> None:
    source = Source(f"{before}*/'\"\n`\n// oso: {key}{gap}{value}")
    found = [item for item in Directives(parse(source)).all if item.span.start >= len(before)]
    if any(comment.end == len(source.text) for comment in parse(source).comments):
        assert (found[-1].key, [source.slice(item) for item in found[-1].values]) == (key, [value])
    for item in found:
        assert item.comment.start <= item.span.start <= item.key_span.start < item.span.end <= item.comment.end


@given(
    st.lists(
        st.sampled_from(["oso:", "allow", "codes", " ", ";", ",", ":", "//", "*", "\n", "x", "`", "é"]), max_size=20
    )
)
def test_directives_never_overlap(words: list[str]) -> None:
    source = Source(f"/* {''.join(words)}*/")
    found = Directives(parse(source)).all
    assert all(one.span.end <= other.span.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("// oso: band B1", "`oso: band` needs a name and a type, as in `oso: band B1 uint8 0..10`"),
        ("// oso: band B1 unit8", "`unit8` is not a band type; did you mean `uint8`?"),
        ("// oso: band B1 uint8 10..0", "the range `10..0` is empty: its end is less than its start"),
        ("// oso: band B1 uint8 0..300", "the range `0..300` does not fit uint8, which holds 0..255"),
        (
            "// oso: band B1 uint8 0..x",
            "`0..x` is not a range; expected the least and the largest value, as in `0..10`",
        ),
    ],
)
def test_faults_of_declared_bands(comment: str, message: str) -> None:
    directives = Directives(parse(Source(comment)))
    assert [fault.message for fault in directives.faults()] == [message]
    assert directives.bands == {}


@pytest.mark.parametrize(
    "comment",
    [
        "// oso: band B1 uint8 0..10",
        "// oso: band: B1 uint8 0..10 and what else there is to say",
        "/* oso: band B1 uint8 0..10 */",
        "// oso: collection cnes-land-cover; band B1 uint8 0..10; nomenclature own",
        "// oso: band B1 uint8 0..10 // oso: band B1 uint8",
    ],
)
def test_declared_bands(comment: str) -> None:
    directives = Directives(parse(Source(comment)))
    assert not list(directives.faults())
    assert directives.bands == {"B1": DeclaredBand("B1", "uint8", 0, 10)}
    assert directives.bands["B1"].whole
