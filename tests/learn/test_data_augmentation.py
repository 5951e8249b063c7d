"""Examples that are varied: the flow still says where each pixel goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generation import generate
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_faces import moving_face, swaying, with_expression, write_moving

import faceflow as ff
from faceflow.errors import ConfigError
from faceflow.flow.render import border_anchors
from faceflow.landmarks.box import Box
from faceflow.learn.data.appearance import change_looks
from faceflow.learn.data.augmentation import AUGMENTATIONS, Augmentation
from faceflow.learn.data.examples import Examples
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.learn.data.mirror import mirrored_order
from faceflow.learn.data.motion import draw_motions
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.view import View
from faceflow.truth.forehead import forehead_points
from faceflow.truth.meanface import mean_face
from faceflow.truth.placement import Placement
from faceflow.truth.render_options import RenderOptions
from faceflow.types import Image

SIZE = (128, 112)
GRIDS = {"full": SIZE, "half": (64, 56)}
MOST = 1.6
"""Grey levels between the first frame and the second warped by the flow: what sampling costs."""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """A photograph in motion, rendered: flow is ground truth up to the border."""
    faces = write_moving(tmp_path_factory.mktemp("faces"), moving_face(with_expression(27)))
    generate(faces, rendering=RenderOptions("rendered"), image_format="png", direction="both")
    return open_pairs(faces.output)


def examples(pairs: Pairs, augmentation: Augmentation, **more: Any) -> Examples:
    given = {"output_sizes": GRIDS, "shuffle": True, "augmentation": augmentation, **more}
    return Examples(pairs, PipelineOptions(4, *SIZE, **given))


def errors(example: dict[str, np.ndarray]) -> tuple[float, float]:
    """Mean grey levels with the flow and without it, where it counts and leads into the frame."""
    flow = np.ascontiguousarray(example["full"][..., :2])
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ends = flow + np.stack([x, y], axis=-1)
    inside = (ends >= 0).all(axis=2) & (ends <= (SIZE[1] - 1, SIZE[0] - 1)).all(axis=2)
    counts = (example["full"][..., 2] > 0) & inside
    first, second = (example[name].astype(float) for name in ("pre_input", "nxt_input"))
    warped = ff.warp(example["nxt_input"], flow).astype(float)
    return float(np.abs(warped - first)[counts].mean()), float(
        np.abs(second - first)[counts].mean()
    )


GEOMETRY = {
    "none": Augmentation(),
    "flip": Augmentation(flip=1),
    "larger": Augmentation(scale=(1.3, 1.3)),
    "smaller": Augmentation(scale=(0.7, 0.8)),
    "rotation": Augmentation(rotation=30),
    "translation": Augmentation(translation=0.15),
    "second scaled": Augmentation(relative_scale=0.1),
    "second turned": Augmentation(relative_rotation=6),
    "second shifted": Augmentation(relative_translation=0.06),
    "standard": replace(
        AUGMENTATIONS["standard"],
        **dict.fromkeys(("brightness", "contrast", "gamma", "saturation", "hue"), 0),
        blur=0,
        noise=0,
    ),
}


@pytest.mark.parametrize("stride", [(1, 1), (4, 4)])
@pytest.mark.parametrize("kind", GEOMETRY)
def test_warping_the_second_frame_gives_the_first(
    pairs: Pairs, kind: str, stride: tuple[int, int]
) -> None:
    """Whatever moved the frames; and a good deal nearer than without flow."""
    made = examples(pairs, GEOMETRY[kind], stride=stride)
    with_flow, without = np.mean([errors(made[n]) for n in range(12)], axis=0)
    assert with_flow < MOST
    assert with_flow < 0.45 * without


@pytest.mark.parametrize("kind", ["flip", "standard"])
def test_flow_is_that_of_the_landmarks_given(pairs: Pairs, kind: str) -> None:
    """At a landmark the flow is its displacement, and each grid shows the same."""
    example = examples(pairs, GEOMETRY[kind])[3]
    src, dst = example["landmarks"]
    seen = ((src > 2) & (src < (SIZE[1] - 3, SIZE[0] - 3))).all(axis=1)
    at = np.rint(src[seen]).astype(int)
    flow = example["full"][at[:, 1], at[:, 0], :2]
    assert np.abs(flow - (dst - src)[seen]).mean() < 0.15
    half = example["half"][at[:, 1] // 2, at[:, 0] // 2, :2]
    assert np.abs(2 * half - (dst - src)[seen]).mean() < 0.3


def test_mirrored_is_what_a_mirror_shows(pairs: Pairs) -> None:
    """Frames and flow from right to left, u negated, and landmarks under their new names."""
    plain, flipped = (examples(pairs, Augmentation(flip=share))[5] for share in (0, 1))
    for name in ("pre_input", "nxt_input"):
        difference = np.abs(plain[name][:, ::-1].astype(float) - flipped[name])
        assert difference.mean() < 0.5
    for name in GRIDS:
        mirrored = plain[name][:, ::-1] * np.float32([-1, 1, 1])
        agree = np.abs(mirrored - flipped[name]).max(axis=2) < 1e-3
        assert agree.mean() > 0.98  # but for pixels on edges, which fall to the other side
    order = mirrored_order(76, Placement(border=True))
    expected = plain["landmarks"][:, order] * [-1, 1] + [SIZE[1] - 1, 0]
    np.testing.assert_allclose(flipped["landmarks"], expected, rtol=0, atol=1e-9)
    left_eye = flipped["landmarks"][0, 36:42, 0].mean()
    assert left_eye < flipped["landmarks"][0, 42:48, 0].mean()


@pytest.mark.parametrize("forehead", [False, True])
@pytest.mark.parametrize("border", [False, True])
def test_each_landmark_has_its_counterpart(forehead: bool, border: bool) -> None:
    """On the mean face, which is its own mirror image, and the points placed around it."""
    face = np.add(mean_face(), (150, 100))
    parts = [face] + [forehead_points(face)] * forehead + [border_anchors((300, 301))] * border
    points = np.concatenate(parts)
    order = mirrored_order(len(points), Placement(forehead, border))
    assert order is not None
    np.testing.assert_allclose(points[order] * [-1, 1] + [300, 0], points, atol=1e-6)
    assert mirrored_order(len(points) - 1, Placement(forehead, border)) is None


def test_other_landmarks_are_mirrored_as_points(tmp_path: Path) -> None:
    """Of a scheme that is not iBUG's nothing is known but where they are."""
    moving = moving_face(swaying(3))
    faces = write_moving(tmp_path, moving._replace(detected=moving.true[:, :60]))
    generate(faces, rendering=RenderOptions("rendered"), image_format="png")
    pairs = open_pairs(faces.output)
    plain, flipped = (examples(pairs, Augmentation(flip=share))[0] for share in (0, 1))
    expected = plain["landmarks"] * [-1, 1] + [SIZE[1] - 1, 0]
    np.testing.assert_allclose(flipped["landmarks"], expected, rtol=0, atol=1e-9)
    assert errors(flipped)[0] < MOST


def test_beyond_the_frame_nothing_counts(pairs: Pairs) -> None:
    """Where a turned or shrunk frame shows no pixel of its own."""
    made = examples(pairs, Augmentation(scale=(0.4, 0.4), rotation=45))
    shares = [made[n]["full"][..., 2].mean() for n in range(6)]
    assert max(shares) < 0.8
    assert min(shares) > 0.1
    unmasked = examples(pairs, Augmentation(scale=(0.4, 0.4)), mask="none")[0]["full"]
    assert (unmasked[..., 2] == 1).all()


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(0.2, 4), st.floats(0, 180), st.floats(0, 0.4))
def test_pictures_move_with_their_points(
    seed: int, scale: float, rotation: float, translation: float
) -> None:
    """A blob that is drawn at a point is found where the view says the point goes."""
    rng = np.random.default_rng(seed)
    box = Box(*rng.integers(10, 40, 2), *rng.integers(110, 150, 2))
    varied = Augmentation(
        flip=0.5, scale=(scale, scale), rotation=rotation, translation=translation
    )
    view = View(box, (96, 120), draw_motions(varied, box, rng).second)
    target = rng.uniform((50, 40), (70, 56))
    point = np.linalg.solve(view.matrix[:, :2], target - view.matrix[:, 2])
    if not ((point > 12) & (point < (187, 147))).all():
        return
    y, x = np.mgrid[:160, :200]
    frame = 250 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / 18)
    drawn = np.empty((96, 120, 3), np.uint8)
    view.draw(np.dstack([frame.astype(np.uint8)] * 3), drawn)
    seen = drawn[..., 0].astype(float)
    rows, columns = np.mgrid[:96, :120]
    found = np.array([(columns * seen).sum(), (rows * seen).sum()]) / seen.sum()
    away = np.abs(found - target).max()
    # Nothing of the blob at the border, where a single grey level would be repeated far out.
    if not (seen[[0, -1]].any() or seen[:, [0, -1]].any()):
        assert away < 0.35


def test_colours_change_alike(pairs: Pairs) -> None:
    """Both frames the same way, but for a small difference, and flow and landmarks not at all."""
    colours = Augmentation(brightness=30, contrast=0.3, gamma=0.4, saturation=0.4, hue=20)
    plain, changed = examples(pairs, Augmentation()), examples(pairs, colours)
    other = examples(pairs, replace(colours, difference=0.3))
    for n in range(4):
        one, two, three = plain[n], changed[n], other[n]
        for name in GRIDS:
            np.testing.assert_array_equal(one[name], two[name])
        assert np.abs(two["pre_input"].astype(float) - one["pre_input"]).mean() > 3
        assert errors(two)[0] < 1.6 * MOST
        np.testing.assert_array_equal(two["pre_input"], three["pre_input"])
        assert 0.1 < np.abs(three["nxt_input"].astype(float) - two["nxt_input"]).mean() < 12


def test_grey_stays_grey() -> None:
    """Hue and saturation turn about the axis of greys; brightness adds grey levels."""
    grey: Image = np.full((4, 4, 3), 100, np.uint8)
    turned = change_looks(
        [grey, grey], Augmentation(saturation=1, hue=180), np.random.default_rng(1)
    )
    assert np.abs(turned[0].astype(int) - 100).max() <= 1
    bright = [
        int(
            change_looks([grey, grey], Augmentation(brightness=40), np.random.default_rng(n))[
                0
            ].mean()
        )
        for n in range(40)
    ]
    assert 60 <= min(bright) < 70
    assert 130 < max(bright) <= 140


def test_noise_and_blur(pairs: Pairs) -> None:
    """Noise is as strong as drawn, other in each frame, with mean 0; blur takes detail away."""
    plain, noisy = examples(pairs, Augmentation())[1], examples(pairs, Augmentation(noise=12))
    drawn = []
    for n in range(6):
        made, still = noisy[n], examples(pairs, Augmentation())[n]
        grain = [made[k].astype(float) - still[k] for k in ("pre_input", "nxt_input")]
        inside = (still["pre_input"] > 40) & (still["pre_input"] < 215)
        if grain[0].std() > 1:
            assert abs(np.corrcoef(grain[0][inside], grain[1][inside])[0, 1]) < 0.05
            assert abs(grain[0][inside].mean()) < 0.2
        drawn.append(grain[0][inside].std())
    assert 4 < max(drawn) < 12
    detail = [
        np.abs(np.diff(made["pre_input"].astype(float), axis=1)).mean()
        for made in (plain, examples(pairs, Augmentation(blur=6))[1])
    ]
    assert detail[1] < 0.8 * detail[0]


def test_an_example_follows_from_seed_and_position(pairs: Pairs) -> None:
    """In any order, again, and other with another seed or at another position."""
    made = examples(pairs, AUGMENTATIONS["standard"], stride=(1, 3), seed=7)
    again = examples(pairs, AUGMENTATIONS["standard"], stride=(1, 3), seed=7)
    expected = [made[n] for n in range(6)]
    for n in (5, 0, 3):
        for name, array in again[n].items():
            assert array.tobytes() == expected[n][name].tobytes()
    other = examples(pairs, AUGMENTATIONS["standard"], stride=(1, 3), seed=8)
    later = made[3 + len(pairs)]
    for one in (other[3], later):
        assert one["pre_input"].tobytes() != expected[3]["pre_input"].tobytes()


@pytest.mark.parametrize(
    "wrong",
    [{"flip": 1.5}, {"scale": (1.2, 1.0)}, {"scale": (0.0, 1.0)}, {"noise": -1}, {"hue": np.nan}],
)
def test_ranges_that_are_not_taken(wrong: dict[str, Any]) -> None:
    """Said when they are made."""
    with pytest.raises(ConfigError, match="is not taken"):
        Augmentation(**wrong)
