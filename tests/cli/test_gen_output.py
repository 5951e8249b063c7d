"""Outputs that cannot be written: full, read-only, or another user's."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import gen
from faces import Faces, make_faces
from generation import generate, tree
from mounts import as_nobody, grow, mounted, small_disk


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return make_faces(tmp_path, ("F1", "F2", "F3"), frames=8)


def made_so_far(faces: Faces) -> dict[str, bytes]:
    """What lies in the output, but for the summary, which is not known before the end."""
    files = tree(faces.output)
    files.pop("dataset.json", None)
    return files


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("kilobytes", [100, 300])
def test_full_disk_stops_the_run_and_loses_nothing(
    faces: Faces, kilobytes: int, workers: int
) -> None:
    """Exit code 1, whole files only; with room, the same command makes the same dataset."""
    generate(faces, faces.root / "clean")
    clean = tree(faces.root / "clean")
    with small_disk(faces.output, kilobytes):
        for _ in range(2):
            ended = gen(faces, "--workers", workers)
            assert ended.code == 1
            assert ended.complaint() == "faceflow-gen: No space left on device"
            assert made_so_far(faces).items() <= clean.items()
        grow(faces.output, 10_000)
        assert gen(faces, "--workers", workers).code == 0
        assert tree(faces.output) == clean


def test_disk_that_is_full_from_the_start_is_told(faces: Faces) -> None:
    """Exit code 1, as for any full disk."""
    with small_disk(faces.output, 4):
        ended = gen(faces)
        assert ended.code == 1
        assert "No space left on device" in ended.complaint()


def test_log_that_cannot_be_written_ends_the_run(faces: Faces) -> None:
    """In one line, not in a traceback for each entry."""
    faces.output.mkdir()
    (faces.output / "faceflow.log").symlink_to("/dev/full")
    ended = gen(faces)
    assert ended.code == 1
    assert ended.complaint() == "faceflow-gen: No space left on device"


@pytest.mark.parametrize("exists", [True, False])
def test_read_only_disk_is_refused(tmp_path: Path, exists: bool) -> None:
    """Exit code 2: nothing was written, nothing can be."""
    faces = make_faces(tmp_path)
    disk = faces.root / "disk"
    with mounted(disk, "-t", "tmpfs", "-o", "size=64k,ro", "none"):
        ended = gen(faces, output=disk if exists else disk / "new")
        assert ended.code == 2
        assert ended.complaint().endswith("cannot be written: Read-only file system")


def test_read_only_images_are_enough(tmp_path: Path) -> None:
    """Nothing is written beside them."""
    faces = make_faces(tmp_path)
    options = ["-o", "bind,ro", str(faces.images)]
    with mounted(faces.images, *options):
        assert gen(faces).code == 0


@pytest.mark.parametrize("exists", [True, False])
def test_output_of_another_user_is_refused(tmp_path: Path, exists: bool) -> None:
    """Exit code 2, and why."""
    faces = make_faces(tmp_path)
    output = faces.root / "theirs"
    output.mkdir(mode=0o555)
    ended = gen(faces, output=output if exists else output / "new", before=as_nobody(tmp_path))
    assert ended.code == 2
    assert ended.complaint().endswith("cannot be written: Permission denied")
    assert list(output.iterdir()) == []


def test_subject_folder_of_another_user_stops_the_run(tmp_path: Path) -> None:
    """Exit code 1, and the folder is named."""
    faces = make_faces(tmp_path)
    faces.output.mkdir()
    faces.output.chmod(0o777)
    (faces.output / "F001").mkdir(mode=0o555)
    ended = gen(faces, before=as_nobody(tmp_path))
    assert ended.code == 1
    assert "Permission denied: " in ended.complaint()
    assert "F001" in ended.complaint()


@pytest.mark.parametrize("folder", ["F002", "F002/flow_T1", "F002/T1"])
def test_run_goes_on_once_a_folder_can_be_written(tmp_path: Path, folder: str) -> None:
    """The bytes of a run that never met one that could not: none missing, extra or different."""
    faces = make_faces(tmp_path, ("F001", "F002"), frames=40)
    faces.output.mkdir()
    faces.output.chmod(0o777)
    closed = faces.output / folder
    closed.mkdir(parents=True)
    closed.parent.chmod(0o777)
    closed.chmod(0o555)
    nobody = as_nobody(tmp_path)
    ended = gen(faces, before=nobody)
    assert ended.code == 1
    assert "Permission denied: " in ended.complaint()
    closed.chmod(0o777)
    assert gen(faces, before=nobody).code == 0
    generate(faces, tmp_path / "clean")
    assert tree(faces.output) == tree(tmp_path / "clean")
