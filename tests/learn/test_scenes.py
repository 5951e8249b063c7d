"""Scenes that the face network is trained on: their flow is true, whatever chance makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import make_faces, texture
from generation import generate
from hypothesis import given
from hypothesis import strategies as st

import faceflow as ff
from faceflow.errors import ConfigError
from faceflow.learn.data.deformation import (
    compose,
    deform_points,
    pixel_grid,
    sample_field,
    similarity_field,
    smooth_field,
)
from faceflow.learn.data.face_examples import FaceExamples, FaceOptions
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.learn.data.order import random_of
from faceflow.learn.data.scenes import SceneMaker
from faceflow.learn.data.shots import take_shots
from faceflow.truth.render_options import RenderOptions

SIDE = 96
INSIDE = slice(24, -24), slice(24, -24)


@given(st.integers(0, 2**32), st.floats(0.05, 6))
def test_smooth_field_does_not_fold(seed: int, amplitude: float) -> None:
    """Neighbours differ by less than a pixel, so that it can be undone."""
    field = smooth_field(np.random.default_rng(seed), SIDE, amplitude)
    assert (field.shape, field.dtype) == ((SIDE, SIDE, 2), np.float32)
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in (0, 1)) <= 0.36
    assert np.abs(field).mean() <= amplitude * 1.01


@given(st.integers(0, 2**32))
def test_composed_flow_leads_to_the_same_point(seed: int) -> None:
    """p + before(p), moved, is q + after(q) at q = p + flow(p)."""
    rng = np.random.default_rng(seed)
    before, motion, after = (smooth_field(rng, SIDE, 1.0) for _ in range(3))
    flow = compose(before, motion, after)
    assert flow is not None
    grid = pixel_grid(SIDE)
    place = grid + before
    arrived = grid + flow
    left = arrived + sample_field(after, arrived) - (place + sample_field(motion, place))
    assert np.abs(left[INSIDE]).max() < 0.03  # OpenCV samples at whole 1/32 px


def test_nothing_composed_is_nothing() -> None:
    """None stands for no displacement."""
    assert compose(None, None, None) is None
    field = similarity_field(np.random.default_rng(0), SIDE, 1.0)
    np.testing.assert_allclose(compose(None, field, None), field, atol=1e-5)


def test_points_follow_a_deformed_picture() -> None:
    """What was at a point is seen at the point that is given back."""
    field = smooth_field(np.random.default_rng(1), SIDE, 2.0)
    points = np.array([[30.0, 40.0], [60.5, 50.25]])
    found = deform_points(points, field)
    again = found + sample_field(field, found[None].astype(np.float32))[0]
    np.testing.assert_allclose(again, points, atol=1e-2)
    assert deform_points(points, None) is points


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Rendered pairs of one person."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), ["A"], frames=4)
    generate(faces, rendering=RenderOptions("rendered"))
    return open_pairs(faces.output)


@pytest.mark.parametrize("position", range(12))
def test_flow_of_a_scene_explains_its_frames(pairs: Pairs, position: int) -> None:
    """Frame 2 pulled back is frame 1 far better than frame 2 as it is, wherever flow counts."""
    backgrounds = [texture((120, 160), 9)]
    scene = SceneMaker(192, backgrounds, varied=True).rendered(
        pairs, position % len(pairs), random_of(7, position)
    )
    assert scene.flow is not None
    pulled = ff.warp(scene.frames[1], scene.flow)
    counts = (scene.weights > 0.9) if (scene.weights > 0.9).any() else scene.weights > 0.3
    left = np.abs(pulled.astype(int) - scene.frames[0])[counts].mean()
    before = np.abs(scene.frames[1].astype(int) - scene.frames[0])[counts].mean()
    assert left < max(0.6 * before, 4.0)


def test_example_follows_from_its_position(pairs: Pairs) -> None:
    """The same bits again, and others elsewhere."""
    examples = FaceExamples(pairs, FaceOptions(2, 64, 1, seed=3), real=pairs)
    again = FaceExamples(pairs, FaceOptions(2, 64, 1, seed=3), real=pairs)

    def made(maker: FaceExamples, position: int) -> dict[str, np.ndarray]:
        kinds = maker.options.kinds.items()
        out = {name: np.full(shape, 77, dtype) for name, (dtype, shape) in kinds}
        maker.write(position, out)
        return out

    for position in (4, 5):
        one, other = made(examples, position), made(again, position)
        assert all(np.array_equal(one[name], other[name]) for name in one)
    synthetic, real = made(examples, 4), made(examples, 5)
    assert synthetic["flow"][..., 2].any()
    assert not synthetic["picture"][..., 3].any()
    assert real["picture"][..., 3].any()
    assert not real["flow"].any()


def test_validation_shows_pairs_as_they_are(pairs: Pairs) -> None:
    """The same view of each, weights within the face alone, nothing made up."""
    examples = FaceExamples(pairs, FaceOptions(2, 64, shuffle=False))
    kinds = examples.options.kinds.items()
    out = {name: np.empty(shape, dtype) for name, (dtype, shape) in kinds}
    examples.write(0, out)
    assert set(np.unique(out["flow"][..., 2])) <= {0.0, np.float32(0.3), 1.0}


@given(st.integers(0, 2**32))
def test_shots_keep_the_frames_form(seed: int) -> None:
    """Whatever is done to them; the frames that are given stay."""
    frames = texture((40, 56), 1), texture((40, 56), 2)
    before = [frame.copy() for frame in frames]
    shots = take_shots(frames, np.random.default_rng(seed))
    assert [(s.shape, s.dtype) for s in shots] == [((40, 56, 3), np.uint8)] * 2
    np.testing.assert_array_equal(frames, before)


def test_batch_of_real_pairs_alone_is_refused() -> None:
    """There would be nothing that is known to be true."""
    with pytest.raises(ConfigError, match="must have pairs with known flow, got 2 pairs, 2"):
        FaceOptions(2, 64, real=2)


def test_backgrounds_must_have_pictures(tmp_path: Path, training_data: Path) -> None:
    """An empty folder is told before training begins."""
    from training_runs import train

    (tmp_path / "none").mkdir()
    with pytest.raises(ConfigError):
        train(
            training_data,
            tmp_path / "run",
            network="face",
            width=0.25,
            size="64x64",
            backgrounds=tmp_path / "none",
        )
