"""One example: the crop, its scale, the flow on each grid, and what counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import oracle
import pytest
from faces import Faces, make_faces, write_image, write_points
from generation import generate
from shard_samples import make_both

import faceflow as ff
from faceflow.errors import ArrayError, ConfigError, DatasetError
from faceflow.images import resize_image
from faceflow.landmarks.box import crop_box
from faceflow.learn.data.example import make_example
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.learn.data.options import PipelineOptions

SIZE = (96, 80)
GRIDS = {"full": (64, 64), "half": (32, 32), "quarter": (16, 16)}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """One sequence of eight frames, in PNG."""
    return make_faces(tmp_path_factory.mktemp("faces"), frames=8, size=SIZE)


@pytest.fixture(scope="module")
def dataset(faces: Faces) -> Path:
    """Forward and backward."""
    generate(faces, direction="both", image_format="png")
    return faces.output


def options(size: tuple[int, int] = (64, 64), **more: object) -> PipelineOptions:
    return PipelineOptions(2, *size, **{"output_sizes": GRIDS, **more})  # type: ignore[arg-type]


def example(pairs: Pairs, index: int, given: PipelineOptions) -> dict[str, np.ndarray]:
    return make_example(pairs, index, given, np.random.default_rng(0))


def test_at_the_crops_own_size_it_is_the_dataset(dataset: Path) -> None:
    """Frames bit for bit, flow and validity as stored, in files whose landmarks have 3 decimals."""
    pairs = open_pairs(dataset)
    for index, sample in enumerate(ff.open_dataset(dataset)):
        box = crop_box(sample.landmarks[0], SIZE, 3)
        given = options(box.size, output_sizes={"flow": box.size}, margin=3)
        made = example(pairs, index, given)
        part = slice(box.top, box.bottom), slice(box.left, box.right)
        np.testing.assert_array_equal(made["pre_input"], sample.frames[0][part])
        np.testing.assert_array_equal(made["nxt_input"], sample.frames[1][part])
        both = sample.valid[part] & (made["flow"][..., 2] > 0)
        assert both.mean() > 0.4
        assert (both != sample.valid[part]).sum() <= 3
        flow = made["flow"][..., :2]
        np.testing.assert_allclose(flow[both], sample.flow[part][both], rtol=0, atol=2e-3)
        corner = [box.left, box.top]
        np.testing.assert_allclose(made["landmarks"], sample.landmarks - corner, rtol=0, atol=1e-9)


def test_every_grid_is_the_naive_references(dataset: Path) -> None:
    """Landmarks scaled by target over crop, by hand, and interpolated in whole numbers."""
    pairs, sample = open_pairs(dataset), ff.open_dataset(dataset)[4]
    made = example(pairs, 4, options())
    box = crop_box(sample.landmarks[0], SIZE, 10)
    frame = resize_image(
        np.ascontiguousarray(sample.frames[0][box.top : box.bottom, box.left : box.right]), (64, 64)
    )
    np.testing.assert_array_equal(made["pre_input"], frame)
    triangles = np.array(pairs[4].frames.read(4).triangles)
    for name, (h, w) in GRIDS.items():
        factor = np.array([w / box.size[1], h / box.size[0]])
        src, dst = (
            (points - (box.left, box.top) + 0.5) * factor - 0.5 for points in sample.landmarks
        )
        expected, cover = oracle.synthesize(src, dst, (h, w), triangles)
        np.testing.assert_array_equal(made[name][..., 2], cover > 0)
        np.testing.assert_allclose(made[name][..., :2], np.nan_to_num(expected), rtol=0, atol=1e-4)


def test_files_and_shards_give_the_same(faces: Faces, tmp_path: Path) -> None:
    """Frames bit by bit, flow to the decimals of the files' landmarks."""
    files, shards = make_both(make_faces(tmp_path, frames=4, size=SIZE))
    both = [open_pairs(path) for path in (files, shards)]
    for index in range(3):
        one, other = (example(pairs, index, options()) for pairs in both)
        for name in ("pre_input", "nxt_input"):
            np.testing.assert_array_equal(one[name], other[name])
        for name in GRIDS:
            agree = one[name][..., 2] == other[name][..., 2]
            assert agree.mean() > 0.99
            np.testing.assert_allclose(one[name][agree], other[name][agree], rtol=0, atol=2e-3)


def test_the_box_is_clipped_to_the_frame() -> None:
    """Rather than wrapped round or grown; landmarks outside of the frame are no reason."""
    points = np.array([[-5.0, 2.0], [30.5, 2.0], [12.0, 70.2]])
    assert crop_box(points, (72, 90), 10) == (0, 0, 72, 42)
    right, left = np.add(points, (40, 0)), np.add(points, (-60, 0))
    assert crop_box(right, (72, 90), 10) == (0, 25, 72, 82)
    with pytest.raises(ArrayError, match="no landmark is within 10 px of the frame"):
        crop_box(left, (72, 90), 10)


@pytest.mark.parametrize("mask", ["valid", "none"])
def test_what_is_no_ground_truth(dataset: Path, mask: str) -> None:
    """Flow of 0 there, which counts only without a mask; never NaN."""
    made = example(open_pairs(dataset), 3, options(mask=mask))
    for name in GRIDS:
        assert made[name].dtype == np.float32
        assert np.isfinite(made[name]).all()
        moved = np.abs(made[name][..., :2]).sum(axis=2) > 0
        weight = made[name][..., 2]
        assert 0.3 < moved.mean() < 0.99
        assert (weight[moved] == 1).all()
        assert (weight[~moved] == (mask == "none")).all()


@pytest.mark.parametrize("extend", ["border", "forehead"])
def test_placed_points_and_hidden_pixels(tmp_path: Path, extend: str) -> None:
    """What fades to the border has no weight; anchors do not widen the crop; a fold is left out."""
    faces = make_faces(tmp_path, frames=2, size=SIZE)
    points = faces.points("002")
    points[[62, 66]] = points[[66, 62]]
    write_points(faces.text("002"), points)
    generate(faces, extend=extend, masks=True, image_format="png")
    sample, pairs = ff.open_dataset(faces.output)[0], open_pairs(faces.output)
    box = crop_box(sample.landmarks[0, : 68 + 7 * (extend == "forehead")], SIZE, 2)
    made = example(pairs, 0, options(box.size, output_sizes={"flow": box.size}, margin=2))
    valid = sample.valid[box.top : box.bottom, box.left : box.right]
    weight = made["flow"][..., 2] > 0
    assert (weight != valid).mean() < 0.01
    assert not valid.all()
    assert (made["flow"][~weight] == 0).all()


def test_a_stride_spans_frames_in_between(dataset: Path) -> None:
    """Either way in time, as far as the sequence goes, with the first frame's triangles."""
    pairs, samples = open_pairs(dataset), ff.open_dataset(dataset)
    points = {s.names.first: s.landmarks[0] for s in samples}
    for index in range(len(pairs)):
        names = pairs.names(index)
        first = int(names.first)
        step = int(names.second) - first
        made = example(pairs, index, options(stride=(3, 3)))
        last = next(n for n in (first + k * step for k in (3, 2, 1)) if 1 <= n <= 8)
        box = crop_box(points[names.first], SIZE, 10)
        factor = np.array([64 / box.size[1], 64 / box.size[0]])
        expected = (points[f"{last:03}"] - (box.left, box.top) + 0.5) * factor - 0.5
        np.testing.assert_allclose(made["landmarks"][1], expected, rtol=0, atol=1e-9)
    drawn = {
        make_example(pairs, 0, options(stride=(1, 4)), np.random.default_rng(seed))[
            "landmarks"
        ].tobytes()
        for seed in range(40)
    }
    assert len(drawn) == 4


def test_a_stride_stops_at_frames_without_a_face(tmp_path: Path) -> None:
    """The furthest that there is up to it is taken."""
    faces = make_faces(tmp_path, frames=5, size=SIZE)
    faces.text("004").unlink()
    generate(faces)
    pairs = open_pairs(faces.output)
    second = example(pairs, 0, options(stride=(3, 3)))["nxt_input"]
    np.testing.assert_array_equal(second, example(pairs, 0, options(stride=(2, 2)))["nxt_input"])


def test_damage_is_named(faces: Faces, tmp_path: Path) -> None:
    """An image that is cut short, one of another size, landmarks of another number."""
    generate(faces, tmp_path)
    path = tmp_path / "F001" / "flow_T1" / "002.jpg"
    data = path.read_bytes()
    pairs = open_pairs(tmp_path)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DatasetError, match=r"F001/flow_T1/002\.jpg is cut short"):
        example(pairs, 0, options())
    write_image(path, np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"002\.jpg is \(9, 9\), its record says \(96, 80\)"):
        example(pairs, 1, options())
    path.write_bytes(data)
    csv = tmp_path / "F001" / "T1" / "002.csv"
    csv.write_text("face,confidence,x_0,x_1,x_2,y_0,y_1,y_2\n0,,1,3,5,2,4,6\n")
    with pytest.raises(DatasetError, match="F001/T1: 001 -> 002: the frames have 68 and 3"):
        example(open_pairs(tmp_path), 0, options())


@pytest.mark.parametrize(
    "wrong",
    [
        {"mask": "all"},
        {"margin": -1},
        {"stride": (2, 1)},
        {"stride": (0, 1)},
        {"seed": -1},
    ],
)
def test_options_that_are_not_taken(wrong: dict[str, object]) -> None:
    """Said when they are made."""
    with pytest.raises(ConfigError, match="is not taken"):
        options(**wrong)
