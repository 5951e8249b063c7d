"""faceflow audit: how good labels are, of whoever's dataset."""

from __future__ import annotations

import json
import math
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from command import run, start
from faces import Faces, make_faces, moving_face, texture, write_image, write_points
from generation import generate, record

import faceflow as ff
from faceflow.flow.render import border_anchors, render
from faceflow.images import encode_image, read_image, resize_image
from faceflow.truth.render_options import RenderOptions

SIZE = (96, 80)
REAL = Faces(Path(__file__).parents[2].parent / "shared" / "faces")


def true_faces(root: Path, wrong: tuple[str, ...] = (), frames: int = 5) -> Faces:
    """Two sequences whose frames show what their landmarks say, but for those of the wrong ones."""
    faces = make_faces(root, sequences=("T1", "T2"), frames=frames, size=SIZE)
    still = np.vstack([moving_face(SIZE), border_anchors(SIZE)])
    triangles = ff.triangulate(still)
    for sequence in ("T1", "T2"):
        for number in range(frames):
            points, stem = still.copy(), f"{number + 1:03}"
            points[:68, 0] += 0.8 * number
            points[48:68, 1] += 0.6 * math.sin(number)
            image = render(texture(SIZE, 7), still, points, SIZE, triangles)
            write_image(faces.image(stem, sequence=sequence), image)
            told = points[:68]
            if sequence in wrong:
                told = told + np.random.default_rng(number).normal(0, 0.8, (68, 2))
            write_points(faces.text(stem, sequence=sequence), told)
    return faces


def audited(*words: object, cwd: Path) -> dict:
    ended = run("faceflow", "audit", *words, "--json", cwd=cwd)
    assert ended.code == 0
    assert all(line.endswith(" 0 failed") for line in ended.err.splitlines())  # where it takes long
    found: dict = json.loads(ended.out)
    return found


@pytest.mark.parametrize("writer", ["files", "shards"])
def test_labels_are_measured_as_they_were_when_made(tmp_path: Path, writer: str) -> None:
    """At source size the errors are those of --quality, sequence by sequence."""
    faces = true_faces(tmp_path, ("T2",))
    generate(faces, quality=True, image_format="png", writer=writer)
    found = audited(faces.output, cwd=tmp_path)
    assert [s["sequence"] for s in found["sequences"]] == ["F001/T1", "F001/T2"]
    for sequence in found["sequences"]:
        pairs = record(faces, sequence=sequence["sequence"][-2:])["pairs"]
        keys = {"label": "label_error", "zero": "still_error", "dis": "dis_error"}
        expected = {name: np.mean([p[key] for p in pairs]) for name, key in keys.items()}
        assert sequence["errors"] == pytest.approx(expected, abs=0.02)
        mean = np.mean([pair["quality"] for pair in pairs])
        assert sequence["quality"] == pytest.approx(mean, abs=0.02)
        worse = np.mean([p["label_error"] > p["still_error"] for p in pairs])
        assert sequence["worse_than_none"] == pytest.approx(worse)
    true, wrong = found["sequences"]
    assert true["quality"] > 0.9 > 0.6 > wrong["quality"]
    assert found["errors"]["label"] == pytest.approx(
        (true["errors"]["label"] + wrong["errors"]["label"]) / 2, abs=1e-3
    )
    assert (tmp_path / found["written"]).name == "dataset_audit.html"


@pytest.mark.parametrize(
    "options", [{"rendering": RenderOptions("rendered")}, {"extend": "border"}]
)
def test_points_beside_the_landmarks_are_no_part_of_the_face(
    tmp_path: Path, options: dict[str, object]
) -> None:
    """It is measured where --quality measures it."""
    faces = true_faces(tmp_path)
    generate(faces, quality=True, image_format="png", **options)
    (first, _) = audited(faces.output, cwd=tmp_path)["sequences"]
    made = np.mean([pair["label_error"] for pair in record(faces)["pairs"]])
    assert first["errors"]["label"] == pytest.approx(made, abs=0.02)


def as_reference(faces: Faces, root: Path, flat: bool = False) -> Path:
    """The dataset as the reference system would have left it: minus the flow, no records."""
    for subject in ("F001",):
        for sequence in ("T1", "T2"):
            source = faces.output / subject / f"flow_{sequence}"
            target = root if flat else root / subject / f"flow_{sequence}"
            target.mkdir(parents=True, exist_ok=True)
            for path in source.iterdir():
                name = f"{subject}_{sequence}_{path.name}" if flat else path.name
                if path.suffix == ".flo":
                    flow = ff.read_flow(path)
                    ff.write_flow(target / name, np.where(np.isnan(flow), 0, -flow))
                else:
                    shutil.copy(path, target / name)
    return root


@pytest.mark.parametrize("flat", [False, True])
def test_files_of_the_reference_system_are_read_with_their_sign(tmp_path: Path, flat: bool) -> None:
    """As a tree, or all in one folder; zero outside the face is no label; the sign is doubted."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png")
    ours = audited(faces.output, cwd=tmp_path)
    root = as_reference(faces, tmp_path / "theirs", flat)
    found = audited(root, "--negated", cwd=tmp_path)
    assert found["pairs"] == 8
    assert found["errors"] == pytest.approx(ours["errors"], rel=0.12)
    assert found["better_negated"] == 0
    names = [s["sequence"] for s in found["sequences"]]
    assert names == (["theirs"] if flat else ["F001/flow_T1", "F001/flow_T2"])
    plain = run("faceflow", "audit", root, cwd=tmp_path)
    assert plain.code == 0
    assert (
        "on 100 % of the pairs the flow fits better with its sign changed (--negated)" in plain.out
    )


@pytest.mark.parametrize("layout", ["sintel", "kitti"])
def test_flow_in_a_tree_of_its_own_finds_its_frames(tmp_path: Path, layout: str) -> None:
    """At the same place below --images; KITTI's pairs have names of two frames each."""
    frames = [texture((64, 96), 3)]
    flow = np.full((64, 96, 2), (2, 1), np.float32)
    frames.append(ff.warp(frames[0], -flow))
    images, flows = tmp_path / "image", tmp_path / "flow"
    inner = "alley_1" if layout == "sintel" else "."
    for root in (images, flows):
        (root / inner).mkdir(parents=True)
    names = ("frame_0001", "frame_0002") if layout == "sintel" else ("000000_10", "000000_11")
    for name, frame in zip(names, frames, strict=True):
        (images / inner / f"{name}.png").write_bytes(encode_image(frame, ".png"))
    ff.write_flow(flows / inner / f"{names[0]}{'.flo' if layout == 'sintel' else '.png'}", flow)
    found = audited(flows, "--images", images, "--also", "farneback", cwd=tmp_path)
    assert found["pairs"] == 1
    assert found["errors"]["label"] < 0.5 < found["errors"]["zero"]
    assert set(found["errors"]) == {"label", "zero", "dis", "farneback"}


def test_a_sample_is_drawn_by_lot_and_always_the_same(tmp_path: Path) -> None:
    """--limit pairs in all, --every so many-th of a sequence; workers change nothing."""
    faces = true_faces(tmp_path)
    generate(faces)
    first = audited(faces.output, "--limit", 3, "--workers", 1, cwd=tmp_path)
    page = (tmp_path / first["written"]).read_bytes()
    assert first["pairs"] == 3
    assert audited(faces.output, "--limit", 3, "--workers", 3, cwd=tmp_path) == first
    assert (tmp_path / first["written"]).read_bytes() == page
    every = audited(faces.output, "--every", 3, cwd=tmp_path)
    assert [s["pairs"] for s in every["sequences"]] == [2, 2]


def test_jumps_and_folds_are_counted(tmp_path: Path) -> None:
    """Of our datasets, which have landmarks."""
    faces = true_faces(tmp_path)
    write_points(faces.text("003"), faces.points("003") * 0.7 + 9)
    points = faces.points("002", sequence="T2")
    points[65:68, 1] -= 7
    write_points(faces.text("002", sequence="T2"), points)
    generate(faces)
    one, two = audited(faces.output, cwd=tmp_path)["sequences"]
    assert (one["jumps"], two["jumps"]) == (2, 0)
    assert two["folded"] == 2


def test_damage_is_listed_and_the_rest_measured(tmp_path: Path) -> None:
    """With exit code 1; a damaged record costs its sequence."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png")
    folder = faces.output / "F001"
    (folder / "flow_T1" / "002.flo").write_bytes(b"PIEH")
    (folder / "T2" / "sequence.json").write_text("{}")
    ended = run("faceflow", "audit", faces.output, "--json", cwd=tmp_path)
    assert ended.code == 1
    found = json.loads(ended.out)
    assert (found["pairs"], found["problems"]) == (3, 2)
    assert "flow_T1/002.flo is cut short" in ended.err
    assert "F001/T2: " in ended.err
    assert "is no record of a sequence" in ended.err
    assert (tmp_path / found["written"]).exists()


def test_frames_of_another_size_are_told(tmp_path: Path) -> None:
    """And counted as a problem, not as error 0."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png")
    root = as_reference(faces, tmp_path / "theirs", flat=True)
    write_image(root / "F001_T1_002.png", texture((20, 30)))
    ended = run("faceflow", "audit", root, "--negated", cwd=tmp_path)
    assert ended.code == 1
    assert ended.err.count("is 96x80 (HxW), its frames") == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none",), "DATASET none is no folder"),
        (("empty",), "DATASET has no pair of frames with flow"),
        (("dataset", "--negated"), "--images and --negated are for flow files"),
        (("empty", "--images", "none"), "--images none is no folder"),
        (
            ("dataset", "--also", "raft"),
            "--also 'raft' is not taken: farneback, tvl1, pcaflow, deepflow, face are",
        ),
        (("dataset", "--out", "none/page.html"), "--out none/page.html is in no folder"),
        (("dataset", "--every", "0"), "--every"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """With exit code 2, and nothing written."""
    generate(make_faces(tmp_path, frames=2))
    (tmp_path / "empty").mkdir()
    ended = run("faceflow", "audit", *words, cwd=tmp_path)
    assert ended.code == 2
    assert told in ended.complaint()
    assert not list(tmp_path.glob("*.html"))


def test_real_faces_give_the_published_table(tmp_path: Path) -> None:
    """Label, none and DIS of a sequence at source size, measured by other code before."""
    if not REAL.images.is_dir():
        pytest.skip(f"no real faces in {REAL.images}")
    generate(REAL, tmp_path / "d", image_format="png", selection={"sequences": "T2"})
    found = audited(tmp_path / "d", cwd=tmp_path)
    errors = {s["sequence"]: s["errors"] for s in found["sequences"]}
    assert errors["M001/T2"] == pytest.approx({"label": 2.24, "zero": 1.49, "dis": 1.02}, abs=0.01)
    assert errors["M002/T2"] == pytest.approx({"label": 1.81, "zero": 1.30, "dis": 1.03}, abs=0.01)
    said = run("faceflow", "audit", tmp_path / "d", "--every", 4, cwd=tmp_path)
    assert "on the whole these labels explain the images worse than no flow at all" in said.out


REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"


def test_flow_that_the_reference_system_computed(tmp_path: Path) -> None:
    """Its first pair of M001/T1, with its own sign, on the frames that it was made of."""
    if not REFERENCE.is_dir() or not REAL.images.is_dir():
        pytest.skip(f"no folder {REFERENCE}, or no real faces")
    folder = tmp_path / "theirs" / "M001" / "flow_T1"
    folder.mkdir(parents=True)
    with np.load(REFERENCE / "M001_T1_pair1.npz") as arrays:
        flow = arrays["flow"]
    ff.write_flow(folder / "001.flo", -flow, valid=np.isfinite(flow).all(axis=2))
    for stem in ("001", "002"):
        image = read_image(REAL.images / "M001" / "T1" / f"{stem}.jpg")
        (folder / f"{stem}.jpg").write_bytes(encode_image(resize_image(image, (512, 384)), ".jpg"))
    found = audited(tmp_path / "theirs", "--negated", cwd=tmp_path)
    assert found["pairs"] == 1
    assert 0 < found["errors"]["dis"] < found["errors"]["label"] < 5


def test_an_audit_ends_at_once_when_interrupted(tmp_path: Path) -> None:
    """With the documented code, one line, and no page."""
    generate(true_faces(tmp_path, frames=60))
    started = start("faceflow", "audit", tmp_path / "dataset", "--also", "tvl1", cwd=tmp_path)
    time.sleep(2)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate()
    assert started.returncode == 130
    assert err.splitlines()[-1].startswith("faceflow: interrupted")
    assert not list(tmp_path.glob("*.html"))


def test_sequence_that_is_not_finished_is_told(tmp_path: Path) -> None:
    """Its pairs are not measured, so that figures of the rest do not pass for all."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png")
    (faces.output / "F001" / "T2" / "sequence.json").unlink()
    ended = run("faceflow", "audit", faces.output, cwd=tmp_path)
    assert ended.code == 1
    assert "F001/T2: it has no sequence.json" in ended.complaint()


def test_page_takes_no_other_file_s_place(tmp_path: Path) -> None:
    """A page is an .html file, whatever else lies in the dataset."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png")
    before = (faces.output / "dataset.json").read_bytes()
    for out in (faces.output / "dataset.json", faces.output):
        ended = run("faceflow", "audit", faces.output, "--out", out, cwd=tmp_path)
        assert ended.code == 2
        assert "is not taken: the name of an .html file is" in ended.complaint()
    assert (faces.output / "dataset.json").read_bytes() == before


def test_part_of_a_dataset_is_not_audited_by_file_names(tmp_path: Path) -> None:
    """Its records say which frames its flow is between: with --stride, not neighbours."""
    faces = true_faces(tmp_path)
    generate(faces, image_format="png", stride=2)
    ended = run("faceflow", "audit", faces.output / "F001" / "flow_T1", cwd=tmp_path)
    assert ended.code == 2
    assert f"is a part of one: {faces.output} is taken" in ended.complaint()
