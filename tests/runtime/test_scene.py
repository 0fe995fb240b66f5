from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oso_evalscript import Scene
from oso_evalscript.model.errors import ArrayError
from oso_evalscript.runtime.scene import gather_scenes, read_scene
from oso_evalscript.runtime.synthetic import land_cover


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2023-06-01", "2023-06-01T00:00:00+00:00"),
        ("2023-06-01T10:50:31Z", "2023-06-01T10:50:31+00:00"),
        ("2023-06-01T10:50:31+02:00", "2023-06-01T08:50:31+00:00"),
        (dt.date(2023, 6, 1), "2023-06-01T00:00:00+00:00"),
        (dt.datetime(2023, 6, 1, 5), "2023-06-01T05:00:00+00:00"),
        (np.datetime64("2023-06-01T05:00"), "2023-06-01T05:00:00+00:00"),
    ],
)
def test_dates_are_moments_in_utc(date: Any, expected: str) -> None:
    time = Scene(bands={}, date=date).time
    assert time is not None
    assert time.isoformat() == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": "yesterday"}, "`yesterday` is not a date: expected one such as 2023-06-01"),
        ({"date": 20230601}, "expected a datetime or text such as 2023-06-01, not int"),
        ({"bands": [1]}, "the bands of a scene must be a mapping, name → array, not list"),
    ],
)
def test_what_makes_no_scene(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ArrayError, match=re.escape(message)):
        Scene(**{"bands": {}, **fields})


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2023-06-01", "2023-06-01T00:00:00Z"),
        ("S2A_MSIL2A_20230601T105031_N0509", "2023-06-01T10:50:31Z"),
        ("tile_20230601", "2023-06-01T00:00:00Z"),
        ("2023-06-01_10-50-31", "2023-06-01T10:50:31Z"),
        ("99999999_20230601", "2023-06-01T00:00:00Z"),
        ("scene", None),
        ("12345678901", None),
    ],
)
def test_a_file_s_name_tells_its_date(tmp_path: Path, name: str, date: str | None) -> None:
    path = tmp_path / f"{name}.npz"
    np.savez(path, A=np.ones((1, 1)))
    time = read_scene(path).time
    assert (time and f"{time:%Y-%m-%dT%H:%M:%SZ}") == date


def test_entries_without_axes_are_fields(tmp_path: Path) -> None:
    path = tmp_path / "2020-01-01.npz"
    np.savez(path, A=np.ones((1, 1)), date="2023-06-01", cloud_coverage=12.5, units="DN", id=3, other=np.float64(2))
    scene = read_scene(path)
    assert (scene.cloud_coverage, scene.units, scene.id) == (12.5, "DN", 3)
    assert scene.time == dt.datetime(2023, 6, 1, tzinfo=dt.UTC)
    assert list(scene.bands) == ["A", "other"]
    np.savez(path, A=np.ones((1, 1)), date="soon")
    with pytest.raises(ArrayError, match=r"2020-01-01\.npz: `soon` is not a date"):
        read_scene(path)


def test_a_folder_is_a_series(tmp_path: Path) -> None:
    for day in (3, 1, 2):
        np.savez(tmp_path / f"2023-06-0{day}.npz", A=np.full((1, 1), day))
    (tmp_path / "notes.txt").write_text("no scene")
    (single,) = gather_scenes(tmp_path, ())
    assert [scene.time.day for scene in single if scene.time] == [1, 2, 3]
    (file,) = gather_scenes(str(tmp_path / "2023-06-02.npz"), ())
    assert len(file) == 1
    (mixed,) = gather_scenes([tmp_path / "2023-06-02.npz", {"A": [[1]]}, Scene(bands={})], ())
    assert len(mixed) == 3
    named: dict[str, Any] = {"x": tmp_path, "y": [], "z": {"A": [[1]]}}
    by_name = gather_scenes(named, ("x", "y", "z"))
    assert [len(scenes) for scenes in by_name] == [3, 0, 1]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArrayError, match=r"empty: contains no \.npz file"):
        gather_scenes(tmp_path / "empty", ())
    with pytest.raises(ArrayError, match=r"none: cannot be read \(No such file"):
        gather_scenes(tmp_path / "none", ())


def test_a_scene_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scene.npz"
    bands: dict[str, Any] = land_cover(8)
    np.savez(path, **bands)
    for name, band in read_scene(path).bands.items():
        np.testing.assert_array_equal(band, land_cover(8)[name])


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"not a zip file")
    np.save(tmp_path / "b.npy", np.zeros(3))
    np.savez(tmp_path / "c.npz", A=np.array([object()], dtype=object))
    (tmp_path / "d.npz").write_bytes((tmp_path / "c.npz").read_bytes()[:50])
    for name, message in [
        ("a.npz", "a.npz: is not an .npz file of plain arrays"),
        ("b.npy", "b.npy: contains one array without a name"),
        ("c.npz", "c.npz: is not an .npz file of plain arrays"),
        ("d.npz", "d.npz: is not an .npz file of plain arrays"),
        ("e.npz", "e.npz: cannot be read (No such file or directory)"),
    ]:
        with pytest.raises(ArrayError) as caught:
            read_scene(tmp_path / name)
        assert message in str(caught.value)
