"""Datasets whose landmarks are refined by what the images show."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from clusters import generate_on, local_cluster
from command import command_line, environment, gen
from faces import Faces, make_faces, write_image
from generation import by_name, generate, record, rewritten, times, tree
from moving_faces import SIZE, moving_face, swaying, write_moving

from faceflow.landmarks.openface_csv import read_image_csv

REFINED = {"refine": "photometric"}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two and a half runs of a face that sways."""
    return write_moving(tmp_path_factory.mktemp("faces"), moving_face(swaying(72)))


@pytest.fixture(scope="module")
def clean(faces: Faces) -> dict[str, bytes]:
    """The tree of a run on one core that nobody stopped."""
    generate(faces, faces.root / "clean", **REFINED)
    return tree(faces.root / "clean")


def landmarks(output: Path, frame: str) -> np.ndarray:
    """As used."""
    (face,) = read_image_csv(output / "F001" / "T1" / f"{frame}.csv")
    return face.landmarks


def test_landmarks_as_used_are_the_refined_ones(faces: Faces, clean: dict[str, bytes]) -> None:
    """Motions are nearer to the truth than those that were found; one position for each frame."""
    true = moving_face(swaying(72)).true
    names = [f"{number:03}" for number in range(1, 73)]
    found = [faces.points(name) for name in names]
    used = [landmarks(faces.root / "clean", name) for name in names]
    error = [
        np.abs(np.diff(points, axis=0) - np.diff(true, axis=0)).mean() for points in (found, used)
    ]
    assert error[1] < 0.3 * error[0]
    record = json.loads(clean["F001/T1/sequence.json"])["refined"]
    lengths = np.hypot(*(np.stack(used) - np.stack(found)).reshape(-1, 2).T)
    assert record["correction_px"] == pytest.approx(lengths.mean(), abs=0.001)
    assert 0.9 < record["confidence"] <= 1


@pytest.mark.parametrize("options", [{"workers": 2}, {"workers": 5}])
def test_same_bytes_for_any_number_of_workers(
    faces: Faces, clean: dict[str, bytes], tmp_path: Path, options: dict[str, int]
) -> None:
    """And nothing is left of what was kept meanwhile."""
    generate(faces, tmp_path, **REFINED, **options)
    assert tree(tmp_path) == clean
    assert not list(tmp_path.rglob("parts"))


def test_cluster_makes_no_difference(faces: Faces, clean: dict[str, bytes], tmp_path: Path) -> None:
    """Runs of frames are looked at wherever there is room."""
    copy = write_moving(tmp_path, moving_face(swaying(72)))
    with local_cluster() as workers:
        generate_on(workers.scheduler_address, copy, **REFINED)
    assert tree(copy.output) == clean


@pytest.mark.parametrize("stage", ["*.refined", "*.flo"])
def test_killed_run_goes_on(
    faces: Faces, clean: dict[str, bytes], tmp_path: Path, stage: str
) -> None:
    """While images are looked at, or flow is made."""
    words = [faces.images, tmp_path, "--size", "source", "--workers", "1"]
    process = subprocess.Popen([*command_line("faceflow-gen"), *map(str, words)], env=environment())
    while not list(tmp_path.rglob(stage)):
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    generate(faces, tmp_path, **REFINED)
    assert tree(tmp_path) == clean


def test_damaged_part_is_found_anew(faces: Faces, clean: dict[str, bytes], tmp_path: Path) -> None:
    """A file that a machine going down left empty, or full of zeros."""
    parts = tmp_path / "F001" / "T1" / "parts"
    parts.mkdir(parents=True)
    (parts / "motion-000000.refined").write_bytes(b"")
    (parts / "motion-000032.refined").write_bytes(bytes(5000))
    generate(faces, tmp_path, **REFINED)
    assert tree(tmp_path) == clean


def test_frames_that_fail_fail_as_without_and_cost_their_neighbours_nothing_else(
    tmp_path: Path,
) -> None:
    """A damaged image, missing landmarks, and a frame of another size."""
    faces = write_moving(tmp_path, moving_face(swaying(10)))
    faces.image("003").write_bytes(b"no image")
    faces.text("005").unlink()
    write_image(faces.image("007"), np.zeros((20, 30, 3), np.uint8))
    generate(faces, **REFINED)
    generate(faces, tmp_path / "plain")
    found, plain = (
        {
            name: frame["reason"]
            for name, frame in by_name(json.loads(path.read_text())["frames"]).items()
        }
        for path in (
            root / "F001" / "T1" / "sequence.json" for root in (faces.output, tmp_path / "plain")
        )
    )
    assert found == plain
    assert [name for name, reason in found.items() if reason] == ["003", "005", "007"]
    assert (landmarks(faces.output, "006") == landmarks(tmp_path / "plain", "006")).all()
    assert (landmarks(faces.output, "001") != landmarks(tmp_path / "plain", "001")).any()


def test_mended_frame_changes_its_neighbours(tmp_path: Path) -> None:
    """Flow made with landmarks that would be others now is made again."""
    moving = moving_face(swaying(40))
    faces = write_moving(tmp_path, moving)
    faces.image("003").write_bytes(b"no image")
    generate(faces, **REFINED)
    write_image(faces.image("003"), moving.images[2])
    generate(faces, **REFINED)
    generate(faces, tmp_path / "clean", **REFINED)
    assert tree(faces.output) == tree(tmp_path / "clean")


def test_finished_dataset_is_left_alone(faces: Faces) -> None:
    """Images are not looked at again."""
    generate(faces, **REFINED)
    before = times(faces.output)
    generate(faces, **REFINED)
    assert rewritten(faces, before) == set()


def test_flat_images_leave_landmarks_as_they_are(tmp_path: Path) -> None:
    """The whole dataset is that of ``--refine none``, but for the configuration."""
    moving = moving_face(swaying(5))
    flat = moving._replace(images=[np.full((*SIZE, 3), 90, np.uint8)] * 5)
    faces = write_moving(tmp_path, flat)
    generate(faces, **REFINED)
    generate(faces, tmp_path / "plain")
    found, plain = (
        {k: v for k, v in tree(root).items() if k.endswith((".csv", ".flo"))}
        for root in (faces.output, tmp_path / "plain")
    )
    assert found == plain
    assert len(found) == 9


@pytest.mark.parametrize("count", [1, 2])
def test_shortest_sequences(tmp_path: Path, count: int) -> None:
    """One frame has nothing to be refined by."""
    faces = write_moving(tmp_path, moving_face(swaying(count)))
    assert generate(faces, **REFINED)["totals"]["frames"]["ok"] == count


def test_images_too_small_for_dense_flow(tmp_path: Path) -> None:
    """Landmarks stay."""
    faces = make_faces(tmp_path, frames=3, size=(12, 10))
    generate(faces, **REFINED)
    generate(faces, tmp_path / "plain")
    assert (
        record(faces)["pairs"]
        == json.loads((tmp_path / "plain" / "F001" / "T1" / "sequence.json").read_text())["pairs"]
    )


@pytest.mark.parametrize(
    ("options", "refined"),
    [((), "photometric"), (("--refine", "none"), None), (("--preset", "paper"), None)],
)
def test_what_is_refined_unless_asked(
    tmp_path: Path, options: tuple[str, ...], refined: str | None
) -> None:
    """By default; not with the reference system's preset."""
    faces = write_moving(tmp_path, moving_face(swaying(2)))
    words = [*command_line("faceflow-gen"), str(faces.images), str(faces.output), *options]
    subprocess.run(words, env=environment(), check=True, capture_output=True)
    made = json.loads((faces.output / "dataset.json").read_text())["configuration"]
    assert made.get("refine") == refined


def test_dataset_is_one_or_the_other(tmp_path: Path) -> None:
    """One that was made before there was a choice goes on as it is with ``--refine none``."""
    faces = write_moving(tmp_path, moving_face(swaying(3)))
    generate(faces)
    before = times(faces.output)
    ended = gen(faces, "--refine", "photometric")
    assert ended.code == 2
    assert "was made with --refine 'none', now it is 'photometric'" in ended.complaint()
    assert gen(faces).code == 0
    assert rewritten(faces, before) == set()


def test_other_words_are_refused(tmp_path: Path) -> None:
    """With those that are taken."""
    faces = make_faces(tmp_path)
    said = gen(faces, "--refine", "some").complaint()
    assert "some" in said
    assert "none" in said
    assert "photometric" in said
