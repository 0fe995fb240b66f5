"""The exceptions of the package.

    OsoError
    ├── SourceError(ValueError)        a text cannot be read as an evalscript's text
    ├── SpecError(ValueError)          a spec, nomenclature or other data file says something it must not
    ├── ConfigError(ValueError)        a configuration file or an option says something it must not
    ├── RequestError(ValueError)       a request to the service, or what describes one, says something it must not
    ├── TemplateError                  a template is missing or does not render
    ├── ArrayError(ValueError)         the arrays handed to a program do not fit it
    ├── RasterError(ValueError)        a raster cannot be read or written, or does not fit the script
    ├── ScriptError                    a script failed when it was loaded or run
    │   ├── PixelError                 … at one pixel
    │   ├── ScriptTimeout(TimeoutError)
    │   ├── ScriptMemory(MemoryError)
    │   └── ScriptCrashed              the process that ran it is gone
    ├── EngineError                    V8 cannot be started here
    ├── WrongPackage(ImportError)      another distribution took the import name of a dependency
    └── MissingExtra(ImportError)      an optional dependency is not installed

A bad *script* is data (`Diagnostic`) as long as it is only read; it becomes an exception when it is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias


class OsoError(Exception):
    """The base class of all errors of this package; the message is one sentence.

    Args:
        message: the sentence.
        options: parts of the message about Python arguments → their wording on the command line.

    Attributes:
        options: those words.
    """

    def __init__(self, message: object = "", *, options: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(message)
        self.options = dict(options)

    @property
    def on_the_command_line(self) -> str:
        """The sentence in the words of the command line."""
        text = str(self)
        for words, instead in self.options.items():
            text = text.replace(words, instead)
        return text


class SourceError(OsoError, ValueError):
    """A file's bytes are not text, or the text is too large to be an evalscript."""


class SpecError(OsoError, ValueError):
    """A spec or data file holds a value that is not allowed; the text names file, key and value."""


class ConfigError(OsoError, ValueError):
    """A configuration file or an option of the command line holds something that is not allowed; names file and key."""


class RequestError(OsoError, ValueError):
    """A request to the service, or what describes one, says something that is not allowed; names the key."""


class TemplateError(OsoError):
    """A template is missing or does not render; the text names the template and the line."""


class ArrayError(OsoError, ValueError):
    """Arrays do not fit the program: wrong shape, missing band, a dtype that cannot be used."""


class RasterError(OsoError, ValueError):
    """A raster cannot be read or written, or does not fit the script or the other rasters; names file and band."""


class ScriptError(OsoError):
    """A script does not load, does not keep its contract, or throws.

    Attributes:
        log: what it had logged until then, a sentence for each line.
        scenes: which scenes it was given, in sentences; empty where it failed before it was given any.
        whole: the message with all that was thrown, where the script threw; it may be long.
    """

    log: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    whole: str = ""


class PixelError(ScriptError):
    """A script failed at one pixel.

    Attributes:
        row: index along y of the pixel.
        column: index along x of the pixel.
        thrown: whether the script threw; otherwise it returned what it must not.
        silent: whether evaluatePixel returned nothing, or null.
        inputs: the value of each band there; where samples are a list, that list as `samples`, and in data fusion
            the list of each source.
    """

    def __init__(
        self, message: str, *, row: int, column: int, inputs: dict[str, Any], thrown: bool, silent: bool = False
    ) -> None:
        super().__init__(message)
        self.thrown = thrown
        self.silent = silent
        self.row = row
        self.column = column
        self.inputs = inputs

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it come back from another process."""
        words: dict[str, Any] = {"row": self.row, "column": self.column, "inputs": self.inputs, "thrown": self.thrown}
        return partial(type(self), **words), self.args, self.__dict__


Call: TypeAlias = tuple[str, str, int, int]
"""A call that a script is in: function, file, line and column."""


class ScriptTimeout(ScriptError, TimeoutError):
    """A script took longer than its limit to load, in `setup()` or from one pixel to another.

    Attributes:
        calls: those that it was in, the innermost first, as V8 names and numbers them; empty where it did not say.
    """

    calls: tuple[Call, ...] = ()


class ScriptMemory(ScriptError, MemoryError):
    """A script needed more memory than its limit."""


class ScriptCrashed(ScriptError):
    """The process that ran a script ended without an answer."""


class EngineError(OsoError):
    """V8 cannot be started here, whatever the script; the text says why and what to do about it."""


LIMITS = (ScriptTimeout, ScriptMemory, ScriptCrashed)
"""What a script that breaks a limit raises."""


class WrongPackage(OsoError, ImportError):
    """Another distribution took the import name of a dependency; the text says which one to remove."""


class MissingExtra(OsoError, ImportError):
    """An optional dependency is not installed; the text says how to install it."""

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        super().__init__(f"{purpose} needs {package}: pip install 'oso-evalscript[{extra}]'")
