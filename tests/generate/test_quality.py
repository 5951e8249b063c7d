"""--quality and --min-quality: how good each label is, in its record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from damage import kinds
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from generation import by_name, generate, record, tree

import faceflow as ff
from faceflow.errors import ConfigError
from faceflow.flow.render import border_anchors, render
from faceflow.generate.config import GenerateConfig
from faceflow.images import read_image
from faceflow.methods.registry import find_estimator
from faceflow.truth.photometric import face_region, photometric_error

SIZE = (96, 80)


def true_faces(root: Path, suffix: str = ".png") -> Faces:
    """Five frames that show what their landmarks say, but for 004, whose landmarks are wrong."""
    faces = make_faces(root, frames=5, size=SIZE, suffix=suffix)
    anchors = border_anchors(SIZE)
    still = np.vstack([moving_face(SIZE), anchors])
    triangles = ff.triangulate(still)
    for number in range(5):
        points = still.copy()
        points[:68, 0] += 0.8 * number
        image = render(texture(SIZE), still, points, SIZE, triangles)
        write_image(faces.image(f"{number + 1:03}"), image)
        told = points[:68]
        if number == 3:
            told = told + np.random.default_rng(1).normal(0, 1.2, (68, 2))
        write_points(faces.text(f"{number + 1:03}"), told)
    return faces


def naive(faces: Faces, first: str, second: str) -> dict[str, float]:
    """The errors of a pair from its own files."""
    a, b = read_image(faces.image(first)), read_image(faces.image(second))
    src, dst = faces.points(first), faces.points(second)
    label = ff.synthesize(src, dst, SIZE, ff.triangulate(faces.points("001")))
    flows = {
        "label_error": label,
        "still_error": label * 0,
        "dis_error": find_estimator("dis")(a[..., ::-1], b[..., ::-1]),
    }
    flows["still_error"] = np.zeros_like(label)
    region = face_region(src, SIZE)
    return {name: photometric_error(a, b, flow, region) for name, flow in flows.items()}


@pytest.mark.parametrize("options", [{}, {"size": (40, 33)}, {"stride": 2}, {"writer": "shards"}])
def test_errors_are_those_at_the_source_size(tmp_path: Path, options: dict) -> None:
    """Whatever the size of the output, and whichever frames are paired."""
    faces = true_faces(tmp_path)
    generate(faces, quality=True, image_format="png", **options)
    pairs = record(faces)["pairs"]
    assert [pair["status"] for pair in pairs] == ["ok"] * (5 - options.get("stride", 1))
    for pair in pairs:
        expected = naive(faces, pair["first"], pair["second"])
        found = {name: pair[name] for name in expected}
        assert found == pytest.approx(expected, abs=2e-3)
        quality = max(expected["dis_error"], 0.25) / max(expected["label_error"], 0.25)
        assert pair["quality"] == pytest.approx(min(1, quality), abs=0.01)


def test_quality_tells_wrong_landmarks_from_right_ones(tmp_path: Path) -> None:
    """High of labels that are true by construction, low where a frame has wrong landmarks."""
    faces = true_faces(tmp_path)
    generate(faces, quality=True)
    found = {first: pair["quality"] for first, pair in by_name(record(faces)["pairs"]).items()}
    assert min(found["001"], found["002"]) > 0.9
    assert max(found["003"], found["004"]) < 0.6


@pytest.mark.parametrize("writer", ["files", "shards"])
def test_pairs_below_are_left_out_and_named(tmp_path: Path, writer: str) -> None:
    """Counted with their reason, their figures kept, their flow not; the dataset is sound."""
    faces = true_faces(tmp_path)
    totals = generate(faces, min_quality=0.7, writer=writer)["totals"]
    assert totals["pairs"] == {"ok": 2, "failed": 0, "skipped": 2}
    assert totals["pair_reasons"] == {"below_quality": 2}
    wrong = by_name(record(faces)["pairs"])["003"]
    assert (wrong["status"], wrong["reason"]) == ("skipped", "below_quality")
    assert wrong["detail"].startswith(f"quality {wrong['quality']:.3f} is below 0.7: an error of ")
    assert wrong["valid_px"] is None
    assert len(ff.open_dataset(faces.output)) == 2
    assert not (faces.output / "F001" / "flow_T1" / "003.flo").exists()
    assert kinds(faces.output, 100) == {}


def test_quality_is_the_same_however_it_is_made(tmp_path: Path) -> None:
    """By one worker or several, at once or gone on with, with reduced decoding or without."""
    faces = true_faces(tmp_path, ".jpg")
    options = {"min_quality": 0.7, "size": (32, 24)}
    generate(faces, **options)
    generate(faces, tmp_path / "more", workers=3, **options)
    generate(faces, tmp_path / "again", selection={"limit": 2}, **options)
    generate(faces, tmp_path / "again", **options)
    assert tree(faces.output) == tree(tmp_path / "more") == tree(tmp_path / "again")
    generate(faces, tmp_path / "reduced", decode="reduced", **options)
    one, other = (
        (root / "F001" / "T1" / "sequence.json").read_bytes()
        for root in (faces.output, tmp_path / "reduced")
    )
    assert one == other


def test_a_face_of_a_few_pixels_has_no_quality(tmp_path: Path) -> None:
    """Nothing is left of its hull without the edge; it is left out where a quality is asked for."""
    faces = make_faces(tmp_path, frames=2)
    for stem in ("001", "002"):
        write_points(faces.text(stem), moving_face() * 0.06 + 20)
    generate(faces, quality=True)
    (pair,) = record(faces)["pairs"]
    assert pair["status"] == "ok"
    assert "quality" not in pair
    generate(faces, tmp_path / "left", min_quality=0.1)
    faces = Faces(tmp_path / "left")
    text = (tmp_path / "left" / "F001" / "T1" / "sequence.json").read_text()
    assert "its quality cannot be measured" in text


def test_a_dataset_keeps_to_its_quality(tmp_path: Path) -> None:
    """Another limit, or none, is another dataset."""
    faces = true_faces(tmp_path)
    generate(faces, min_quality=0.5)
    with pytest.raises(ConfigError, match=r"--min-quality 0\.5, now it is 0\.6"):
        generate(faces, min_quality=0.6)
    with pytest.raises(ConfigError, match="--min-quality"):
        generate(faces, quality=True)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_limit_is_between_0_and_1(value: float) -> None:
    """Others would leave out all, or none."""
    with pytest.raises(ConfigError, match=r"--min-quality .* is not taken: 0 to 1 are"):
        GenerateConfig(min_quality=value)


def jumping_faces(root: Path) -> Faces:
    """In frame 003 the detector has found another face."""
    faces = make_faces(root, frames=5, size=SIZE)
    write_points(faces.text("003"), faces.points("003") * 0.7 + 9)
    return faces


def test_jumps_are_recorded_counted_and_named(tmp_path: Path) -> None:
    """The pairs to and from a misfit, without looking at images; other records have no such key."""
    faces = jumping_faces(tmp_path)
    summary = generate(faces)
    assert {pair["first"]: pair.get("jump") for pair in record(faces)["pairs"]} == {
        "001": None,
        "002": True,
        "003": True,
        "004": None,
    }
    assert "jump" not in record(faces)["pairs"][0]
    assert summary["totals"]["jumps"] == 2
    assert kinds(faces.output) == {}
    log = (faces.output / "faceflow.log").read_text()
    assert "F001/T1: pair 002 -> 003 jumps: its landmarks move further than a face does" in log


def test_pairs_that_jump_are_below_any_quality(tmp_path: Path) -> None:
    """Even if their images could be explained."""
    faces = jumping_faces(tmp_path)
    totals = generate(faces, min_quality=0.0)["totals"]
    assert totals["pair_reasons"] == {"below_quality": 2}
    assert by_name(record(faces)["pairs"])["002"]["detail"].startswith("its landmarks jump")
