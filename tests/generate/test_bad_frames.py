"""Bad input: every frame and pair is accounted for, and the others are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from file_kinds import make_dangling_link, make_folder, make_link_to_itself, make_pipe
from generation import by_name, generate, record, tree
from image_samples import encoded, with_exif

from faceflow.images import read_image

Damage = Callable[[Faces, str], None]


def text(content: str | bytes) -> Damage:
    """Other content in the landmark file."""
    data = content if isinstance(content, bytes) else content.encode()
    return lambda faces, frame: faces.text(frame).write_bytes(data) and None


def line(number: int, content: str) -> Damage:
    """Another line in the landmark file."""

    def damage(faces: Faces, frame: str) -> None:
        lines = faces.text(frame).read_text().splitlines()
        lines[number - 1 : number] = [content] if content else []
        faces.text(frame).write_text("\n".join(lines))

    return damage


def in_place_of_text(make: Callable[[Path], None] | None) -> Damage:
    def damage(faces: Faces, frame: str) -> None:
        faces.text(frame).unlink()
        if make:
            make(faces.text(frame))

    return damage


def in_place_of_image(make: Callable[[Path], None]) -> Damage:
    def damage(faces: Faces, frame: str) -> None:
        path = faces.image(frame)
        path.unlink()
        make(path)

    return damage


def cut(faces: Faces, frame: str) -> None:
    path = faces.image(frame)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def other_size(faces: Faces, frame: str) -> None:
    write_image(faces.image(frame), texture((64, 50)))


def image(content: bytes) -> Damage:
    return lambda faces, frame: faces.image(frame).write_bytes(content) and None


BAD_LANDMARKS = {
    "missing_landmarks": [in_place_of_text(None), in_place_of_text(make_dangling_link)],
    "wrong_point_count": [line(68, ""), line(5, "1 2\n3 4")],
    "bad_landmarks": [
        *(line(13, "nan 3.2"), line(1, "inf 1"), line(2, "one 2"), line(3, "1,5 2"), line(4, "7")),
        *(line(5, "1 2 3"), line(6, "1e999 1"), text(""), text("\n\n"), text(b"\xff\xfe1 2")),
        *(in_place_of_text(make_folder), in_place_of_text(make_pipe)),
        in_place_of_text(make_link_to_itself),
    ],
}
BAD_IMAGES = {
    "truncated_image": [cut],
    "unreadable_image": [
        *(image(b""), image(b"not an image"), in_place_of_image(make_folder)),
        *(in_place_of_image(make_dangling_link), in_place_of_image(make_link_to_itself)),
        in_place_of_image(make_pipe),
    ],
    "size_changed": [other_size],
}


def cases(reasons: dict[str, list[Damage]]) -> list[object]:
    return [
        pytest.param(reason, damage, id=f"{reason}-{number}")
        for reason, damages in reasons.items()
        for number, damage in enumerate(damages)
    ]


def check_one_bad_frame(faces: Faces, frame: str, reason: str, with_image: bool) -> None:
    """Five frames, one of them bad: it and its pairs failed, all else is there."""
    frames, pairs = by_name(record(faces)["frames"]), record(faces)["pairs"]
    bad = frames.pop(frame)
    assert (bad["status"], bad["reason"]) == ("failed", reason)
    assert bad["detail"].isprintable()
    assert str(faces.root) not in bad["detail"]
    assert all(other["status"] == "ok" for other in frames.values())
    files = tree(faces.output)
    assert len(pairs) == 4
    for pair in pairs:
        failed = frame in (pair["first"], pair["second"])
        assert (pair["status"], pair["reason"]) == (("failed", reason) if failed else ("ok", None))
        assert (f"F001/flow_T1/{pair['first']}.flo" in files) != failed
        if failed:
            assert pair["detail"] == f"frame {frame}: {bad['detail']}"
            assert pair["valid_px"] is pair["mean_px"] is pair["max_px"] is pair["flipped"] is None
    assert (f"F001/flow_T1/{frame}.jpg" in files) == with_image
    assert f"F001/T1/{frame}.csv" not in files
    assert not [name for name in files if "tmp" in name]


@pytest.mark.parametrize("frame", ["001", "003"])
@pytest.mark.parametrize(("reason", "damage"), cases(BAD_LANDMARKS))
def test_bad_landmarks_fail_their_frame(
    tmp_path: Path, reason: str, damage: Damage, frame: str
) -> None:
    """Also the first; the frame's image is written all the same."""
    faces = make_faces(tmp_path, frames=5)
    damage(faces, frame)
    summary = generate(faces)
    failed = 1 if frame == "001" else 2
    assert summary["totals"]["frame_reasons"] == {reason: 1}
    assert summary["totals"]["pair_reasons"] == {reason: failed}
    check_one_bad_frame(faces, frame, reason, with_image=True)


@pytest.mark.parametrize("frame", ["001", "003"])
def test_landmarks_too_far_once_scaled_fail_their_frame(tmp_path: Path, frame: str) -> None:
    """Taken as the file has them, but beyond the limit in pixels of a larger output."""
    faces = make_faces(tmp_path, frames=5)
    line(7, "9e7 3")(faces, frame)
    height, width = read_image(faces.image("002")).shape[:2]
    generate(faces, size=(2 * height, 2 * width))
    check_one_bad_frame(faces, frame, "bad_landmarks", with_image=True)


@pytest.mark.parametrize("frame", ["001", "003"])
@pytest.mark.parametrize(("reason", "damage"), cases(BAD_IMAGES))
def test_bad_images_fail_their_frame(
    tmp_path: Path, reason: str, damage: Damage, frame: str
) -> None:
    """Also the first, but that it is the first that says what size is usual."""
    if (frame, reason) == ("001", "size_changed"):
        frame = "002"
    faces = make_faces(tmp_path, frames=5, suffix=".jpg")
    damage(faces, frame)
    generate(faces)
    check_one_bad_frame(faces, frame, reason, with_image=reason == "size_changed")


def test_message_names_file_line_and_what_stands_there(tmp_path: Path) -> None:
    """Enough to mend it without a search."""
    faces = make_faces(tmp_path)
    line(13, "nan 3.2")(faces, "002")
    generate(faces)
    assert by_name(record(faces)["frames"])["002"]["detail"] == (
        "landmarks[12] is not finite in F001/T1/002_landmarks.txt (line 13: 'nan 3.2')"
    )


def test_log_lists_what_failed(tmp_path: Path) -> None:
    """Frames and pairs, each with its reason in words."""
    faces = make_faces(tmp_path)
    faces.text("001").unlink()
    write_points(faces.text("003"), moving_face() * 1e5)
    generate(faces, flow_format="kitti")
    log = (faces.output / "faceflow.log").read_text()
    assert "F001/T1: frame 001 failed: F001/T1/001_landmarks.txt is not there" in log
    assert "F001/T1: pair 002 -> 003 failed: " in log


def test_sequence_without_a_good_image_is_recorded(tmp_path: Path) -> None:
    """All frames failed, no size, no triangles, nothing raised."""
    faces = make_faces(tmp_path)
    for frame in ("001", "002", "003"):
        faces.image(frame).write_bytes(b"")
    summary = generate(faces)
    assert summary["totals"]["frames"] == {"ok": 0, "failed": 3, "skipped": 0}
    assert record(faces)["size"] is record(faces)["triangles"] is None


def test_sequence_of_one_frame_is_no_failure(tmp_path: Path) -> None:
    """It has an image and no flow."""
    faces = make_faces(tmp_path, frames=1)
    assert generate(faces)["totals"]["frames"] == {"ok": 1, "failed": 0, "skipped": 0}
    assert record(faces)["pairs"] == []
    assert "F001/flow_T1/001.jpg" in tree(faces.output)


@pytest.mark.parametrize("moved", ["onto a line", "outside the image"])
def test_pairs_without_a_pixel_are_skipped_as_degenerate(tmp_path: Path, moved: str) -> None:
    """No failure: the landmarks are what they are."""
    faces = make_faces(tmp_path, frames=2)
    for frame in ("001", "002"):
        points = faces.points(frame)
        points[:, 1] = points[:, 0] if moved == "onto a line" else points[:, 1] + 1e5
        write_points(faces.text(frame), points)
    summary = generate(faces, masks=True, viz="all")
    assert summary["totals"]["frames"]["ok"] == 2
    assert summary["totals"]["pairs"] == {"ok": 0, "failed": 0, "skipped": 1}
    assert summary["totals"]["pair_reasons"] == {"degenerate": 1}
    assert set(tree(faces.output)) == {
        *("F001/flow_T1/001.jpg", "F001/flow_T1/002.jpg", "F001/T1/001.csv", "F001/T1/002.csv"),
        *("F001/T1/sequence.json", "dataset.json", "report.html"),
    }


def test_some_landmarks_far_outside_still_make_flow(tmp_path: Path) -> None:
    """The part of the face that is in the image has its ground truth."""
    faces = make_faces(tmp_path, frames=2)
    for frame in ("001", "002"):
        points = faces.points(frame)
        points[8] += (0, 5000)
        write_points(faces.text(frame), points)
    generate(faces, viz="all")
    pair = record(faces)["pairs"][0]
    assert (pair["status"], pair["reason"]) == ("ok", None)
    assert pair["valid_px"] > 1000


def test_flow_beyond_kitti_fails_its_pair(tmp_path: Path) -> None:
    """16 bits hold +-512 px; nothing is clipped, nothing of the pair is written."""
    faces = make_faces(tmp_path, frames=4)
    points = faces.points("002")
    points[8] += (0, 5000)
    write_points(faces.text("002"), points)
    generate(faces, flow_format="kitti", masks=True, viz="flow")
    pairs = by_name(record(faces)["pairs"])
    assert (pairs["001"]["status"], pairs["001"]["reason"]) == ("failed", "write_error")
    assert "512" in pairs["001"]["detail"]
    assert pairs["003"]["status"] == "ok"
    names = {Path(name).name for name in tree(faces.output)}
    assert {"003_flow.png", "003_valid.png", "003.png"} <= names
    assert not {"001_flow.png", "001_valid.png", "001.png"} & names


def test_pair_of_which_a_file_cannot_be_written_has_none(tmp_path: Path) -> None:
    """A folder lies where its mask goes: the flow that was written before is taken back."""
    faces = make_faces(tmp_path)
    (faces.output / "F001" / "flow_T1" / "001_valid.png").mkdir(parents=True)
    generate(faces, masks=True)
    first, second = record(faces)["pairs"]
    assert (first["status"], first["reason"]) == ("failed", "write_error")
    assert first["detail"] == "001_valid.png: Is a directory"
    assert second["status"] == "ok"
    assert "F001/flow_T1/001.flo" not in tree(faces.output)


@pytest.mark.parametrize("kind", ["grey", "16-bit", "alpha", "16-bit grey"])
def test_images_of_other_kinds_are_taken(tmp_path: Path, kind: str) -> None:
    """Written as 8-bit colour, with the same picture to one level."""
    faces = make_faces(tmp_path)
    usual = read_image(faces.image("002"))
    grey = usual.mean(axis=2).round().astype(np.uint8)
    other = {
        "grey": grey,
        "16-bit": usual.astype(np.uint16) * 257,
        "alpha": np.dstack([usual, grey]),
        "16-bit grey": grey.astype(np.uint16) * 257,
    }[kind]
    write_image(faces.image("002"), other)
    assert generate(faces, image_format="png")["totals"]["pairs"]["ok"] == 2
    found = read_image(faces.output / "F001" / "flow_T1" / "002.png").astype(int)
    expected = np.dstack([grey] * 3) if "grey" in kind else usual
    assert np.abs(found - expected).max() <= 1


def test_rotation_in_exif_is_ignored(tmp_path: Path) -> None:
    """Landmarks belong to the pixels as they are stored."""
    plain = make_faces(tmp_path / "plain", suffix=".jpg")
    turned = make_faces(tmp_path / "turned", suffix=".jpg")
    path = turned.image("002")
    path.write_bytes(with_exif(path.read_bytes(), 6, encoded(texture((8, 8)), ".jpg")))
    assert generate(plain) == generate(turned)
    assert tree(plain.output) == tree(turned.output)
