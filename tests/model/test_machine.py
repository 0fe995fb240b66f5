from __future__ import annotations

import os

import pytest

from oso_evalscript.model.machine import processors


def test_only_processors_that_the_process_may_use_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 5, 7}, raising=False)
    assert processors() == 3


def test_all_are_counted_where_the_system_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert processors() == 6
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert processors() == 1
