"""Flow beyond the landmarks, and triangles of a mean face, in datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import gen
from damage import checked
from faces import Faces, make_faces, write_points
from generation import generate, record, tree

import faceflow as ff
from faceflow.dataset.recordfile import RecordFile
from faceflow.dataset.shards.names import shard_path
from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.unpack import unpack_shards
from faceflow.errors import ConfigError
from faceflow.flow.warp import warp
from faceflow.report.motion import measure_face
from faceflow.report.tree import Tree

REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")

OPTIONS: list[dict[str, Any]] = [
    {"triangulation": "each", "direction": "both"},
    {"triangulation": "mean", "from_first": True, "direction": "backward"},
    {"outside": "zero", "flow_format": "kitti", "stride": 2},
    {"outside": "nan", "flow_format": "npz", "triangulation": "mean"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_flow_on_the_face_stays_what_it_is(tmp_path: Path, options: dict[str, Any]) -> None:
    """To the border it is more, the mask says where it is true; to the hairline all is."""
    faces = make_faces(tmp_path, frames=4)
    for extend in ("none", "border", "forehead"):
        generate(faces, tmp_path / extend, extend=extend, **options)
    plain, border, forehead = map(
        ff.open_dataset, (tmp_path / name for name in ("none", "border", "forehead"))
    )
    assert len(plain) == len(border) == len(forehead) > 0
    for one, faded, longer in zip(plain, border, forehead, strict=True):
        assert np.array_equal(one.valid, faded.valid)
        assert np.array_equal(one.flow[one.valid], faded.flow[one.valid])
        assert np.isfinite(faded.flow).all()
        assert faded.flow[~one.valid].any()
        assert np.array_equal(one.flow[one.valid], longer.flow[one.valid])
        assert longer.valid.sum() > one.valid.sum()
        assert not (one.valid & ~longer.valid).any()
    pairs = [RecordFile(tmp_path / n / "F001/T1/sequence.json").pairs() for n in ("none", "border")]
    assert list(pairs[0]) == list(pairs[1])


@pytest.mark.parametrize("extend", ["none", "border", "forehead"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_shards_hold_the_same(tmp_path: Path, extend: str, options: dict[str, Any]) -> None:
    """Samples and, put back into files, every byte; files put into shards are sound too."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces, extend=extend, **options)
    generate(faces, tmp_path / "shards", writer="shards", extend=extend, **options)
    for one, other in zip(*map(ff.open_dataset, (faces.output, tmp_path / "shards")), strict=True):
        assert one.names == other.names
        for mine, theirs in zip(one[:4], other[:4], strict=True):
            assert np.array_equal(mine, theirs, equal_nan=True)
    unpack_shards(tmp_path / "shards", tmp_path / "back")
    ours, back = (
        {k: v for k, v in tree(root).items() if k.startswith("F001")}
        for root in (faces.output, tmp_path / "back")
    )
    assert ours == back
    pack_files(faces.output, tmp_path / "packed")
    for root in (faces.output, tmp_path / "shards", tmp_path / "packed"):
        found = checked(root, 100)
        assert found.findings.kinds == {}
        assert found.findings.flows > 0


def test_records_say_what_is_true(tmp_path: Path) -> None:
    """Landmarks as used: 68, and eight anchors that do not count."""
    faces = make_faces(tmp_path)
    generate(faces, extend="border")
    fields = record(faces)
    assert fields["tracked"] == 68
    rows = np.array(fields["triangles"])
    true = (rows < 68).all(axis=1)
    assert rows.max() == 75
    assert true[: true.sum()].all()
    sample = ff.open_dataset(faces.output)[0]
    assert sample.landmarks.shape == (2, 76, 2)
    assert sample.landmarks[0, 68:].tolist() == sample.landmarks[1, 68:].tolist()
    generate(faces, extend="forehead", overwrite=True)
    assert "tracked" not in record(faces)
    assert ff.open_dataset(faces.output)[0].landmarks.shape == (2, 75, 2)


def test_stored_flow_is_the_true_one(tmp_path: Path) -> None:
    """Other readers of shards have no mask: what fades is none of theirs."""
    faces = make_faces(tmp_path)
    options: dict[str, Any] = {"writer": "shards", "store_flow": True}
    generate(faces, tmp_path / "none", **options)
    generate(faces, tmp_path / "border", extend="border", **options)
    stored = [
        ShardReader(shard_path(tmp_path / name / "F001" / "T1", 0)).read(0, "flow.npy")
        for name in ("none", "border")
    ]
    assert stored[0] != [None]
    assert stored[0] == stored[1]


@pytest.mark.parametrize("extend", ["border", "forehead"])
def test_kernels_and_workers_make_no_difference_beyond(tmp_path: Path, extend: str) -> None:
    """Byte by byte."""
    faces = make_faces(tmp_path, frames=4)
    options = ["--extend", extend, "--triangulation", "each", "--viz", "all"]
    for backend, workers in (("cpp", "1"), ("numba", "3")):
        where, env = tmp_path / backend, {"FACEFLOW_BACKEND": backend}
        ended = gen(faces, *options, "--workers", workers, output=where, env=env)
        assert ended.code == 0, ended
    one, other = (tree(tmp_path / name) for name in ("cpp", "numba"))
    pictures = {name for name in one if "viz" in name and "_tri" not in name}  # a level may differ
    assert {k: v for k, v in one.items() if k not in pictures} == {
        k: v for k, v in other.items() if k not in pictures
    }


def test_every_subject_has_the_mean_face_s_triangles(tmp_path: Path) -> None:
    """Whatever their first frames look like."""
    faces = make_faces(tmp_path, ("F001", "M002"))
    generate(faces, triangulation="mean")
    one, other = (record(faces, name)["triangles"] for name in ("F001", "M002"))
    assert one == other
    generate(faces, triangulation="first", overwrite=True)
    one, other = (record(faces, name)["triangles"] for name in ("F001", "M002"))
    assert one != other


@pytest.mark.parametrize(
    ("option", "value"), [("extend", "forehead"), ("triangulation", "mean")], ids=str
)
def test_faces_of_other_points_are_refused_by_name(tmp_path: Path, option: str, value: str) -> None:
    """Sequence by sequence: those with 68 are made."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"))
    for stem in ("001", "002", "003"):
        write_points(faces.text(stem, sequence="T2"), faces.points(stem, sequence="T2")[:5])
    ended = gen(faces, f"--{option}", value)
    assert ended.code == 1
    assert f"5 landmarks, --{option} {value} takes 68" in ended.err
    reasons = [frame["reason"] for frame in record(faces, sequence="T2")["frames"]]
    assert reasons == ["wrong_point_count"] * 3
    assert len(ff.open_dataset(faces.output)) == 2


def test_a_border_fits_any_number_of_points(tmp_path: Path) -> None:
    """Five, say."""
    faces = make_faces(tmp_path)
    for stem in ("001", "002", "003"):
        write_points(faces.text(stem), faces.points(stem)[[0, 8, 16, 30, 27]])
    generate(faces, extend="border")
    sample = ff.open_dataset(faces.output)[1]
    assert np.isfinite(sample.flow).all()
    assert sample.landmarks.shape == (2, 13, 2)
    assert checked(faces.output, 10).findings.kinds == {}


def test_one_dataset_has_one_extension(tmp_path: Path) -> None:
    """It is part of what defines it."""
    faces = make_faces(tmp_path)
    generate(faces)
    with pytest.raises(ConfigError, match="--extend 'none', now it is 'border'"):
        generate(faces, extend="border")


def test_check_looks_at_what_fades_too(tmp_path: Path) -> None:
    """A value beyond the face, a mask that says too much, a number of points that are not there."""
    faces = make_faces(tmp_path)
    generate(faces, extend="border")
    path = faces.output / "F001" / "flow_T1" / "001.flo"
    sample = ff.open_dataset(faces.output)[0]
    flow = sample.flow.copy()
    row, column = np.argwhere(~sample.valid)[40]
    flow[row, column] += 1
    ff.write_flow(path, flow)
    lines = [fault.line for fault in checked(faces.output, 10).findings.faults]
    assert len(lines) == 1
    assert "001.flo is another at 1 pixels" in lines[0]
    generate(faces, extend="border", overwrite=True)
    text = faces.output / "F001" / "T1" / "sequence.json"
    text.write_text(text.read_text().replace('"tracked": 68', '"tracked": 77'))
    lines = [fault.line for fault in checked(faces.output, 10).findings.faults]
    assert any("has 77 tracked landmarks, there are 76" in line for line in lines)


@pytest.mark.parametrize("extend", ["border", "forehead"])
def test_the_report_maps_the_face_alone(tmp_path: Path, extend: str) -> None:
    """And not what was put beside it."""
    faces = make_faces(tmp_path)
    generate(faces, extend=extend)
    made = Tree.open(faces.output)
    (layout,) = made.layouts()
    face = measure_face(list(made.made_pairs(layout, RecordFile(layout.record))), made.placement)
    assert face is not None
    assert face.shape.shape == (68, 2)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A turning head, without and with its forehead and all up to the border."""
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.images}")
    root = tmp_path_factory.mktemp("extended")
    for extend in ("none", "forehead", "border"):
        options: dict[str, Any] = {
            "size": (256, 256),
            "stride": 5,
            "selection": {"subjects": "F002"},
        }
        generate(REAL, root / extend, extend=extend, **options)
    return {extend: ff.open_dataset(root / extend) for extend in ("none", "forehead", "border")}


def test_flow_of_a_forehead_brings_it_nearer(real: dict[str, Any]) -> None:
    """Of a head that turns: where the landmarks end, the points above go on telling the truth."""
    without, with_flow = [], []
    for one, longer in zip(real["none"], real["forehead"], strict=True):
        first, second = longer.frames.astype(np.float32)
        beyond = longer.valid & ~one.valid
        assert beyond.sum() > 0.15 * one.valid.sum()
        without.append(np.abs(second - first)[beyond].mean())
        with_flow.append(np.abs(warp(second, longer.flow) - first)[beyond].mean())
    assert np.mean(with_flow) < 0.8 * np.mean(without)


def test_flow_of_real_faces_fades(real: dict[str, Any]) -> None:
    """All of the image has some; none of it moves further than the face."""
    for one, faded in zip(real["none"], real["border"], strict=True):
        assert np.isfinite(faded.flow).all()
        assert np.abs(faded.flow).max() <= np.abs(one.landmarks[1] - one.landmarks[0]).max() + 1e-3
        assert np.abs(faded.flow[0]).max() < 0.1 * np.abs(faded.flow).max()
