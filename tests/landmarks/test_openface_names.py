"""What OpenFace would not take as it is reaches it all the same, and comes back to its frame."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faces import SIZE, moving_face, texture, write_image
from image_samples import encoded, with_exif
from landmarks.openface_build import Build, Run, log, matches, seen_faces, verdicts

from faceflow.landmarks.openface import open_face
from faceflow.opencv import cv2

MODES = pytest.mark.parametrize("mode", ["image", "sequence"])
NAMES = ["1", "2", "10", "B.v2", "two\nlines", "café", os.fsdecode(b"odd\xff"), "-f", "a b"]


@MODES
@pytest.mark.parametrize("suffix", [".png", ".PNG", ".JPG", ".jpeg", ".bmp", ".webp", ".tif"])
def test_frames_of_any_name_and_suffix_get_their_own_landmarks(
    tmp_path: Path, suffix: str, mode: str
) -> None:
    """Unpadded numbers, upper case, line ends, other formats than OpenFace reads."""
    faces, build = seen_faces(tmp_path, frames=NAMES, suffix=suffix)
    run = Run(faces, build, mode)
    found = run.find()
    assert len(found) == len(NAMES)
    assert set(verdicts(run, found).values()) == {"found"}
    assert "two\\nlines" in log(run)


def turned(path: Path, number: int) -> None:
    path.write_bytes(with_exif(encoded(texture(SIZE, number), ".jpg"), 6))


def doubtful(path: Path, number: int) -> None:
    path.write_bytes(with_exif(encoded(texture(SIZE, number), ".jpg"), 0))


def deep(path: Path, number: int) -> None:
    write_image(path.with_suffix(".png"), texture(SIZE, number).astype(np.uint16) * 257)


def transparent(path: Path, number: int) -> None:
    image = cv2.cvtColor(texture(SIZE, number), cv2.COLOR_BGR2BGRA)
    write_image(path.with_suffix(".png"), image)


@MODES
@pytest.mark.parametrize("write", [turned, doubtful, deep, transparent])
def test_images_that_openface_may_see_otherwise_reach_it_as_we_see_them(
    tmp_path: Path, write: Callable[[Path, int], None], mode: str
) -> None:
    """Turned by EXIF, of 16 bits or with alpha: the landmarks are those of the stored pixels."""
    faces, build = seen_faces(tmp_path, frames=2, suffix=".jpg")
    points = moving_face(seed=50)
    write(faces.image("001").with_name("003.jpg"), 40)
    build.see(faces.image("003"), [points])
    build.forget_file(faces.image("003"))
    run = Run(faces, build, mode)
    assert verdicts(run, run.find()) == dict.fromkeys(["001", "002", "003"], "found")


@MODES
def test_frames_of_a_camera_held_upright_are_not_copied(tmp_path: Path, mode: str) -> None:
    """EXIF alone makes no copy, which of 12 megapixels would take 36 MB."""
    faces, build = seen_faces(tmp_path, frames=2, suffix=".jpg")
    image = faces.image("001").with_name("003.jpg")
    image.write_bytes(with_exif(encoded(texture(SIZE, 40), ".jpg"), 1))
    build.see(image, [moving_face(seed=50)])
    run = Run(faces, build, mode)
    assert verdicts(run, run.find()) == dict.fromkeys(["001", "002", "003"], "found")
    assert "000003.jpg is 003.jpg" in log(run)


@MODES
def test_frames_are_told_by_their_content_not_by_their_suffix(tmp_path: Path, mode: str) -> None:
    """A WebP image named .jpg is no JPEG, and a JPEG named .tif is one."""
    faces, build = seen_faces(tmp_path, frames=1, suffix=".png")
    folder = faces.image("001").parent
    for name, suffix in (("002.jpg", ".webp"), ("003.tif", ".jpg")):
        (folder / name).write_bytes(encoded(texture(SIZE, 60), suffix))
        build.see(folder / name, [moving_face(seed=60)])
    build.forget_file(folder / "002.jpg")
    run = Run(faces, build, mode)
    assert set(verdicts(run, run.find()).values()) == {"found"}
    names = [line.split() for line in log(run).splitlines()[1:]]
    assert ["000003.jpg", "is", "003.tif"] in names
    assert ["000002.bmp", "is", "002.jpg"] in names


@MODES
def test_the_frames_themselves_are_not_touched(tmp_path: Path, mode: str) -> None:
    """They are lent by a link that is taken back; also images that are links themselves."""
    faces, build = seen_faces(tmp_path)
    elsewhere = tmp_path / "elsewhere.png"
    faces.image("002").rename(elsewhere)
    (faces.images / "F001" / "T1" / "002.png").symlink_to("../../../elsewhere.png")
    before = {path: _state(path) for path in faces.images.rglob("*.png")}
    run = Run(faces, build, mode)
    assert set(verdicts(run, run.find()).values()) == {"found"}
    assert {path: _state(path) for path in faces.images.rglob("*.png")} == before
    assert faces.image("002").is_symlink()


def _state(path: Path) -> tuple[bytes, int, int, int]:
    told = path.stat()
    return path.read_bytes(), told.st_mode, told.st_mtime_ns, told.st_nlink


@MODES
@pytest.mark.parametrize("size", [(32, 24), (128, 144)])
def test_landmarks_found_on_resized_frames_are_those_of_the_stored_image(
    tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    """OpenFace sees the frames in the size asked for; its landmarks are scaled back."""
    faces, build = seen_faces(tmp_path, frames=2)
    resized = Build(tmp_path / "resized")
    scale = np.array([SIZE[1] / size[1], SIZE[0] / size[0]])
    for stem in ("001", "002"):
        seen = np.round((faces.points(stem) + 0.5) / scale - 0.5, 1)
        resized.see(faces.image(stem), [seen], resize=size)
        resized.forget_file(faces.image(stem))
        build.expected[faces.image(stem)] = [(seen + 0.5) * scale - 0.5]
    for image, found in Run(faces, resized, mode, resize=size).find().items():
        assert isinstance(found, tuple)
        np.testing.assert_allclose(found[0].landmarks, build.expected[image][0], atol=1e-9)


@MODES
def test_frames_that_have_the_size_already_are_as_they_were(tmp_path: Path, mode: str) -> None:
    """No rounding, and no copy."""
    faces, build = seen_faces(tmp_path, frames=2)
    run = Run(faces, build, mode, resize=SIZE)
    assert all(matches(one, build.expected[path]) for path, one in run.find().items())
    assert ".bmp" not in log(run)


def test_a_frames_key_changes_with_what_its_faces_depend_on(tmp_path: Path) -> None:
    """Its content, the mode, the size, the program; not the folders or the number of workers."""
    faces, build = seen_faces(tmp_path, frames=1)
    build.save()
    other = Build(tmp_path / "other")
    program = other.root / "bin" / "FaceLandmarkImg"
    same = open_face(other.root, "image", tmp_path / "out", 7, None, 1.0).keys([b"a", b"b"])
    program.write_text(program.read_text() + "# another version\n")
    runs = [
        open_face(build.root, "image", faces.output, 1, None, 60.0),
        open_face(build.root, "sequence", faces.output, 1, None, 60.0),
        open_face(build.root, "image", faces.output, 1, (384, 512), 60.0),
        open_face(build.root, "image", faces.output, 1, (512, 384), 60.0),
        open_face(other.root, "image", faces.output, 1, None, 60.0),
    ]
    keys = [key for run in runs for key in run.keys([b"a", b"b"])]
    assert len(set(keys)) == 10
    assert keys[:2] == same


def change_size(path: Path) -> None:
    path.write_bytes(b"longer")
    os.utime(path, (1, 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "time": lambda path: os.utime(path, (2, 2)),
    "size": change_size,
    "name": lambda path: path.rename(path.with_name("other.dat")),
    "another file": lambda path: path.with_name("other.dat").touch(),
    "gone": Path.unlink,
}


@MODES
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("place", ["model/patch_experts/a.dat", "classifiers/a.dat"])
def test_a_frames_key_changes_with_the_models(
    tmp_path: Path, change: Callable[[Path], object], mode: str, place: str
) -> None:
    """Whatever file beside the program is another; not with what OpenFace itself leaves there."""
    build = Build(tmp_path / "OpenFace")
    model, results = build.root / "bin" / place, build.root / "bin" / "processed"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"model")
    os.utime(model, (1, 1))

    def key() -> list[bytes]:
        return open_face(build.root, mode, tmp_path / "out", 1, None, 60.0).keys([b"a"])

    before = key()
    results.mkdir()
    (results / "001.csv").touch()
    (build.root / "bin" / "another_program").touch()
    assert key() == before
    change(model)
    assert key() != before


def test_models_may_lie_elsewhere(tmp_path: Path) -> None:
    """A link beside the program is followed; links in a circle or to all of the disk end."""
    build = Build(tmp_path / "OpenFace")
    model = tmp_path / "elsewhere" / "deep" / "a.dat"
    model.parent.mkdir(parents=True)
    model.touch()
    model.with_name("nowhere").symlink_to("no such file")
    (build.root / "bin" / "model").symlink_to(tmp_path / "elsewhere")

    def key() -> list[bytes]:
        return open_face(build.root, "image", tmp_path / "out", 1, None, 60.0).keys([b"a"])

    before = key()
    model.write_bytes(b"model")
    assert key() != before
    for name, target in (("one", "."), ("two", "."), ("whole disk", "/")):
        (build.root / "bin" / name).symlink_to(target)
    assert key() != before


def test_it_says_which_program_it_is(tmp_path: Path) -> None:
    """By its content: OpenFace tells no version."""
    build = Build(tmp_path / "OpenFace")
    detector = open_face(build.root, "image", tmp_path / "out", 1, None, 60.0)
    digest = hashlib.sha256((build.root / "bin" / "FaceLandmarkImg").read_bytes()).hexdigest()
    assert detector.versions() == {"FaceLandmarkImg": f"sha256 {digest}"}


def test_keys_of_a_tracked_sequence_are_those_of_the_whole(tmp_path: Path) -> None:
    """One changed frame changes all; equal images in one sequence differ; alone they do not."""
    faces, build = seen_faces(tmp_path, frames=1)
    build.save()
    tracked = open_face(build.root, "sequence", faces.output, 1, None, 60.0)
    alone = open_face(build.root, "image", faces.output, 1, None, 60.0)
    first, second = tracked.keys([b"a", b"b", b"a"]), tracked.keys([b"a", b"b", b"c"])
    assert len({*first, *second}) == 6
    assert tracked.keys([b"a", b"b", b"a"]) == first
    x, y, z = alone.keys([b"a", b"b", b"a"])
    assert x == z != y
