"""What generation writes: the flow, the tree, and each option's effect."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import Faces, make_faces, moving_face
from generation import generate, record, tree

import faceflow as ff
from faceflow.images import read_image, resize_image
from faceflow.types import Flow

SIZE = (96, 60)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    return make_faces(tmp_path_factory.mktemp("faces"), frames=4)


def expected_flow(faces: Faces, first: str, second: str, each: bool = False) -> Flow:
    """The flow by the definition, from the text files."""
    scale = (SIZE[1] / 48, SIZE[0] / 64)
    points = {f"{i:03}": (faces.points(f"{i:03}") + 0.5) * scale - 0.5 for i in range(1, 5)}
    triangles = ff.triangulate(points[first if each else "001"])
    return ff.synthesize(points[first], points[second], SIZE, triangles)


def flow_names(path: Path) -> list[str]:
    return sorted(p.name for p in (path / "F001" / "flow_T1").iterdir() if p.suffix == ".flo")


@pytest.mark.parametrize("triangulation", ["first", "each"])
def test_flow_is_that_of_the_scaled_landmarks(
    faces: Faces, tmp_path: Path, triangulation: str
) -> None:
    """Bit for bit, with the triangles of the first frame or of each pair's own."""
    generate(faces, tmp_path, size=SIZE, triangulation=triangulation)
    for first, second in itertools.pairwise(["001", "002", "003", "004"]):
        found = ff.read_flow(tmp_path / "F001" / "flow_T1" / f"{first}.flo")
        expected = expected_flow(faces, first, second, triangulation == "each")
        assert found.tobytes() == expected.tobytes()


def test_flow_formats_hold_the_same_flow(faces: Faces, tmp_path: Path) -> None:
    """As exactly as each can: float32, float16, 1/64 px."""
    expected = expected_flow(faces, "002", "003")
    known = ~np.isnan(expected[..., 0])
    suffixes = {"flo": (".flo", 0), "npz": (".npz", 2e-3), "kitti": ("_flow.png", 1 / 128)}
    for flow_format, (suffix, tolerance) in suffixes.items():
        generate(faces, tmp_path / flow_format, size=SIZE, flow_format=flow_format)
        path = tmp_path / flow_format / "F001" / "flow_T1" / f"002{suffix}"
        flow, valid = ff.read_flow(path, return_valid=True)
        assert np.array_equal(valid, known)
        np.testing.assert_allclose(flow[known], expected[known], rtol=0, atol=tolerance)


def test_tree_is_that_of_the_interface(faces: Faces, tmp_path: Path) -> None:
    """Nothing more and nothing less, by name."""
    generate(faces, tmp_path, viz="all", masks=True)
    stems = ["001", "002", "003", "004"]
    flows = [f"{s}.jpg" for s in stems] + [f"{s}.flo" for s in stems[:-1]]
    flows += [f"{s}_valid.png" for s in stems[:-1]]
    viz = [f"{s}.png" for s in stems[:-1]] + [f"{s}_tri.png" for s in stems[1:]]
    expected = {f"F001/flow_T1/{name}" for name in flows}
    expected |= {f"F001/flow_viz_T1/{name}" for name in viz}
    expected |= {f"F001/T1/{name}" for name in [*(f"{s}.csv" for s in stems), "sequence.json"]}
    assert set(tree(tmp_path)) == expected | {"dataset.json", "report.html"}
    assert (tmp_path / "faceflow.log").is_file()


@pytest.mark.parametrize(
    ("outside", "unknown"), [("unknown", [1e10, 1e10]), ("zero", [0, 0]), ("nan", [np.nan] * 2)]
)
def test_outside_is_written_as_named(
    faces: Faces, tmp_path: Path, outside: str, unknown: list[float]
) -> None:
    """The raw values in the file; with zeros a mask tells them from flow."""
    generate(faces, tmp_path, outside=outside)
    folder = tmp_path / "F001" / "flow_T1"
    raw = np.frombuffer((folder / "001.flo").read_bytes()[12:], "<f4").reshape(64, 48, 2)
    assert np.array_equal(raw[0, 0], np.float32(unknown), equal_nan=True)
    assert np.abs(raw[30, 24]).max() < 10
    assert (folder / "001_valid.png").exists() == (outside == "zero")


def test_mask_is_where_the_flow_is_ground_truth(faces: Faces, tmp_path: Path) -> None:
    """0 or 255."""
    generate(faces, tmp_path, size=SIZE, masks=True)
    mask = read_image(tmp_path / "F001" / "flow_T1" / "001_valid.png")[..., 0]
    known = ~np.isnan(expected_flow(faces, "001", "002")[..., 0])
    assert np.array_equal(mask, np.where(known, 255, 0))


@pytest.mark.parametrize("size", [SIZE, None, (32, 100)])
def test_images_are_resized_with_the_landmarks(
    faces: Faces, tmp_path: Path, size: tuple[int, int] | None
) -> None:
    """To the size named, or their own."""
    generate(faces, tmp_path, size=size, image_format="png")
    expected = resize_image(read_image(faces.image("003")), size or (64, 48))
    assert np.array_equal(read_image(tmp_path / "F001" / "flow_T1" / "003.png"), expected)
    fields = json.loads((tmp_path / "F001" / "T1" / "sequence.json").read_text())
    assert fields["size"] == list(size or (64, 48))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"stride": 2}, "001 002"),
        ({"from_first": True}, "001_002 001_003 001_004"),
        ({"direction": "backward"}, "001_backward 002_backward 003_backward"),
        ({"direction": "both", "stride": 3}, "001 001_backward"),
        ({"from_first": True, "stride": 2, "direction": "both"}, "001_003 001_003_backward"),
        ({"stride": 4}, ""),
    ],
)
def test_pairs_are_those_named(
    faces: Faces, tmp_path: Path, options: dict[str, Any], names: str
) -> None:
    """And each file holds its own pair's flow."""
    generate(faces, tmp_path, size=SIZE, viz="all", **options)
    assert flow_names(tmp_path) == [f"{name}.flo" for name in names.split()]
    samples = ff.open_dataset(tmp_path)
    assert len(samples) == len(names.split())
    for sample in samples:
        expected = expected_flow(faces, sample.names.first, sample.names.second)
        assert sample.flow.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("viz", "ends"), [("none", []), ("flow", ["1.png"]), ("mesh", ["2_tri.png"])]
)
def test_pictures_are_those_asked_for(
    faces: Faces, tmp_path: Path, viz: str, ends: list[str]
) -> None:
    """And no folder for none."""
    generate(faces, tmp_path, viz=viz, stride=3, selection={"limit": 1})
    found = [path for path in tree(tmp_path) if "flow_viz_T1" in path]
    ends = [end.replace("2", "4") for end in ends]
    assert found == [f"F001/flow_viz_T1/00{end}" for end in ends]
    assert (tmp_path / "F001" / "flow_viz_T1").exists() == bool(ends)


@pytest.mark.parametrize("max_flow", [None, 2.5])
@pytest.mark.parametrize("outside", ["unknown", "zero"])
def test_flow_picture_is_that_of_the_flow(
    faces: Faces, tmp_path: Path, max_flow: float | None, outside: str
) -> None:
    """To its own scale or the one given; what is no ground truth looks so however it is written."""
    generate(faces, tmp_path, size=SIZE, viz="flow", max_flow=max_flow, outside=outside)
    expected = ff.flow_to_image(expected_flow(faces, "001", "002"), max_flow)
    found = read_image(tmp_path / "F001" / "flow_viz_T1" / "001.png")
    assert np.array_equal(found[..., ::-1], expected)


def test_statistics_are_those_of_the_flow(faces: Faces) -> None:
    """Counted over valid pixels, lengths in pixels of the output."""
    generate(faces, size=SIZE)
    pair = record(faces)["pairs"][1]
    flow = expected_flow(faces, "002", "003").astype(float)
    lengths = np.hypot(*flow[~np.isnan(flow[..., 0])].T)
    assert (pair["status"], pair["valid_px"]) == ("ok", len(lengths))
    assert pair["mean_px"] == pytest.approx(lengths.mean(), abs=1e-4)
    assert pair["max_px"] == pytest.approx(lengths.max(), abs=1e-4)
    assert (
        record(faces)["triangles"]
        == ff.triangulate((faces.points("001") + 0.5) * (60 / 48, 96 / 64) - 0.5).tolist()
    )


def test_folds_are_counted(tmp_path: Path) -> None:
    """Where landmarks cross, triangles turn over; the record says how many."""
    faces = make_faces(tmp_path, frames=2)
    points = moving_face()
    points[[61, 67]] = points[[67, 61]]
    faces.text("002").write_text("".join(f"{x} {y}\n" for x, y in points.tolist()))
    generate(faces)
    triangles = ff.triangulate(faces.points("001"))
    flipped = ff.flipped_triangles(faces.points("001"), points, triangles).sum()
    assert record(faces)["pairs"][0]["flipped"] == flipped > 0


def test_dataset_json_tells_configuration_versions_and_totals(faces: Faces, tmp_path: Path) -> None:
    """And the summary that is returned is what it holds."""
    summary = generate(faces, tmp_path, size=SIZE, stride=2)
    fields = json.loads((tmp_path / "dataset.json").read_text())
    assert fields == summary
    assert fields["configuration"]["size"] == "96x60"
    assert fields["configuration"]["stride"] == 2
    assert fields["versions"]["faceflow"] == ff.__version__
    assert fields["totals"]["pairs"] == {"ok": 2, "failed": 0, "skipped": 0}
    assert fields["problems"] == {}


def test_any_number_of_points_makes_flow(tmp_path: Path) -> None:
    """Three and more, the same through a sequence; another sequence may have others."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=2)
    for name in ("001", "002"):
        faces.text(name).write_text("5 5\n40 6\n20 50\n")
    assert generate(faces)["totals"]["pairs"]["ok"] == 2
