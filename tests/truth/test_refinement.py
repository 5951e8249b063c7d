"""Landmarks refined by what images show, on faces whose motion is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_faces import LIDS, LOWER_LIP, NOISE, SIZE, Moving, moving_face, swaying, with_expression

from faceflow import triangulate
from faceflow.truth.refinement.fusion import Steps, advance, begin, estimate, fuse, go_back
from faceflow.truth.refinement.motion import cut, face_box, measure_steps
from faceflow.truth.refinement.registration import Grey, fit_flow, register
from faceflow.truth.refinement.samples import MeshSamples
from faceflow.types import Landmarks


def steps_of(moving: Moving, dense: str = "dis") -> Steps:
    """Found in runs of 32 frames, as generation does it."""
    found = []
    triangles = triangulate(moving.detected[0])
    for start in range(0, len(moving.images) - 1, 32):
        points = moving.detected[start : start + 33]
        box = face_box(list(points), SIZE)
        assert box is not None
        images = moving.images[start : start + 33]
        seen = [cut(image, p, box) for image, p in zip(images, points, strict=True)]
        found.append(measure_steps(seen, 68, triangles, NOISE, dense))
    return Steps(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def refined(moving: Moving, dense: str = "dis") -> Landmarks:
    """The landmarks, corrected."""
    corrections: Landmarks = fuse(steps_of(moving, dense), NOISE, 68)
    return moving.detected + corrections


@pytest.fixture(scope="module")
def speaking() -> tuple[Moving, Landmarks]:
    """A shout and a blink."""
    moving = moving_face(with_expression(33))
    return moving, refined(moving)


def off(points: Landmarks, true: Landmarks) -> float:
    """The root of the mean squared error, px."""
    return float(np.sqrt(((points - true) ** 2).sum(axis=-1).mean()))


def test_refined_landmarks_are_nearer_to_the_truth(speaking: tuple[Moving, Landmarks]) -> None:
    """Positions by far, and motions, which labels are made of, most of all."""
    moving, found = speaking
    assert off(found, moving.true) < 0.6 * off(moving.detected, moving.true)
    motion = [np.diff(points, axis=0) for points in (found, moving.detected, moving.true)]
    assert off(motion[0], motion[2]) < 0.35 * off(motion[1], motion[2])


def test_face_network_makes_motion_truer(speaking: tuple[Moving, Landmarks]) -> None:
    """Its flow counts beside the images, by the error that it tells."""
    moving, by_dis = speaking
    found = refined(moving, "face")
    motion = [np.diff(points, axis=0) for points in (found, by_dis, moving.true)]
    assert off(motion[0], motion[2]) < off(motion[1], motion[2])


def test_shout_and_blink_are_not_rubbed_out(speaking: tuple[Moving, Landmarks]) -> None:
    """They open and close as far as they did."""
    moving, found = speaking
    for points, against in ((LOWER_LIP, 33), (LIDS, 30)):
        heights = [
            np.ptp((p[:, points, 1] - p[:, [against], 1]).mean(1)) for p in (found, moving.true)
        ]
        assert heights[0] == pytest.approx(heights[1], rel=0.1)


def test_nothing_drifts_over_a_long_sequence() -> None:
    """After 400 frames landmarks are as near to the detector's mean as after 40."""
    moving = moving_face(swaying(24))
    times = np.arange(400) % 24
    noise = np.random.default_rng(1).normal(0, NOISE, (400, 68, 2))
    true = moving.true[times]
    steps = steps_of(Moving([moving.images[t] for t in times], true, true + noise))
    found = true + noise + fuse(steps, NOISE, 68)
    assert off(found[360:], true[360:]) < 0.6 * NOISE * np.sqrt(2)
    assert np.abs((found - true)[:].mean(axis=0)).max() < 0.5


@pytest.mark.parametrize("level", [0, 127])
def test_flat_images_say_nothing(level: int) -> None:
    """The detector's landmarks stay, to the bit."""
    flat = [np.full((*SIZE, 3), level, np.uint8)] * 8
    moving = moving_face(swaying(8))
    assert (refined(moving._replace(images=flat)) == moving.detected).all()


def test_images_of_other_things_say_nothing() -> None:
    """Noise that is another in each frame shows no motion."""
    random = np.random.default_rng(3)
    noise = [random.integers(0, 256, (*SIZE, 3)).astype(np.uint8) for _ in range(6)]
    moving = moving_face(swaying(6))
    assert (refined(moving._replace(images=noise)) == moving.detected).all()


def test_missing_frame_breaks_the_chain() -> None:
    """Nothing is known of the steps to it and from it; the others are as they were."""
    moving = moving_face(swaying(6))
    box = face_box(list(moving.detected), SIZE)
    assert box is not None
    seen = [cut(i, p, box) for i, p in zip(moving.images, moving.detected, strict=True)]
    frames = [*seen[:3], None, *seen[4:]]
    steps = measure_steps(frames, 68, triangulate(moving.detected[0]), NOISE)
    assert [bool(step.any()) for step in steps.information] == [True, True, False, False, True]
    assert not steps.changes[2:4].any()


def test_mesh_follows_a_motion_that_a_mesh_can_have() -> None:
    """To a fifth of a pixel for most corners, from no idea of it."""
    moving = moving_face(with_expression(33)[[10, 11]])
    greys = [Grey.of(image[..., 1]) for image in moving.images]
    mesh = MeshSamples(moving.true[0], triangulate(moving.true[0]), SIZE)
    found = register(mesh, *greys, np.zeros((68, 2)), 12)
    error = np.hypot(*(found.displacements - np.diff(moving.true, axis=0)[0]).T)
    assert np.median(error) < 0.2


@given(seed=st.integers(0, 2**32 - 1))
def test_flow_of_a_mesh_gives_its_displacements_back(seed: int) -> None:
    """Where the flow is that of a mesh, and there are pixels round every corner."""
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0)), axis=-1).reshape(-1, 2) * 12 + 4
    points = grid + random.uniform(-3, 3, grid.shape)
    moved = random.normal(0, 2, points.shape)
    mesh = MeshSamples(points, triangulate(points), (64, 80))
    flow = np.zeros((64, 80, 2), np.float32)
    flow[mesh.pixels] = mesh.interpolate(moved)
    assert np.abs(fit_flow(mesh, flow, moved) - moved).max() < 0.05  # as far as iterations go


@given(seed=st.integers(0, 2**32 - 1), split=st.integers(1, 8))
def test_fusion_is_least_squares_and_does_not_depend_on_where_it_is_split(
    seed: int, split: int
) -> None:
    """Equal to the dense solution of all equations at once, in one piece or in two."""
    random = np.random.default_rng(seed)
    changes = random.normal(0, 1, (9, 1, 2)).astype(np.float32)
    roots = random.normal(0, 3, (9, 1, 2, 2))
    roots[random.random(9) < 0.2] = 0
    blocks = roots @ roots.swapaxes(-1, -2)
    information = blocks[..., [0, 0, 1], [0, 1, 1]].astype(np.float32)
    steps, deviation = Steps(changes, information), 0.7
    found = fuse(steps, deviation, 1)
    halves = [Steps(*(part[s] for part in steps)) for s in (slice(split), slice(split, None))]
    first = begin(1, deviation)
    middle = advance(first, halves[0], deviation)
    last = estimate(advance(middle, halves[1], deviation))
    back = go_back(middle, halves[1], last, deviation)
    pieces = [go_back(first, halves[0], back[0], deviation), back, last[None]]
    assert (np.concatenate(pieces) == found).all()
    assert np.allclose(found[:, 0], dense(steps, deviation), atol=1e-4)


def dense(steps: Steps, deviation: float) -> np.ndarray:
    """The least squares solution by one large matrix."""
    count = len(steps.changes) + 1
    matrix = np.eye(2 * count) / deviation**2
    right = np.zeros(2 * count)
    for k, (change, (xx, xy, yy)) in enumerate(
        zip(steps.changes[:, 0], steps.information[:, 0].astype(float), strict=True)
    ):
        step = np.zeros((2, 2 * count))
        step[:, 2 * k : 2 * k + 2], step[:, 2 * k + 2 : 2 * k + 4] = -np.eye(2), np.eye(2)
        weight = np.array([[xx, xy], [xy, yy]])
        matrix += step.T @ weight @ step
        right += step.T @ weight @ change
    return np.linalg.solve(matrix, right).reshape(count, 2)
