"""Reading the small files that the compiler is given."""

from __future__ import annotations

from pathlib import Path

from oso_evalscript.model.errors import SpecError


def read_bytes(path: Path, most: int, what: str) -> bytes:
    """Return the bytes of a file, which is to be a `what`.

    Raises:
        SpecError: it cannot be read, is no regular file, or has `most` bytes or more.
    """
    if "\0" in str(path):
        raise SpecError(f"a path has a NUL character, so it is not a {what}")
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise SpecError(f"{path}: is not a regular file")
        with path.open("rb") as file:
            data = file.read(most)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(data) == most:
        raise SpecError(f"{path}: is larger than {most:,} bytes, which no {what} is")
    return data
