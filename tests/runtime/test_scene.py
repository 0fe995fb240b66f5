from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oso_evalscript.model.errors import ArrayError
from oso_evalscript.runtime.scene import read_scene
from oso_evalscript.runtime.synthetic import land_cover


@settings(max_examples=20)
@given(st.integers(1, 120), st.integers(0, 1000))
def test_a_made_up_scene_is_plausible_and_repeatable(size: int, seed: int) -> None:
    scene, again = land_cover(size, seed), land_cover(size, seed)
    mask = scene["dataMask"] == 1
    for name, band in scene.items():
        assert band.shape == (size, size)
        assert band.dtype == np.uint8
        assert not band[~mask].any()
        np.testing.assert_array_equal(band, again[name])
    assert set(np.unique(scene["OCS"][mask])) <= set(range(1, 24))
    for name in ("OCS_Confidence", "OCS_Validity"):
        assert mask.sum() == 0 or scene[name][mask].min() >= 1
    assert scene["OCS_Confidence"].max() <= 100


@pytest.mark.parametrize("seed", range(5))
def test_the_usual_scene_has_every_class_and_a_hole(seed: int) -> None:
    scene = land_cover(seed=seed)
    assert set(np.unique(scene["OCS"])) == set(range(24))
    assert 0.9 < scene["dataMask"].mean() < 1
    assert not np.array_equal(scene["OCS"], land_cover(seed=seed + 1)["OCS"])


def test_a_scene_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scene.npz"
    np.savez(path, allow_pickle=False, **land_cover(8))
    for name, band in read_scene(path).bands.items():
        np.testing.assert_array_equal(band, land_cover(8)[name])


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"not a zip file")
    np.save(tmp_path / "b.npy", np.zeros(3))
    np.savez(tmp_path / "c.npz", A=np.array([object()], dtype=object))
    (tmp_path / "d.npz").write_bytes((tmp_path / "c.npz").read_bytes()[:50])
    for name, message in [
        ("a.npz", "a.npz: is not an .npz file of plain arrays"),
        ("b.npy", "b.npy: holds one array without a name"),
        ("c.npz", "c.npz: is not an .npz file of plain arrays"),
        ("d.npz", "d.npz: is not an .npz file of plain arrays"),
        ("e.npz", "e.npz: cannot be read (No such file or directory)"),
    ]:
        with pytest.raises(ArrayError) as caught:
            read_scene(tmp_path / name)
        assert message in str(caught.value)
