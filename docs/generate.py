"""Writes the reference pages from the code: rules, templates, commands, collections, nomenclatures.

`python docs/generate.py` writes them, `--check` exits with 1 and names the pages that are out of date.
"""

from __future__ import annotations

import json
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import click
from cost_page import cost_page
from pictures import PICTURES
from service_page import service_page

import oso_evalscript
from oso_evalscript import rasters, testing
from oso_evalscript.cli import _COMMANDS, _group
from oso_evalscript.compiler.render import compile
from oso_evalscript.compiler.spec import SPECS, Spec, load_spec
from oso_evalscript.linter.rule import Bad, Rule, all_rules
from oso_evalscript.model.catalog import Band, Collection, collections, units
from oso_evalscript.model.color import Color
from oso_evalscript.model.crosswalk import Crosswalk, crosswalks
from oso_evalscript.model.diagnostic import Safety
from oso_evalscript.model.host import Evidence
from oso_evalscript.model.nomenclature import Nomenclature, available, shipped_nomenclature

ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by docs/generate.py from the code: change that, not this page. -->\n\n"


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path below docs/ and the text of every generated page."""
    yield "rules/README.md", rules_index()
    for rule in all_rules():
        yield f"rules/{rule.name}.md", rule_page(rule)
    yield "templates/README.md", templates_index()
    for template, spec in SPECS.items():
        yield f"templates/{template}.md", template_page(template, spec)
    yield "commands.md", commands_page()
    yield "fidelity.md", fidelity_page()
    yield "cost.md", cost_page(ROOT / "evalscripts")
    yield "service.md", service_page()
    yield "collections.md", collections_page()
    yield "nomenclatures.md", nomenclatures_page()
    yield "api.md", api_page()


def api_page() -> str:
    """The public names of Python, for the site to fill in from their docstrings."""
    rooms = [
        ("oso_evalscript", oso_evalscript, "What `import oso_evalscript` offers."),
        ("oso_evalscript.rasters", rasters, "Scripts on files; needs the extra `raster`. See [rasters](rasters.md)."),
        ("oso_evalscript.testing", testing, "Proofs, and the service in tests. See [proof](proof.md)."),
    ]
    parts = ["# API\n\nThe signatures and docstrings of all public names; [Python](python.md) says where to begin.\n"]
    for name, room, what in rooms:
        parts.append(f"## {name}\n\n{what}\n")
        parts.extend(f"::: {name}.{home}.{item}\n" for item, home in sorted(room._HOME_OF.items()))
    return "\n".join(parts)


def rules_index() -> str:
    """The table of all rules."""
    rows = "\n".join(
        f"| [{rule.name}]({rule.name}.md) | {rule.group} | {rule.severity} | {fix_word(rule)} | {rule.summary} |"
        for rule in all_rules()
    )
    return f"# Rules\n\n| rule | group | severity | fix | what it finds |\n|---|---|---|---|---|\n{rows}\n"


def rule_page(rule: Rule) -> str:
    """What a rule finds, why that matters, and its cases."""
    body = rule.documentation.partition("\n")[2].strip()
    bad = "\n".join(bad_case(case) for case in rule.bad)
    good = "\n".join(code(text, "js") for text in rule.good)
    return (
        f"# {rule.name}\n\n**{rule.summary}**\n\n"
        f"Severity: {rule.severity}. Fix: {fix_word(rule) or 'none'}. [All rules](README.md)\n\n{body}\n\n"
        f"## Found\n\n{bad}\n## Not found\n\n{good}"
        f"\n## Allowing it\n\n{code(f'// oso: allow {rule.name} — why it is right here', 'js')}"
    )


def bad_case(case: Bad) -> str:
    """One script with the fault, the place, and the script after the fix."""
    place = f"at `{case.at}`" if case.at and "\n" not in case.at else "at the start"
    fixed = "" if case.fixed is None else f"after the fix:\n\n{code(case.fixed, 'js')}"
    return f"{code(case.text or '// an empty file', 'js')}\n{place}{'; ' if fixed else ''}{fixed}\n"


def fix_word(rule: Rule) -> str:
    """Whether the rule's fixes are safe, read off its own cases."""
    from oso_evalscript.linter.engine import lint
    from oso_evalscript.model.text import Source

    found = [item.fix for case in rule.bad for item in lint(Source(case.text), select=[rule.name])]
    grades = {str(fix.safety) for fix in found if fix is not None}
    return " or ".join(grade for grade in map(str, Safety) if grade in grades)


def templates_index() -> str:
    """The table of all templates."""
    rows = "\n".join(f"| [{name}]({name}.md) | {first_line(spec)} |" for name, spec in SPECS.items())
    return f"# Templates\n\n| template | what the script does |\n|---|---|\n{rows}\n"


def template_page(template: str, spec: type[Spec]) -> str:
    """The keys of a spec, and the shipped example with the script it gives."""
    hints = get_type_hints(spec)
    rows = "\n".join(
        f"| `{item.name}` | {type_word(hints[item.name])} | {default_word(item)} | {item.metadata['doc']} |"
        for item in fields(spec)
    )
    path = ROOT / "evalscripts" / f"{PICTURES[template].script}.toml"
    return (
        f"# {template}\n\n{first_line(spec)}\n\n{picture_of(template)}\n\n## Keys of the spec\n\n"
        "| key | value | default | meaning |\n|---|---|---|---|\n"
        f'| `template` | `"{template}"` | required | this template |\n{rows}\n\n'
        f"## Example\n\n`evalscripts/{path.name}`:\n\n{code(path.read_text(encoding='utf-8'), 'toml')}\n"
        f"`evalscripts/{path.stem}.js`:\n\n{code(compile(load_spec(path), origin=path.name).text, 'js')}"
    )


def picture_of(template: str) -> str:
    """The picture of a template, drawn by docs/pictures.py, and what is seen on it."""
    picture = PICTURES[template]
    image = f"![What {picture.script}.js makes of a made-up scene](../images/template_{template}.png)"
    return f"{image}\n\n`evalscripts/{picture.script}.js` on a made-up scene. {picture.caption}"


def type_word(hint: Any) -> str:
    """The kind of value a key takes, in words."""
    kind = next(
        item for item in (get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)) if item is not NoneType
    )
    if Nomenclature in get_args(hint):
        return "string; in Python also a `Nomenclature`"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f'`"{member}"`' for member in kind)
    words: dict[object, str] = {
        str: "string",
        int: "whole number",
        float: "number",
        bool: "`true` or `false`",
        Color: 'colour, `"#rrggbb"`',
        tuple[int, ...]: "list of whole numbers",
        tuple[int | str, ...]: "list of codes, labels and groups",
        tuple[str, ...]: "list of strings",
        tuple[tuple[int, int], ...]: "list of pairs of whole numbers",
    }
    return words[kind]


def default_word(item: Any) -> str:
    """The default of a key."""
    if item.name == "name":
        return "the file's name"
    if item.default is MISSING:
        return "required"
    if item.default in (None, "", ()):
        return ""
    return f'`"{item.default}"`' if isinstance(item.default, str | Color) else f"`{str(item.default).lower()}`"


def commands_page() -> str:
    """The help of every command."""
    status = "Exit status: 0 for success, 1 for findings or failing scripts, 2 for usage or input errors."
    parts = [f"# Commands\n\n{status}\n"]
    for name in sorted(_COMMANDS):
        context = click.Context(_group, info_name="oso-evalscript", help_option_names=["-h", "--help"])
        command = _group.get_command(context, name)
        if command is None:
            raise LookupError(name)
        shown = command.get_help(click.Context(command, info_name=name, parent=context, terminal_width=88))
        parts.append(f"## {name}\n\n{code(shown, 'text')}")
    return "\n".join(parts)


def fidelity_page() -> str:
    """How well each claim about the service is known, and the tests that hold it."""
    rules = tomllib.loads((ROOT / "tests/fidelity/contract.toml").read_text(encoding="utf-8"))["rule"]
    helpers = tomllib.loads((ROOT / "tests/fidelity/helpers.toml").read_text(encoding="utf-8"))["helper"]
    vectors = json.loads((ROOT / "tests/model/host/vectors.json").read_text(encoding="utf-8"))
    counts = Counter(claim["evidence"] for claim in (*rules, *helpers))
    known = ", ".join(f"{counts[str(word)]} {word}" for word in Evidence)
    contract = groupby(rules, lambda rule: rule["about"])
    library = groupby(sorted(helpers, key=lambda claim: claim["name"].lower()), lambda claim: claim["name"])
    return (
        "# Fidelity\n\nThis page lists what is known about the service, how well, and which tests check that the "
        "runtime behaves the same.\n\n"
        "* *documented*: stated in the service's documentation\n"
        "* *observed*: seen in its behaviour, or in a public copy of its helper library from about 2019\n"
        "* *inferred*: consistent with everything known, but not stated anywhere\n"
        "* *unknown*: an assumption without confirmation\n\n"
        f"There are {len(rules) + len(helpers)} claims: {known}. In addition, `tests/model/host/test_library.py` "
        f"checks {len(vectors)} results, {sum(vector['status'] == 'documented' for vector in vectors)} of them from "
        "the service's documentation.\n\n# The contract\n\n"
        + "".join(claims_table(about, claims) for about, claims in contract)
        + "# The helper library\n\n"
        + "".join(claims_table("All helpers" if name == "*" else f"`{name}`", claims) for name, claims in library)
    )


def claims_table(title: str, claims: Iterable[Mapping[str, Any]]) -> str:
    """The claims about one thing."""
    rows = "\n".join(
        f"| {claim['claim']} | {claim['evidence']} | {claim['source']} | {', '.join(map(test_link, claim['tests']))} |"
        for claim in claims
    )
    return f"## {title}\n\n| claim | known | from | tests |\n|---|---|---|---|\n{rows}\n\n"


def test_link(test: str) -> str:
    """A test as a link to its file."""
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"


def collections_page() -> str:
    """The catalogue: a section for each collection, and the units."""
    index = "\n".join(f"| [{item.id}](#{item.id}) | {item.title} |" for item in collections())
    rows = "\n".join(f"| {unit.name} | {unit.meaning} | {unit.low:g} to {unit.high:g} |" for unit in units())
    sections = "".join(collection_section(item) for item in collections())
    return (
        "# Collections\n\nThese collections are in the catalogue; *unverified* marks what no source confirms. Every "
        "collection also has the band `dataMask`: DN, 1 where there is data, 0 elsewhere. The first unit of a band is "
        "its default.\n\n"
        f"| collection | title |\n|---|---|\n{index}\n\n{sections}## Units\n\n"
        "The typical ranges are used for made-up scenes; they are a choice of this project, not documented limits.\n\n"
        f"| unit | meaning | typical range |\n|---|---|---|\n{rows}\n"
    )


def collection_section(item: Collection) -> str:
    """The facts on one collection, and the table of its bands; bands that share all but the name share a row."""
    facts = {
        "type in requests": f"`{item.type}`",
        "other names": listing(item.aliases),
        "mosaicking": ", ".join(item.mosaicking) + ("" if item.mosaicking_verified else " (*unverified*)"),
        "source types": "" if item.source_types_verified else "*unverified*",
        "value without data": "NaN" if item.nodata != item.nodata else f"{item.nodata:g}",
        "normalizationFactor": "" if item.normalization_factor is None else f"{item.normalization_factor:g}",
        "fields of a scene": listing(item.scene_fields),
        "bands it lacks": listing(item.not_bands),
        "note": item.note,
        "source": item.source,
    }
    lines = "\n".join(f"* {key}: {text}" for key, text in facts.items() if text)
    groups = groupby((band for band in item.bands if band.name != "dataMask"), lambda band: replace(band, name=""))
    rows = [band_row([band.name for band in group], shared) for shared, group in groups]
    if item.any_bands:
        rows.append("| any names | | DN | *unverified* | | |")
    head = "| bands | content | units | source type | metres | remarks |\n|---|---|---|---|---|---|"
    return f"## {item.id}\n\n{item.title}\n\n{lines}\n\n{head}\n" + "\n".join(rows) + "\n\n"


def band_row(names: list[str], band: Band) -> str:
    """The row of bands that share what is known of `band`."""
    remarks = [f"`{unit} = DN * {factor:g}`" for unit, factor in band.scale]
    if band.nomenclature is not None:
        remarks.append(f"codes of the nomenclature {listing([band.nomenclature, *band.other_nomenclatures])}")
    if band.values:
        remarks.append(", ".join(f"{code} {meaning}" for code, meaning in band.values))
    if band.low is not None:
        remarks.append(f"from {band.low:g}" + ("" if band.high is None else f" to {band.high:g}"))
    remarks.extend([band.note] if band.note else [])
    stored = band.source_type or "*unverified*"
    metres = "" if band.resolution is None else f"{band.resolution:g}"
    return f"| {listing(names)} | {band.title} | {', '.join(band.units)} | {stored} | {metres} | {'; '.join(remarks)} |"


def nomenclatures_page() -> str:
    """The nomenclatures with their classes and groups, and the crosswalks between them."""
    tables = [shipped_nomenclature(id) for id in available()]
    index = "\n".join(f"| [{table.id}](#{table.id}) | {table.title} |" for table in tables)
    return (
        "# Nomenclatures\n\nA nomenclature defines the codes of a map; *unverified* marks what no source of the "
        "producer confirms. Groups and their colours are a choice of this project: every class belongs to one group, "
        "and on each level any two group colours are at least 10 apart (CIEDE2000) for normal vision, deuteranopia, "
        "protanopia and tritanopia. Safe colours, also chosen by this project, are close to the official ones, but at "
        "least 10 apart in normal vision and 6 with a deficiency.\n\n"
        f"| nomenclature | title |\n|---|---|\n{index}\n\n"
        + "".join(map(nomenclature_section, tables))
        + "\n".join(map(crosswalk_section, crosswalks()))
    )


def nomenclature_section(table: Nomenclature) -> str:
    """The facts on one nomenclature, its classes and its groups."""
    marks = {key: " (*unverified*)" if key in table.unverified else "" for key in ("english", "french", "color")}
    head = f"English{marks['english']} | French{marks['french']} | colour{marks['color']}"
    safe = any(item.safe for item in table.classes)
    classes = "\n".join(
        f"| {item.code} | {item.english} | {item.french} | `{item.color}` |"
        f"{f' `{item.safe}` |' if safe else ''} {item.group} |"
        for item in table.classes
    )
    parts = table.levels > 1
    groups = "\n".join(
        f"| {group.id} |{f' {group.parent or str()} |' if parts else ''} {group.english} | {group.french} "
        f"| `{group.color}` "
        f"| {', '.join(str(item.code) for item in table.members(group.id))} |"
        for group in table.groups
    )
    names = {"code": "codes", "english": "English labels", "french": "French labels", "color": "colours"}
    single = ", ".join(names[mark] for mark in table.single_source)
    facts = [
        ("source", table.source),
        ("licence", table.licence),
        ("credit", table.credit),
        *([("only one independent public source", single)] if single else []),
        *(("compared with", text) for text in table.checked),
        *(("where these differ", text) for text in table.differences),
        *((f"since the edition {item.year}", item.english) for item in table.breaks),
        *((("codes without a class", ", ".join(map(str, table.technical))),) if table.technical else ()),
    ]
    lines = "\n".join(f"* {key}: {text}" for key, text in facts)
    head = f"| code | {head} |{' safe colour |' if safe else ''} group |\n|{'---|' * (6 if safe else 5)}"
    group_head = (
        f"| group |{' part of |' if parts else ''} English | French | colour | codes |\n|{'---|' * (6 if parts else 5)}"
    )
    return f"## {table.id}\n\n{table.title}\n\n{lines}\n\n{head}\n{classes}\n\n{group_head}\n{groups}\n\n"


def crosswalk_section(walk: Crosswalk) -> str:
    """The rows of a crosswalk; those that no source confirms are marked."""
    labels = {id: {item.code: item.english for item in shipped_nomenclature(id).classes} for id in available()}
    rows = "\n".join(
        f"| {row.code} {labels[walk.origin][row.code]} "
        f"| {', '.join(f'{code} {labels[walk.target][code]}' for code in row.codes)} "
        f"| {'' if row.verified else '*unverified*'} |"
        for row in walk.rows
    )
    head = f"| {walk.origin} | {walk.target} | |\n|---|---|---|"
    return f"## From {walk.origin} to {walk.target}\n\n{head}\n{rows}\n"


def listing(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def first_line(spec: type[Spec]) -> str:
    """The first line of a spec's docstring."""
    return (spec.__doc__ or "").strip().partition("\n")[0]


def code(text: str, language: str) -> str:
    """A fenced block."""
    body = textwrap.dedent(text).strip("\n")
    return f"```{language}\n{body}\n```\n"


def main(check: bool) -> int:
    """Write the pages, or compare them with what is there; remove the pages nothing writes any more."""
    expected = {ROOT / "docs" / name: NOTE + text for name, text in pages()}
    written = {path for folder in ("rules", "templates") for path in (ROOT / "docs" / folder).glob("*.md")}
    stale = [path for path, text in expected.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    gone = sorted(written - expected.keys())
    for path in (*stale, *gone):
        print(f"{'stale' if check else 'wrote' if path in expected else 'removed'}: {path.relative_to(ROOT)}")
    if check:
        return 1 if stale or gone else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(expected[path], encoding="utf-8", newline="\n")
    for path in gone:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
