"""Photographs given the expressions of others: which, how many, what they are called."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import gen
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from generation import generate, record, tree

import faceflow as ff
from faceflow.images import read_image
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv
from faceflow.truth.render_options import RenderOptions

SIZE = (120, 90)


@pytest.fixture
def motions(tmp_path: Path) -> Path:
    """Landmarks alone: two sequences of one subject, of four frames each."""
    made = make_faces(tmp_path / "drivers", ("D1",), ("smile", "talk"), 4, size=(64, 64))
    return made.landmarks


@pytest.fixture
def album(tmp_path: Path) -> Faces:
    """Three photographs in a folder, their landmarks in another."""
    faces = Faces(tmp_path)
    faces.images.mkdir()
    faces.landmarks.mkdir()
    for number, name in enumerate(("ann", "bob", "cy")):
        write_image(faces.images / f"{name}.png", texture(SIZE, number))
        write_points(faces.landmarks / f"{name}_landmarks.txt", moving_face(SIZE, number))
    return faces


def rendered(motions: Path, **options: object) -> dict[str, object]:
    return {
        "rendering": RenderOptions("rendered", motions, **options),  # type: ignore[arg-type]
        "image_format": "png",
    }


def made(output: Path) -> set[str]:
    """``subject/sequence`` of each."""
    paths = output.glob("*/*/sequence.json")
    return {path.parent.relative_to(output).as_posix() for path in paths}


def test_every_photograph_gets_every_motion(album: Faces, motions: Path) -> None:
    """Named after both; the first frame is the photograph, and the flow is true."""
    totals = generate(album, **rendered(motions))["totals"]
    assert totals["pairs"] == {"ok": 18, "failed": 0, "skipped": 0}
    names = {f"{name}/D1_{motion}" for name in ("ann", "bob", "cy") for motion in ("smile", "talk")}
    assert made(album.output) == names
    first = read_image(album.output / "bob" / "flow_D1_talk" / "001.png")
    np.testing.assert_array_equal(first, read_image(album.images / "bob.png"))
    for sample in ff.open_dataset(album.output):
        assert sample.valid.all()
        warped = ff.warp(sample.frames[1], sample.flow).astype(float)
        assert np.abs(warped - sample.frames[0]).mean() < 1.0
        assert np.linalg.norm(sample.flow, axis=2).max() > 0.5


def test_more_photographs_leave_what_is_there(album: Faces, motions: Path) -> None:
    """A folder of photographs may grow."""
    generate(album, **rendered(motions))
    before = tree(album.output)
    write_image(album.images / "dee.png", texture(SIZE, 9))
    write_points(album.landmarks / "dee_landmarks.txt", moving_face(SIZE, 9))
    ended = gen(album, "--images", "rendered", "--motions", motions, "--image-format", "png")
    assert (ended.code, ended.err) == (0, "")
    after = tree(album.output)
    assert len(made(album.output)) == 8
    assert all(after[name] == data for name, data in before.items() if "/" in name)


def test_count_draws_so_many_and_more_are_added(album: Faces, motions: Path) -> None:
    """By lot, the same for the same seed; the first ones stay when more are asked for."""
    options = {"head_motion": "similarity", "seed": 4}
    generate(album, **rendered(motions, count=2, **options))
    few, before = made(album.output), tree(album.output)
    assert len(few) == 2
    generate(album, **rendered(motions, count=15, **options))
    many, after = made(album.output), tree(album.output)
    assert len(many) == 15
    assert few < many
    assert all(after[name] == data for name, data in before.items() if "/" in name)
    assert sum(name.endswith("_2") for name in many) == 6
    assert sum(name.endswith("_3") for name in many) == 3
    drawn = [album.output / "ann" / f"flow_D1_smile{end}" / "003.png" for end in ("", "_2")]
    assert drawn[0].read_bytes() != drawn[1].read_bytes()


def test_workers_make_the_same_sequences(album: Faces, motions: Path, tmp_path: Path) -> None:
    """To the bit, with all that is drawn by lot."""
    options = rendered(motions, count=4, head_motion="homography", vary="all", seed=1)
    generate(album, tmp_path / "one", workers=1, **options)
    generate(album, tmp_path / "two", workers=2, writer="files", **options)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_sequences_serve_as_photographs(tmp_path: Path, motions: Path) -> None:
    """The first good frame of each, whose name comes first; its own motion is not used."""
    faces = make_faces(tmp_path, ("F1",), ("T1", "T2"), 3, size=SIZE)
    faces.text("001", "F1", "T2").unlink()
    generate(faces, **rendered(motions), selection={"sequences": "*smile"})
    assert made(faces.output) == {"F1/T1_D1_smile", "F1/T2_D1_smile"}
    first = read_image(faces.output / "F1" / "flow_T2_D1_smile" / "001.png")
    np.testing.assert_array_equal(first, read_image(faces.image("002", "F1", "T2")))


def test_motions_from_csv_files(album: Faces, motions: Path, tmp_path: Path) -> None:
    """As faceflow landmarks writes them, with a frame without a face among them."""
    place = tmp_path / "csv" / "D1" / "smile"
    place.mkdir(parents=True)
    for number in range(3):
        face = Face(moving_face((64, 64), 0, number), 0.9)
        data = encode_image_csv([face] if number != 1 else [])
        (place / f"{number}.csv").write_bytes(data)
    totals = generate(album, **rendered(tmp_path / "csv"))["totals"]
    assert totals["frames"] == {"ok": 6, "failed": 0, "skipped": 3}


def test_photograph_without_landmarks_fails_with_its_reason(album: Faces, motions: Path) -> None:
    """Every frame of it, and nobody else's."""
    (album.landmarks / "bob_landmarks.txt").unlink()
    (album.images / "cy.png").write_bytes(b"no image")
    summary = generate(album, **rendered(motions))
    assert summary["totals"]["frames"] == {"ok": 8, "failed": 16, "skipped": 0}
    reasons = {"missing_landmarks": 8, "unreadable_image": 8}
    assert summary["totals"]["frame_reasons"] == reasons
    frame = record(album, "bob", "D1_smile")["frames"][0]
    assert frame["detail"].startswith("photograph bob.png: ")
    assert frame["detail"].endswith("bob_landmarks.txt is not there")
    shown = read_image(album.output / "bob" / "flow_D1_smile" / "003.png")
    np.testing.assert_array_equal(shown, read_image(album.images / "bob.png"))
    assert not list((album.output / "cy" / "flow_D1_smile").iterdir())


def test_motion_of_another_number_of_points_fails(album: Faces, motions: Path) -> None:
    """Said of the photograph."""
    write_points(album.landmarks / "ann_landmarks.txt", moving_face(SIZE)[:66])
    generate(album, **rendered(motions))
    frame = record(album, "ann", "D1_talk")["frames"][0]
    assert (frame["status"], frame["reason"]) == ("failed", "wrong_point_count")
    assert frame["detail"] == "photograph ann.png: 66 landmarks, the motion has 68"


def test_motion_without_a_face_is_not_rendered(album: Faces, motions: Path) -> None:
    """Its frames fail for their own reasons."""
    for path in (motions / "D1" / "talk").iterdir():
        path.write_text("nothing")
    totals = generate(album, **rendered(motions))["totals"]
    assert totals["frame_reasons"] == {"bad_landmarks": 12}
    assert totals["frames"]["ok"] == 12


def test_two_photographs_of_one_name_are_a_problem(album: Faces, motions: Path) -> None:
    """Named, and made of neither."""
    write_image(album.images / "ann.jpg", texture(SIZE, 9))
    ended = gen(album, "--images", "rendered", "--motions", motions)
    assert ended.code == 1
    assert ended.err.count("ann/D1_smile: several photographs and motions would give it") == 1
    assert "ann/D1_smile" not in made(album.output)


def test_changed_motion_is_rendered_anew(album: Faces, motions: Path, tmp_path: Path) -> None:
    """And only what it is used in."""
    generate(album, **rendered(motions))
    write_points(motions / "D1" / "talk" / "002_landmarks.txt", moving_face((64, 64), 99, 5))
    ended = gen(album, "--images", "rendered", "--motions", motions, "--image-format", "png")
    assert ended.err.count("D1_talk: its landmarks have changed") == 3
    assert "smile" not in ended.err
    generate(album, tmp_path / "clean", **rendered(motions))
    assert tree(album.output) == tree(tmp_path / "clean")


def refused(album: Faces, *options: object) -> str:
    """The complaint of a run with exit code 2 that left everything as it was."""
    before = tree(album.root)
    ended = gen(album, *options)
    assert (ended.code, ended.out) == (2, ""), ended
    assert tree(album.root) == before
    return ended.complaint().removeprefix("faceflow-gen: ")


def test_options_that_are_refused(album: Faces, motions: Path, tmp_path: Path) -> None:
    """In one line each, before anything is written."""
    rendered = ("--images", "rendered")
    empty = tmp_path / "empty"
    empty.mkdir()
    for options, complaint in (
        (("--count", 3), "--count is taken with --images rendered only"),
        (("--motions", motions), "--motions is taken with --images rendered only"),
        (("--seed", 1), "--seed is taken with --images rendered only"),
        (("--images", "drawn"), "--images 'drawn' is not taken: real, rendered are"),
        ((*rendered, "--count", 3), "--count is taken with --motions only: "),
        ((*rendered, "--motions", motions, "--count", 0), "--count 0 is not taken: 1 and more are"),
        (
            (*rendered, "--motions", motions, "--count", 7),
            "--count 7 is not taken: photographs and motions make 6 sequences",
        ),
        ((*rendered, "--motions", empty), f"no motions in --motions {empty}: "),
        (
            (*rendered, "--motions", tmp_path / "gone"),
            f"--motions {tmp_path / 'gone'} is no folder",
        ),
        ((*rendered, "--motion-scale", "nan"), "--motion-scale nan is not taken: 0 to 100 is"),
        ((*rendered, "--vary", "noise,fog"), "--vary 'fog' is not taken: none, all, or of "),
        ((*rendered, "--head-motion", "nod"), "--head-motion 'nod' is not taken: "),
        ((*rendered, "--seed", -1), "--seed -1 is not taken: 0 and more are"),
        ((*rendered, "--triangulation", "each"), "--triangulation each is not taken with --images"),
        ((*rendered, "--extend", "border"), "--extend border is not taken with --images rendered"),
        ((*rendered, "--decode", "reduced"), "--decode reduced is not taken with --images"),
        ((*rendered, "--motions", motions, "--subjects", "X*"), "no sequence's name matches X*/*"),
        (rendered, f"no sequences in {album.images}: "),
    ):
        assert refused(album, *options).startswith(complaint)


def test_folder_without_photographs_is_refused(album: Faces, motions: Path) -> None:
    """It says what is taken."""
    shutil.rmtree(album.images)
    album.images.mkdir()
    complaint = refused(album, "--images", "rendered", "--motions", motions)
    assert complaint.startswith(f"no photographs in {album.images}: ")


def test_output_among_the_motions_is_refused(album: Faces, motions: Path) -> None:
    """What is made is no input of the next run."""
    ended = gen(album, "--images", "rendered", "--motions", motions, output=motions / "out")
    assert ended.code == 2
    assert "OUTPUT" in ended.complaint()


def test_real_and_rendered_do_not_mix(tmp_path: Path) -> None:
    """A dataset has one kind of images, and says which."""
    faces = make_faces(tmp_path)
    generate(faces)
    told = refused(faces, "--images", "rendered")
    assert told.startswith("OUTPUT was made with --images 'real', now it is 'rendered'")
    assert gen(faces, "--images", "rendered", "--overwrite").code == 0
    configuration = json.loads((faces.output / "dataset.json").read_text())["configuration"]
    assert configuration["images"] == "rendered"
    assert configuration["motions"] == "own"


def test_options_from_a_file(tmp_path: Path, album: Faces, motions: Path) -> None:
    """By the names that they have on the command line."""
    file = tmp_path / "gen.toml"
    file.write_text(f'images = "rendered"\nmotions = "{motions}"\ncount = 1\nmotion_scale = 2\n')
    assert gen(album, "--config", file).code == 0
    assert len(made(album.output)) == 1


def test_lot_is_drawn_among_the_names_that_are_asked_for(album: Faces, motions: Path) -> None:
    """So many as were asked for, not what is left of others."""
    generate(album, **rendered(motions, count=2), selection={"subjects": "ann"})
    assert made(album.output) == {"ann/D1_smile", "ann/D1_talk"}


@pytest.mark.parametrize("place", ["far", "line", "spot"])
def test_photograph_whose_landmarks_hold_no_face_fails(
    album: Faces, motions: Path, place: str
) -> None:
    """Nothing could move: its frames would be still, and called ok."""
    face = moving_face(SIZE)
    impossible = {"far": face + 1e7, "line": face * [1, 0] + [0, 9], "spot": face * 0 + 9}[place]
    write_points(album.landmarks / "ann_landmarks.txt", impossible)
    generate(album, **rendered(motions), selection={"subjects": "ann"})
    frame = record(album, "ann", "D1_smile")["frames"][0]
    assert frame["reason"] == "bad_landmarks"
    assert frame["detail"].startswith("photograph ann.png: its landmarks lie on one line, or out")


def test_motions_of_a_dataset_are_its_landmarks(album: Faces, tmp_path: Path) -> None:
    """At source size; squeezed as its frames are, or with points beside them, they are refused."""
    drivers = make_faces(tmp_path / "own", ("D1",), ("smile",), 3, size=(64, 64))
    for name, options in (("small", {"size": (32, 48)}), ("wide", {"extend": "border"})):
        generate(drivers, tmp_path / name, **options)
        words = ("--images", "rendered", "--motions", tmp_path / name)
        complaint = refused(album, *words)
        assert complaint.startswith(f"--motions {tmp_path / name} is not taken: it is a dataset")
    generate(drivers, tmp_path / "source")
    generate(album, **rendered(tmp_path / "source"), selection={"subjects": "ann"})
    assert made(album.output) == {"ann/D1_smile"}
