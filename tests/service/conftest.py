from __future__ import annotations

from collections.abc import Iterator

import pytest

from oso_evalscript.service.local import Service
from oso_evalscript.service.programs import Limits
from oso_evalscript.service.sources import MadeUp


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """A service with made-up scenes."""
    found = Service(MadeUp(), Limits(step=2.0, request=20.0))
    yield found
    found.close()
