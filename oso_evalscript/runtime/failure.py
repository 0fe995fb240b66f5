"""What V8 says about a script, in words for its author: the script's own name, line and caret, and its call stack."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from oso_evalscript.model.contract import Output
from oso_evalscript.model.errors import PixelError, ScriptError, ScriptMemory, ScriptTimeout
from oso_evalscript.model.text import Source

SCRIPT = "evalscript.js"
"""What V8 calls the script; its messages are rewritten to the source's own name."""

HELPERS = "helpers.js"
"""What V8 calls the service's helper library."""

_HEAD = re.compile(r"(?P<file>[\w.<>]+):(?P<line>\d+): ")
_CALL = re.compile(r"    at (?:(?P<name>.+) \()?(?P<file>[\w.<>]+):(?P<line>\d+):(?P<column>\d+)\)?")
_NAMELESS = re.compile(r"(?:<anonymous>|undefined)(?=:\d)")
_PIXEL = re.compile(r"function\s+evaluatePixel\b|\bevaluatePixel\s*=(?!=)")
_UNEXPECTED = re.compile(r"SyntaxError: Unexpected token 'const'")
_MADE = re.compile(
    r"(?:function\*?\s+|(?:var|let|const)\s+)([A-Za-z_$][\w$]*)(?=\s*(?:\(|=\s*(?:async\s+)?(?:function\b|\(|[\w$]+\s*=>)))"
)
_OLD = re.compile(
    r"^//\s*VERSION\s*=\s*(?P<header>[12])\b|\bset(?:InputComponents|OutputComponentCount)\s*\(|\bcomponentCount\s*:",
    re.MULTILINE,
)
_UNDEFINED = re.compile(r"ReferenceError: ([A-Za-z_$][\w$]*) is not defined(?=\n|$)")
_OF_SIMPLE = ("Illegal return statement", "Invalid or unexpected token")
_CALLS_SHOWN = 6
_BEHIND = re.compile(r"identifier 'stage_[0-9a-f]{32}_end'")  # the end marker of a script, in V8's messages
_MAX_MESSAGE = 500
_SHOWN = 80  # characters of a value
_MAX_LINE = 500  # of the script, above a caret


def may_be_simple(answer: Mapping[str, Any]) -> bool:
    """Return whether a text that failed as a script of functions may be a simple script, as V8 could parse it.

    Args:
        answer: what the worker said.
    """
    return answer.get("kind") != "JSParseException" or any(sign in answer["error"] for sign in _OF_SIMPLE)


def with_band_hint(answer: dict[str, Any], source: Source) -> dict[str, Any]:
    """Return what the worker said of a simple script, with advice where a name that nothing defines may be a band.

    Args:
        answer: what the worker said.
        source: the script.
    """
    found = _UNDEFINED.search(answer.get("error", ""))
    functions = r"\b(?:setup|evaluatePixel)\b|" + (rf"(?<![\w$]){re.escape(found[1])}\s*\(" if found else "")
    if found is None or re.search(functions, source.text):
        return answer
    hint = f"; if `{found[1]}` is a band, name the collection (`byoc` for your own)"
    return {**answer, "error": answer["error"][: found.end()] + hint + answer["error"][found.end() :]}


def missing_function(name: str, source: Source) -> str:
    """Return what to say of a function that a script lacks: with the one that may be meant, where one is like it.

    Args:
        name: the function.
        source: the script.
    """
    like = {made[1].lower(): made[1] for made in _MADE.finditer(source.text)}
    near = difflib.get_close_matches(name.lower(), like, 1, 0.8)
    hint = f"; did you mean `{name}` where it says `{like[near[0]]}`?" if near else ""
    return f"{source.name}: the script has no function `{name}`{hint}"


def old_version(source: Source) -> str:
    """Return what to say of a script of version 1 or 2, which cannot be run; empty for any other."""
    sign = _OLD.search(source.text)
    if sign is None:
        return ""
    version = sign["header"] or ("1" if sign[0].startswith("set") else "2")
    return (
        f"{source.name}:{source.position(sign.start()).line}: this is an evalscript of version {version}, which the "
        "service switched off in 2020; in version 3 setup() returns `input`, the names of the bands, and `output` with "
        "the number of `bands`"
    )


def load_error(answer: Mapping[str, Any], source: Source, *, shift: int = 0) -> ScriptError:
    """Return the error for a script that failed outside the pixels: `NAME:LINE: MESSAGE`, its line and the stack.

    Args:
        answer: what the worker said.
        source: the script.
        shift: how many lines were put before the script's own.
    """
    if answer["kind"] == "JSOOMException":
        return ScriptMemory(f"{source.name}: it needs more memory than V8 can use")
    if "pixel" not in answer and (old := old_version(source)):
        return ScriptError(old)
    text = _BEHIND.sub("end of input", answer["error"])
    error = ScriptError(_told(text, source, shift))
    error.whole = _told(text, source, shift, len(text))
    return error


def timeout_error(error: ScriptTimeout, source: Source, *, shift: int = 0) -> ScriptTimeout:
    """Return the error for a script that ran out of time, with the line and the calls that it was in.

    Args:
        error: what the worker said.
        source: the script.
        shift: how many lines were put before the script's own.
    """
    keys = ("name", "file", "line", "column")
    calls = [dict(zip(keys, (_in_one_line(str(item)) for item in call), strict=True)) for call in error.calls]
    own = next((call for call in calls if call["file"] == SCRIPT), None)
    if own is None:
        return ScriptTimeout(f"{source.name}: {error}")
    line = int(own["line"]) - shift
    stack = [_call(call, source, shift) for call in calls if call["file"] in (SCRIPT, HELPERS)]
    shown = stack[:_CALLS_SHOWN] + ["    …"] * (len(stack) > _CALLS_SHOWN)
    where = f"in `{own['name']}`" if own["name"] else "here"
    head = f"{source.name}:{line}: {error}: it was still {where}"
    found = ScriptTimeout("\n".join([head, *_own_frame(source, line, int(own["column"])), *shown]))
    found.calls = error.calls
    return found


def pixel_error(
    answer: Mapping[str, Any],
    source: Source,
    outputs: Sequence[Output],
    *,
    place: tuple[int, int],
    inputs: Mapping[str, Any],
    shift: int = 0,
) -> ScriptError:
    """Return the error for a script that failed at one pixel, with where it is and what it held.

    Args:
        answer: what the worker said.
        source: the script.
        outputs: what the contract promises.
        place: row and column.
        inputs: `samples` as the script saw it.
        shift: how many lines were put before the script's own.
    """
    row, column = place
    if "error" in answer:
        failure = load_error(answer, source, shift=shift)
        if isinstance(failure, ScriptMemory):
            return failure
        message, whole, silent = str(failure), failure.whole, False
    else:
        wrong = json.loads(answer["wrong"])
        what, silent = wrong_return(wrong, outputs), wrong["result"] in ("nothing", "null")
        message, whole = f"{source.name}{_line_of(_PIXEL, source)}: {what}", ""
    first, *rest = message.split("\n")
    first += f", at the pixel in row {row}, column {column}, where {show_inputs(inputs)}"
    text, thrown = "\n".join([first, *rest]), "error" in answer
    error = PixelError(text, row=row, column=column, inputs=dict(inputs), thrown=thrown, silent=silent)
    error.whole = whole
    return error


def wrong_return(wrong: Mapping[str, Any], outputs: Sequence[Output]) -> str:
    """Return what came and what was promised; where they are known, in the service's own words first."""
    output = outputs[wrong["output"]]
    if wrong.get("element", -1) >= 0:
        what = "undefined" if wrong["is"] == "nothing" else wrong["is"]
        return f"evaluatePixel returned {what} as value {wrong['element'] + 1} of the output `{output.id}`: no number"
    promised = f"setup() declares {output.bands} value{'s' * (output.bands != 1)}"
    # "Script must return an array." is what the service says of wrong shapes (a user's report of its answer).
    service = "" if wrong["values"].startswith("an array") else "Script must return an array. "
    if wrong["result"] == "an object" and (found := _in_object(wrong, output)):
        return f"{service}evaluatePixel returned {found}"
    if len(outputs) == 1:
        return f"{service}evaluatePixel returned {_shown(wrong['result'], wrong)} where {promised}"
    if wrong["result"] != "an object":
        ids = ", ".join(item.id for item in outputs)
        service = "Script must return an array. " if wrong["result"] != "nothing" else service
        came = _shown(wrong["result"], wrong)
        return f"{service}evaluatePixel returned {came} where setup() declares an object with the outputs {ids}"
    came = _shown(wrong["values"], wrong)
    return f"{service}evaluatePixel returned {came} for the output `{output.id}` where {promised}"


def _in_object(wrong: Mapping[str, Any], output: Output) -> str:
    """What is wrong with one output of an object: the number of its values, or a name that is nearly its id."""
    held = dict(wrong.get("keys") or ())
    shown = f": {wrong['shown']}" if len(wrong["shown"]) <= _SHOWN else ""
    if held.get(output.id, -1) >= 0:
        values, bands = held[output.id], output.bands
        return (
            f"{values} value{'s' * (values != 1)} for {bands} in the output `{output.id}`, which has {bands} "
            f"band{'s' * (bands != 1)}{shown}"
        )
    near = difflib.get_close_matches(output.id.lower(), [name.lower() for name in held], 1, 0.75)
    if output.id in held or not near:
        return ""
    name = next(name for name in held if name.lower() == near[0])
    came = _shown(wrong["result"], wrong).removesuffix(",")
    return f"{came}, without the output `{output.id}`: did you mean `{output.id}` where it says `{name}`?"


def show_inputs(inputs: Mapping[str, Any]) -> str:
    """Return the samples of a pixel in one line."""
    pairs = [f"{name} = {_show_value(value)}" for name, value in inputs.items()]
    return ", ".join(pairs) or "no bands"


def _show_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_show_value(item)}' for name, item in value.items())}}}"
    if isinstance(value, Sequence):
        shown = [_show_value(item) for item in value[:4]] + ["…"] * (len(value) > 4)
        return f"[{', '.join(shown)}]"
    return f"{value:g}"


def _shown(kind: str, wrong: Mapping[str, Any]) -> str:
    """The kind of value, and the value itself where that says more."""
    if kind.startswith(("an array", "an object")) and len(wrong["shown"]) <= _SHOWN:
        return f"{kind}, {wrong['shown']},"
    return kind


def _line_of(pattern: re.Pattern[str], source: Source) -> str:
    """Where something stands in the script first, as `:LINE`; nothing where it does not."""
    match = pattern.search(source.text)
    return f":{source.position(match.start()).line}" if match else ""


def _told(error: str, source: Source, shift: int, most: int = _MAX_MESSAGE) -> str:
    text = error
    nameless = _NAMELESS.match(text)
    evaluated = nameless is not None and bool(re.search(rf"^    at .*\b{re.escape(SCRIPT)}:\d", text, re.MULTILINE))
    if nameless is not None and not evaluated:  # a text that does not parse has no name for V8 yet
        text = SCRIPT + text[nameless.end() :]
    head = _HEAD.match(text)
    if head is None:
        return f"{source.name}: {_in_one_line(text, most) or 'it failed without a message'}"
    lines = text[head.end() :].split("\n")
    caret = next((i for i, line in enumerate(lines) if re.fullmatch(r"\s*\^+", line)), None)
    message = _in_one_line(lines[0] if caret is None else " ".join(lines[: max(caret - 1, 1)]), most)
    calls = _calls(lines)
    own = next((call for call in calls if call["file"] == SCRIPT), None)
    if head["file"] == SCRIPT:
        line, frame = int(head["line"]) - shift, _frame(lines, caret)
        if line > (last := source.text.rstrip("\n").count("\n") + 1):  # it ends too early
            line, frame = last, []
            message = _UNEXPECTED.sub("SyntaxError: Unexpected end of input", message)
    elif own is not None and evaluated:  # thrown by a text that the script made
        line, frame = int(own["line"]) - shift, _frame(lines, caret)
        message = f"{message}, in line {head['line']} of the evaluated text"
    elif own is not None:  # thrown inside a helper: what matters is the line that called it
        line = int(own["line"]) - shift
        frame = _own_frame(source, line, int(own["column"]))
    else:
        return f"{source.name}: {message}"
    stack = [_call(call, source, shift) for call in calls if call["file"] in (SCRIPT, HELPERS)]
    shown = stack[:_CALLS_SHOWN] + ["    …"] * (len(stack) > _CALLS_SHOWN)
    return "\n".join([f"{source.name}:{line}: {message}", *frame, *(shown if len(stack) > 1 else [])])


def _in_one_line(text: str, most: int = _MAX_MESSAGE) -> str:
    """A message without line ends, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def _calls(lines: Sequence[str]) -> list[dict[str, str]]:
    found = [match for line in lines if (match := _CALL.fullmatch(line))]
    return [{name: value or "" for name, value in match.groupdict().items()} for match in found]


def _call(call: Mapping[str, str], source: Source, shift: int) -> str:
    name = call["name"].removeprefix("Object.") or "the script"
    if call["file"] == HELPERS:
        return f"    in {name}, a helper of the service"
    return f"    in {name}, line {int(call['line']) - shift}"


def _frame(lines: Sequence[str], caret: int | None) -> list[str]:
    """The script's line and the caret below it, indented; none where V8 gave none."""
    if not caret or len(lines[caret - 1]) > _MAX_LINE:
        return []
    return [f"    {lines[caret - 1]}", f"    {lines[caret][: len(lines[caret - 1]) + 1]}"]


def _own_frame(source: Source, line: int, column: int) -> list[str]:
    lines = source.text.split("\n")
    if not 1 <= line <= len(lines) or len(lines[line - 1]) > _MAX_LINE:
        return []
    return [f"    {lines[line - 1]}", f"    {' ' * (column - 1)}^"]
