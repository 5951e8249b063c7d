"""JPEGs decoded at a fraction of their size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command import gen
from faces import make_faces
from generation import generate, record, tree
from skimage.data import astronaut

from faceflow.errors import FrameError
from faceflow.images import encode_image, read_image, read_reduced, resize_image


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """A photograph of 512x512."""
    path = tmp_path / "a.jpg"
    path.write_bytes(encode_image(np.ascontiguousarray(astronaut()[..., ::-1]), ".jpg"))
    return path


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        ((512, 512), 512),
        ((257, 100), 512),
        ((256, 256), 256),
        ((200, 129), 256),
        ((128, 100), 128),
        ((10, 64), 64),
        ((1, 1), 64),
    ],
)
def test_fraction_is_never_smaller_than_asked_for(
    portrait: Path, least: tuple[int, int], expected: int
) -> None:
    """A half, a quarter or an eighth; what is told is the size as it is stored."""
    image, size = read_reduced(portrait, least)
    assert image.shape == (expected, expected, 3)
    assert size == (512, 512)


def test_pixels_are_almost_those_of_the_whole_image(portrait: Path) -> None:
    """Once both are resized: one or two grey levels apart in the mean."""
    for least in [(200, 180), (120, 128), (64, 64)]:
        reduced = resize_image(read_reduced(portrait, least)[0], least)
        whole = resize_image(read_image(portrait), least)
        difference = np.abs(reduced.astype(float) - whole)
        assert 0 < difference.mean() < 2.5


def test_other_formats_are_read_whole(tmp_path: Path, portrait: Path) -> None:
    """And what cannot be read fails as it does otherwise."""
    path = tmp_path / "a.png"
    path.write_bytes(encode_image(read_image(portrait), ".png"))
    image, size = read_reduced(path, (10, 10))
    assert image.shape[:2] == size == (512, 512)
    data = portrait.read_bytes()
    for damaged, reason in ((data[:3000], "truncated_image"), (b"", "unreadable_image")):
        portrait.write_bytes(damaged)
        with pytest.raises(FrameError) as caught:
            read_reduced(portrait, (10, 10))
        assert caught.value.reason == reason


def test_datasets_tell_how_frames_were_decoded(tmp_path: Path) -> None:
    """Only the images differ, and the two are not mixed."""
    faces = make_faces(tmp_path, frames=3, size=(200, 160), suffix=".jpg")
    generate(faces, size=(64, 48), decode="reduced")
    generate(faces, tmp_path / "full", size=(64, 48))
    reduced, full = tree(faces.output), tree(tmp_path / "full")
    differing = {name for name in full if reduced[name] != full[name]}
    images = {f"F001/flow_T1/00{i}.jpg" for i in (1, 2, 3)}
    assert differing == images | {"dataset.json", "report.html"}
    assert record(faces)["size"] == [64, 48]
    ended = gen(faces, "--size", "64x48")
    assert ended.code == 2
    assert "--decode 'reduced'" in ended.complaint()
