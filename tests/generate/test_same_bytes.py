"""The same data whoever makes them, in whatever order, and however often it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import gen
from faces import Faces, make_faces, write_points
from generation import generate, record, tree


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Enough frames for several parts of a sequence, and one frame that fails."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), ("F1", "F2"), ("T1", "T2"), 20)
    faces.text("005", "F1", "T2").unlink()
    return faces


@pytest.fixture(scope="module")
def whole(faces: Faces) -> dict[str, bytes]:
    """The tree of a run of one worker."""
    generate(faces, viz="mesh", masks=True, direction="both")
    return tree(faces.output)


def test_workers_make_no_difference(faces: Faces, whole: dict[str, bytes], tmp_path: Path) -> None:
    """One or four, every byte of the tree is the same."""
    generate(faces, tmp_path, workers=4, viz="mesh", masks=True, direction="both")
    assert tree(tmp_path) == whole


@pytest.mark.parametrize("flow_format", ["flo", "kitti", "npz"])
def test_kernels_make_no_difference(tmp_path: Path, flow_format: str) -> None:
    """Flow, masks, images and records, in processes with one kernel each."""
    faces = make_faces(tmp_path, frames=4)
    options = ["--flow-format", flow_format, "--masks", "--viz", "mesh", "--direction", "both"]
    for backend in ("cpp", "numba"):
        ended = gen(faces, *options, output=tmp_path / backend, env={"FACEFLOW_BACKEND": backend})
        assert ended.code == 0, ended
    assert tree(tmp_path / "cpp") == tree(tmp_path / "numba")


def test_selections_one_after_the_other_make_the_whole(
    faces: Faces, whole: dict[str, bytes], tmp_path: Path
) -> None:
    """By subject, by sequence, by number, then all: nothing lost, nothing made twice over."""
    options = {"viz": "mesh", "masks": True, "direction": "both"}
    generate(faces, tmp_path, selection={"subjects": "F2"}, **options)
    assert not (tmp_path / "F1").exists()
    generate(faces, tmp_path, selection={"sequences": "*1", "limit": 7}, **options)
    assert not (tmp_path / "F1" / "T2").exists()
    generate(faces, tmp_path, **options)
    assert tree(tmp_path) == whole


def test_limit_takes_nothing_from_what_is_there(tmp_path: Path) -> None:
    """A short trial in the wrong folder is no disaster."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=4)
    generate(faces)
    before = tree(faces.output)
    for limit in (0, 1, 2, 4):
        generate(faces, selection={"limit": limit})
        assert tree(faces.output) == before


def test_only_overwrite_makes_anew_what_is_there(tmp_path: Path) -> None:
    """What is finished is left alone, which a mark in it shows."""
    faces = make_faces(tmp_path)
    generate(faces)
    before = tree(faces.output)
    flow = faces.output / "F001" / "flow_T1" / "001.flo"
    flow.write_bytes(b"a mark")
    generate(faces)
    assert flow.read_bytes() == b"a mark"
    generate(faces, overwrite=True)
    assert tree(faces.output) == before


@pytest.mark.parametrize("gone", ["flow_T1/002.flo", "flow_T1/003.jpg", "T1/001.csv"])
def test_file_that_has_gone_is_made_again(tmp_path: Path, gone: str) -> None:
    """And the others stay as they were."""
    faces = make_faces(tmp_path)
    generate(faces)
    before = tree(faces.output)
    (faces.output / "F001" / gone).unlink()
    generate(faces)
    assert tree(faces.output) == before


def test_pictures_can_be_added(tmp_path: Path) -> None:
    """They are no part of what defines a dataset."""
    faces = make_faces(tmp_path)
    generate(faces)
    before = tree(faces.output)
    generate(faces, viz="all")
    after = tree(faces.output)
    telling = {"dataset.json", "report.html"}  # of the pictures, too
    assert {(k, v) for k, v in before.items() if k not in telling} <= after.items()
    assert len(after) == len(before) + 4


def test_what_failed_is_tried_again(tmp_path: Path) -> None:
    """Once its landmarks are there, the dataset is as if they always had been."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces)
    before = tree(faces.output)
    text = faces.text("003").read_text()
    faces.text("003").unlink()
    generate(faces, overwrite=True)
    assert [pair["status"] for pair in record(faces)["pairs"]] == ["ok", "failed", "failed"]
    faces.text("003").write_text(text)
    generate(faces)
    assert tree(faces.output) == before


def test_what_fails_now_leaves_no_older_flow_behind(tmp_path: Path) -> None:
    """Scripts that list *.flo see only what the records call ok."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces, masks=True, viz="all")
    write_points(faces.text("003"), faces.points("003")[:60])
    generate(faces, masks=True, viz="all", overwrite=True)
    clean = tmp_path / "clean"
    generate(faces, clean, masks=True, viz="all")
    assert tree(faces.output) == tree(clean)
    assert "F001/flow_T1/002.flo" not in tree(clean)


def test_overwrite_makes_a_dataset_of_other_options(tmp_path: Path) -> None:
    """As if the first had never been, also where files have other names."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"))
    generate(faces, masks=True, image_format="png")
    generate(faces, overwrite=True, flow_format="npz", stride=2)
    generate(faces, tmp_path / "clean", flow_format="npz", stride=2)
    assert tree(faces.output) == tree(tmp_path / "clean")


def test_overwrite_of_a_selection_keeps_the_rest(tmp_path: Path) -> None:
    """Records of subjects that were not chosen stay."""
    faces = make_faces(tmp_path, ("F1", "F2"))
    generate(faces)
    before = tree(faces.output)
    generate(faces, overwrite=True, selection={"subjects": "F1"})
    assert tree(faces.output) == before


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """Notes beside the flow, and folders, outlive a run that makes all anew."""
    faces = make_faces(tmp_path)
    generate(faces)
    folder = faces.output / "F001" / "flow_T1"
    (folder / "notes.txt").write_text("mine")
    (folder / "mine.png").mkdir()
    generate(faces, overwrite=True)
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "mine.png").is_dir()


def test_records_hold_no_times_paths_or_worker_counts(
    faces: Faces, whole: dict[str, bytes]
) -> None:
    """A dataset made elsewhere compares equal."""
    for name, data in whole.items():
        if name.endswith(".json"):
            assert str(faces.root).encode() not in data
            assert b"workers" not in data
