"""`Program`: an evalscript ready to run on scenes, in a process of its own."""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from oso_evalscript.model.catalog import Collection, require_collection
from oso_evalscript.model.contract import Api, Output, Setup, read_api
from oso_evalscript.model.errors import ArrayError, OsoError, ScriptError, ScriptTimeout
from oso_evalscript.model.host import ColorMapOrder, library
from oso_evalscript.model.text import AnySource, Source
from oso_evalscript.runtime import arguments, blocks, gather, kernel
from oso_evalscript.runtime.compiled import Compiler, obstacle
from oso_evalscript.runtime.contract import read_contract
from oso_evalscript.runtime.deadline import within
from oso_evalscript.runtime.engine import Engine, Failed, Limits
from oso_evalscript.runtime.failure import load_error, may_be_simple, missing_function, pixel_error, with_band_hint
from oso_evalscript.runtime.offered import offered, told
from oso_evalscript.runtime.origin import declared_collection, find_origins
from oso_evalscript.runtime.outputs import Explanation, LogLine, Outputs, read_written
from oso_evalscript.runtime.remarks import count, first, having, remarks
from oso_evalscript.runtime.run import Evaluated, Run, check_size, evaluate_all, evaluate_once_each, lay, request_for
from oso_evalscript.runtime.scene import Sources, gather_scenes
from oso_evalscript.runtime.stack import arrange, common_shape, describe, doubts, read

if TYPE_CHECKING:
    from oso_evalscript.javascript.purity import Impurity

_Result = TypeVar("_Result")
Order: TypeAlias = Literal["mostRecent", "leastRecent", "leastCC"]
Orders: TypeAlias = Order | Mapping[str, Order]
"""Which scene comes first, in the words of the service's requests; perhaps for each input."""
Spans: TypeAlias = arguments.Span | Mapping[str, arguments.Span]

_PROOF_PAYS = 2**20
"""After so many pixels it is worth asking whether results may be gathered, or found by several workers."""

_PER_WORKER = 2**20  # pixels that a further worker has to have to do


class Program:
    """An evalscript loaded into V8. Close it after use, or use it as a context manager.

    The script's globals persist over all runs of the program.

    Args:
        source: the script, of version 3 or a simple one.
        collection: where its bands come from, by id, alias or type (`sentinel-2-l2a`, `S2L2A`, `byoc-…`); for several
            inputs a mapping from their names. It defines units, the no-data value and the metadata. By default it is
            taken from a comment `// oso: collection …`, the `datasource` of an input, or bands that only one
            collection has.
        timeout: the limit, in seconds, for loading with `setup()`, for the hooks, and for each step from pixel to
            pixel; a whole run may take longer.
        memory: the limit of resident memory of a process running the script, in bytes.
        scalar_returns: whether a number is accepted as an array of one; the service's pages disagree.
        color_map_order: whether the pairs of a colour map are sorted by value or used in their written order.
        strict: whether to reject what the service only tolerates: pixels without a result, more values than bands,
            elements that are not numbers.
        api: the API that runs the script; with `statistics`, or if `bands` is a list of names, outputs are FLOAT32 by
            default.

    Raises:
        ScriptError: it does not load, or `setup()` is invalid for the contract or the collection.
        OsoError: an argument is invalid; `EngineError` if V8 cannot start.
    """

    def __init__(
        self,
        source: AnySource,
        *,
        collection: str | Mapping[str, str] | None = None,
        timeout: float = 10.0,
        memory: int = 512 * 2**20,
        scalar_returns: bool = True,
        color_map_order: ColorMapOrder = "sorted",
        strict: bool = False,
        api: Api = "process",
    ) -> None:
        self.source = Source.of(source)
        self._scalars, self.strict = scalar_returns, strict
        self.api: Api = read_api(api)
        try:
            self._library = library(color_map_order=color_map_order)
        except ValueError as error:
            raise OsoError(str(error)) from None
        self._limits = Limits(*arguments.read_limits(timeout, memory))
        self._lock = threading.Lock()
        self._closed, self._shift = False, 0
        self._text = self.source.text
        self._engines = [self._engine()]
        weakref.finalize(self, _end, self._engines)
        _programs.add(self)
        self._pixels = 0
        self._impurity: list[Impurity | None] = []  # once it has been asked for
        try:
            said = self._declared_collection() if collection is None else collection
            answer = self._load(said)
            self._compiler = Compiler(self._text, color_map_order)
            self.setup: Setup = read_contract(answer["setup"], self.source, self.api)
            self._hooks = frozenset(answer["hooks"])
            self._parameters = int(answer["parameters"])
            self.origins: tuple[Collection | None, ...] = find_origins(
                self.setup, said if collection is not None or len(self.setup.inputs) == 1 else None, self.source.name
            )
        except BaseException:
            _end(self._engines)
            raise

    def run(
        self,
        scenes: Sources,
        *,
        units: str | None = None,
        order: Orders = "mostRecent",
        time_range: Spans | None = None,
        shape: tuple[int, int] | None = None,
        workers: int | None = None,
        blank: bool = True,
        offset: float = 0,
        check: bool = False,
        codes: Mapping[str, tuple[int, ...]] | None = None,
        weights: NDArray[Any] | None = None,
        progress: blocks.Progress | None = None,
        strict: bool | None = None,
        most: int | None = None,
    ) -> Outputs:
        """Run the script on all pixels; return output id → array of shape (band, y, x), user data, notices and log.

        Args:
            scenes: one scene (band name → array of shape (y, x), a `Scene`, or the path of an `.npz` file), several, or
                a folder of dated files; for several inputs a mapping from their names. All arrays have one shape.
            units: the unit of arrays, such as `DN`; by default the one that the script asks for.
            order: the order of scenes; under SIMPLE the first is on top. Several inputs may have one each, by name.
            time_range: start and end of the request, for scripts to read; by default those of the scenes; as `order`.
            shape: rows and columns if there is no scene; by default one pixel.
            workers: the maximum number of processes; by default up to one per processor if purity is proved.
            blank: whether bands have the no-data value where `dataMask` is 0, as on the service.
            offset: a number to add to digital numbers: -1000 for Sentinel-2 files since baseline 04.00 (2022).
            check: whether to record in the outputs' `fits` how values fit their sample types.
            codes: the class codes of bands for this check, by band name.
            weights: for this check, how many inputs each pixel stands for; by default one.
            progress: called occasionally, in any thread, with the number of finished pixels and of all pixels.
            strict: as for the program.
            most: refuse a script that promises more values for all pixels together.

        Raises:
            ArrayError: a band or date is missing, or the arrays do not fit together.
            ScriptError: the script failed: a `PixelError` at a pixel, or it exceeded a limit.
        """
        with self._lock:
            run = self._begin(scenes, units, order, time_range, shape, most, blank=blank, offset=offset, strict=strict)
            run = run.checked(codes or {}, weights, counted=not self.strict) if check else run
            try:
                return self._finish(run, self._evaluate(run, workers, progress))
            except Failed as failure:
                raise self._failure(failure, run) from None

    def explain(
        self,
        scenes: Sources,
        row: int,
        column: int,
        *,
        units: str | None = None,
        order: Orders = "mostRecent",
        time_range: Spans | None = None,
        offset: float = 0,
        strict: bool | None = None,
    ) -> Explanation:
        """Return the result of the script for one pixel, before and after its values are stored.

        Args:
            scenes: as for `run`.
            row: index along y.
            column: index along x.
            units: as for `run`.
            order: as for `run`.
            time_range: as for `run`.
            offset: as for `run`.
            strict: as for `run`.

        Raises:
            ArrayError: there is no such pixel, or as for `run`.
            PixelError: the script failed there.
        """
        with self._lock:
            row, column = arguments.read_index("row", row), arguments.read_index("column", column)
            whole = self._begin(scenes, units, order, time_range, offset=offset, strict=strict)
            if not (0 <= row < whole.size[0] and 0 <= column < whole.size[1]):
                rows, columns = whole.size
                raise ArrayError(f"there is no pixel {row},{column}: the scene has {rows} rows and {columns} columns")
            run = whole.only(row, column)
            try:
                results, notes = blocks.evaluate(self._engines[:1], run.shape, run.planes, 1)
                returned, log = self._engines[0].last(), self._told(run)[1]
            except Failed as failure:
                raise self._failure(failure, run) from None
            stored = {
                output.id: tuple(result[:, 0].tolist())
                for output, result in zip(run.shape.outputs, results, strict=True)
                if not (self._may_leave_user_data(run.shape.outputs) and count(notes, "nothing"))
            }
            return Explanation(row, column, run.inputs(0), returned, stored, log)

    def expect(self, pixels: int) -> None:
        """Say how many pixels are to come in several runs; what pays for all of them is then done at once."""
        self._pixels = self._compiler.to_come = pixels

    def explain_kernel(self, scenes: Sources) -> str:
        """Return a sentence: whether the script compiles to a kernel for these scenes, or why not."""
        with self._lock:
            shape = self._begin(scenes, None, "mostRecent", None).shape
            return self._compiler.explain(shape, self._why_not_alone(shape))

    def first_alike(self, values: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[np.intp]] | None:
        """Return for each value of each band the place of the first one that gives the same results.

        The values are arrays of one row, all of one length; None if the text does not prove it.
        """
        with self._lock:
            run = self._begin(values, None, "mostRecent", None, blank=False, strict=True)
            return None if self._why_not_alone(run.shape) else self._compiler.first_alike(run.shape, run.planes)

    @property
    def hooks(self) -> frozenset[str]:
        """The optional functions that the script has, such as `preProcessScenes`."""
        return self._hooks

    def count_samples(self, scenes: Sources, *, time_range: Spans | None = None) -> tuple[int, ...]:
        """Return the number of samples per pixel for each input, after the script has selected scenes.

        Arguments and exceptions are those of `run`.
        """
        with self._lock:
            return self._begin(scenes, None, "mostRecent", time_range).samples

    def impurity(self) -> Impurity | None:
        """Return why results are not proved to depend only on the pixel's samples; None if they are.

        Scenes and metadata count as constants of the run.
        """
        if not self._impurity:
            from oso_evalscript.runtime.independence import find_dependence  # the parser takes time to load

            self._impurity = [find_dependence(self._text, self._shift, self._limits.timeout)]
        return self._impurity[0]

    def close(self) -> None:
        """Release the processes; closing twice is harmless."""
        with self._lock:
            self._closed = True
            _end(self._engines)

    def __repr__(self) -> str:
        read = ", ".join(self.setup.bands)
        made = ", ".join(f"{output.id} ({output.bands} x {output.sample_type})" for output in self.setup.outputs)
        return f"<Program {self.source.name}: {read or 'no bands'} -> {made or 'nothing'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _engine(self) -> Engine:
        return Engine(self._text, self._library, self.source, self._limits, self._shift)

    def _declared_collection(self) -> str | None:
        """The collection that a comment of the script names; it is that of a script with one input."""
        return self._read(lambda: declared_collection(self.source)) if "oso:" in self.source.text else None

    def _read(self, work: Callable[[], _Result]) -> _Result:
        """Return what some reading of the text gives, within the script's limit of time."""
        try:
            return within(self._limits.timeout, work)
        except TimeoutError:
            raise ScriptTimeout(f"{self.source.name}: it could not be read within {self._limits.timeout:g} s") from None

    def _load(self, collection: str | Mapping[str, str] | None) -> dict[str, Any]:
        answer = self._engines[0].load()
        if "setup" not in answer and may_be_simple(answer):  # it fails as a script of functions, as every simple one
            answer = self._load_simple(collection) or answer
            if collection is None:
                answer = with_band_hint(answer, self.source)
        if missing := answer.get("missing"):
            raise ScriptError(missing_function(missing[0], self.source))
        if "error" in answer:
            raise self._load_error(answer)
        return answer

    def _load_simple(self, collection: str | Mapping[str, str] | None) -> dict[str, Any] | None:
        """Load the text as a simple script; None where it is none."""
        from oso_evalscript.runtime import simple  # the parser takes time to load

        origin = require_collection(collection) if isinstance(collection, str) else None
        self._read(lambda: simple.check_comments(self.source))
        script = self._read(lambda: simple.read_simple(self.source, origin))
        if script is None:
            return None
        self._shift = simple.LINES_BEFORE
        self._reload(script.wrapped(1))
        answer = self._engines[0].load()
        if "error" in answer:
            return answer
        try:
            count = self._engines[0].measure(script.bands)
        except Failed as failure:
            return failure.answer
        if count < 0:
            raise simple.returns_no_array(self.source)
        self._reload(script.wrapped(count))
        return self._engines[0].load()

    def _reload(self, text: str) -> None:
        _end(self._engines)
        self._text = text
        self._engines[:] = [self._engine()]

    def _begin(
        self,
        scenes: Sources,
        units: str | None,
        order: Orders,
        time_range: Spans | None,
        shape: tuple[int, int] | None = None,
        most: int | None = None,
        *,
        blank: bool = True,
        offset: float = 0,
        strict: bool | None = None,
    ) -> Run:
        strict = self.strict if strict is None else strict
        if self._closed:
            raise ScriptError(f"{self.source.name}: the program is closed")
        keys = [self.setup.key(index) for index in range(len(self.setup.inputs))] if self.setup.fusion else []
        units = arguments.read_unit(units)
        empty = (1, 1) if shape is None else arguments.read_shape(shape)
        stacks = arrange(self.setup, gather_scenes(scenes, keys), self.origins, order)
        size = common_shape(stacks) or empty
        spans = arguments.read_spans(time_range, [stack.key for stack in stacks])
        request = request_for(self.setup, self.origins[0], list(map(describe, stacks, spans)))
        try:
            begun = self._engines[0].begin(request)
        except Failed as failure:
            raise self._load_error(failure.answer) from None
        outputs = self.setup.outputs
        if begun["bands"] is not None:
            changed = zip(outputs, begun["bands"], strict=True)
            outputs = tuple(replace(output, bands=int(bands), names=()) for output, bands in changed)
        check_size(self.source.name, outputs, size, most)
        chosen = tuple(stack.chosen(slots) for stack, slots in zip(stacks, begun["slots"], strict=True))
        offset = arguments.read_number("offset", offset)
        bands = [read(stack, units, size, blank=blank, offset=offset) for stack in chosen]
        run = lay(chosen, bands, outputs, size, request, self._kernel_options(outputs, strict=strict))
        said = tuple(words for pair in zip(chosen, bands, strict=True) for words in doubts(*pair))
        return replace(run, offered=offered(stacks, begun["slots"], self._hooks), notices=said)

    def _kernel_options(self, outputs: tuple[Output, ...], *, strict: bool) -> dict[str, bool]:
        return {
            "fusion": self.setup.fusion,
            "scalars": self._scalars,
            "silence": not strict or self._may_leave_user_data(outputs),
            "strict": strict,
            "watched": "console" in self.source.text,
        }

    def _may_leave_user_data(self, outputs: tuple[Output, ...]) -> bool:
        """Whether user data may be all that is wanted, so that evaluatePixel returns nothing."""
        leaves = "updateOutputMetadata" in self._hooks or self._parameters >= 5
        return leaves or all(output.bands == 0 for output in outputs)

    def _evaluate(self, run: Run, workers: int | None, progress: blocks.Progress | None) -> Evaluated:
        engines = self._engines[:1]
        most = arguments.read_workers(workers)
        self._pixels += run.total
        if not (proved := self._pixels >= _PROOF_PAYS and not self._why_not_alone(run.shape)) or self._hooks:
            compiler = self._compiler if proved else None  # more engines would call hooks more often
            return evaluate_all(engines, run, progress, compiler)
        flat = [slot for plane in run.planes for slot in plane]
        if (combinations := gather.combine(flat, most)) is not None:
            try:
                return evaluate_once_each(engines[0], run, combinations, most, progress)
            except Failed:  # which pixel is the first to fail, only going through them tells
                return evaluate_all(engines, run, progress)
        wanted = min(most, max(run.total // _PER_WORKER, 1)) if workers is None else most
        engines = self._several(min(wanted, blocks.count(run.shape, run.total)), run)
        return evaluate_all(engines, run, progress, self._compiler)

    def _several(self, count: int, run: Run) -> list[Engine]:
        """So many engines, all at the same run."""
        while len(self._engines) < count:
            self._engines.append(self._engine())
        for engine in self._engines[1:count]:
            engine.begin(run.request)
        return self._engines[:count]

    def _why_not_alone(self, shape: kernel.Shape) -> str:
        """Why a result is not proved to depend on its pixel alone; empty if it is."""
        return obstacle(shape, self._may_leave_user_data(shape.outputs), self.impurity)

    def _finish(self, run: Run, found: Evaluated) -> Outputs:
        data = self._engines[0].finish()["data"]
        notices, log = self._told(run)
        self._engines[0].attach_ahead()
        arrays = {
            output.id: result.reshape(output.bands, *run.size)
            for output, result in zip(run.shape.outputs, found.results, strict=True)
        }
        notes = found.notes
        silent = count(notes, "nothing")
        alone = self._may_leave_user_data(run.shape.outputs) and 0 < silent == run.total
        if alone:
            arrays = {}
            notices += ("evaluatePixel returned nothing for any pixel; that is right only if you want just user data",)
        elif silent and run.shape.strict:
            nothing = {"output": 0, "result": "nothing", "values": "nothing", "shown": "nothing"}
            raise Failed({"wrong": json.dumps(nothing), "pixel": first(notes, "nothing")})
        said = remarks(run, notes, arrays)
        user_data = None if data is None else read_written(data, f"{self.source.name}: outputMetadata.userData")
        return Outputs(
            arrays,
            user_data,
            run.notices + notices + said.notices,
            log,
            found.fits,
            silent=silent,
            unanswered=0 if alone else said.unanswered,
            surplus=count(notes, "surplus"),
            dropped=said.dropped,
            samples=run.samples,
            offered=run.offered,
            declared=run.shape.outputs,
            data=run.data().reshape(run.size) if run.shape.checked or silent else None,
            nothing=having(notes, "nothing").reshape(run.size) if notes is not None and silent else None,
        )

    def _told(self, run: Run | None) -> tuple[tuple[str, ...], tuple[LogLine, ...]]:
        """The notices and the log since the last call."""
        told = self._engines[0].told()
        lines = tuple(LogLine(text, *(run.place(pixel) if run else ())) for pixel, text in told["lines"])
        if told["dropped"]:
            lines += (LogLine(f"… and {told['dropped']} lines more"),)
        return (*told["notices"], *{words for engine in self._engines for words in engine.complaints()}), lines

    def _failure(self, failure: Failed, run: Run) -> ScriptError:
        answer = failure.answer
        if "pixel" not in answer:
            return self._load_error(answer, run)
        row, column = run.place(answer["pixel"])
        place, inputs = (row or 0, column or 0), run.inputs(answer["pixel"])
        error = pixel_error(answer, self.source, run.shape.outputs, place=place, inputs=inputs, shift=self._shift)
        return self._with_log(error, run)

    def _load_error(self, answer: Mapping[str, Any], run: Run | None = None) -> ScriptError:
        return self._with_log(load_error(answer, self.source, shift=self._shift), run)

    def _with_log(self, error: ScriptError, run: Run | None) -> ScriptError:
        error.scenes = () if run is None else told(run.offered)
        try:
            error.log = tuple(str(line) for line in self._told(run)[1])
        except Failed as other:  # what the script left behind made that fail too
            error.add_note(f"its log is lost: {other.answer['error']}")
        return error


def evaluate(source: AnySource, scenes: Sources) -> Outputs:
    """Run a script on scenes and return its outputs; see `Program.run`."""
    with Program(source) as program:
        return program.run(scenes)


_programs: weakref.WeakSet[Program] = weakref.WeakSet()


def _unlock_all() -> None:
    """In a process that was forked: the thread that held a lock is not there."""
    for program in list(_programs):
        program._lock = threading.Lock()


os.register_at_fork(after_in_child=_unlock_all)


def _end(engines: list[Engine]) -> None:
    for engine in engines:
        engine.end()
