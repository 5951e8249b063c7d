"""faceflow view: a flow field, or a dataset's report, to look at."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from command import run
from faces import SIZE, Faces, make_faces
from generation import generate

import faceflow as ff
from faceflow.images import read_image

NAME = "a<b> #1" + os.fsdecode(b"\xff")


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    """One sequence."""
    faces = make_faces(tmp_path, frames=3)
    generate(faces)
    return faces


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """Flow of (3, 4) px but for one pixel, which is unknown."""
    flow = np.full((*SIZE, 2), (3, 4), np.float32)
    flow[0, 0] = np.nan
    path = tmp_path / "alone.flo"
    ff.write_flow(path, flow)
    return path


def images_of(page: str) -> list[str]:
    """Captions of the pictures; everything else on the page is checked to be inside it."""
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([a-z]*:)', page)) == {"data:"}
    return re.findall(r"<figcaption>([^<]*)</figcaption></figure>", page)


@pytest.mark.parametrize("suffix", [".flo", "_flow.png", ".npz", ".pfm"])
def test_flow_file_of_any_format_is_shown(tmp_path: Path, field: Path, suffix: str) -> None:
    """In the current folder, by its name; the path is printed."""
    path = tmp_path / f"other{suffix}"
    ff.write_flow(path, ff.read_flow(field))
    here = tmp_path / "here"
    here.mkdir()
    ended = run("faceflow", "view", path, cwd=here)
    assert (ended.code, ended.err, ended.out) == (0, "", f"{path.stem}_view.html\n")
    page = (here / f"{path.stem}_view.html").read_text(encoding="utf-8")
    assert images_of(page) == ["flow"]
    assert "full at 5.00 px, this field&#39;s longest vector" in page
    assert "3,071 of 3,072" in page


def test_json_has_the_numbers(tmp_path: Path, field: Path) -> None:
    """And what was written."""
    ended = run("faceflow", "view", field, "--json", "--out", tmp_path / "a.html")
    assert json.loads(ended.out) == {
        "written": str(tmp_path / "a.html"),
        "size": list(SIZE),
        "pixels": 3071,
        "mean_px": 5.0,
        "max_px": 5.0,
        "pair": None,
    }


def test_pair_of_a_dataset_is_shown_with_its_frames(faces: Faces, tmp_path: Path) -> None:
    """Both, and the second one warped back; without faces on request."""
    path = faces.output / "F001" / "flow_T1" / "002.flo"
    out = tmp_path / "a.html"
    ended = run("faceflow", "view", path, "--out", out, "--json")
    assert json.loads(ended.out)["pair"] == ["F001", "T1", "002", "003"]
    assert images_of(out.read_text(encoding="utf-8")) == [
        "first frame",
        "second frame",
        "flow",
        "second frame warped back onto the first",
        "difference of first and warped, 8x",
    ]
    assert run("faceflow", "view", path, "--out", out, "--no-images").code == 0
    assert images_of(out.read_text(encoding="utf-8")) == ["flow"]


def test_frames_that_are_damaged_are_told(faces: Faces, tmp_path: Path) -> None:
    """The flow is shown all the same."""
    folder = faces.output / "F001" / "flow_T1"
    (folder / "003.jpg").write_bytes(b"no image")
    out = tmp_path / "a.html"
    assert run("faceflow", "view", folder / "002.flo", "--out", out).code == 0
    page = out.read_text(encoding="utf-8")
    assert images_of(page) == ["flow"]
    assert "No frames: unreadable_image: " in page


def test_picture_has_the_tiles_side_by_side(faces: Faces, field: Path, tmp_path: Path) -> None:
    """The flow's colours at the scale asked for; a negated file's turned."""
    out = tmp_path / "a.png"
    assert run("faceflow", "view", field, "--out", out, "--max-flow", "20").code == 0
    wanted = ff.flow_to_image(ff.read_flow(field), 20)[..., ::-1]
    assert (read_image(out) == wanted).all()
    assert run("faceflow", "view", field, "--out", out, "--negated").code == 0
    wanted = ff.flow_to_image(ff.read_flow(field, negated=True))[..., ::-1]
    assert (read_image(out) == wanted).all()
    path = faces.output / "F001" / "flow_T1" / "001.flo"
    assert run("faceflow", "view", path, "--out", out).code == 0
    H, W = SIZE
    sheet = read_image(out)
    assert sheet.shape == (H, 5 * W + 4 * 6, 3)
    first = read_image(path.with_suffix(".jpg"))
    assert (sheet[:, :W] == first).all()


def test_masks_of_a_dataset_are_used(tmp_path: Path) -> None:
    """Zeros outside of the face are no flow."""
    faces = make_faces(tmp_path, frames=2)
    generate(faces, outside="zero")
    path = faces.output / "F001" / "flow_T1" / "001.flo"
    ended = run("faceflow", "view", path, "--out", tmp_path / "a.html", "--json")
    valid = read_image(path.with_name("001_valid.png"))[..., 0] > 0
    assert json.loads(ended.out)["pixels"] == valid.sum() < valid.size


def test_dataset_gives_its_report(faces: Faces) -> None:
    """Written where there is none; one without faces is always written."""
    report = faces.output / "report.html"
    ended = run("faceflow", "view", faces.output)
    assert (ended.code, ended.err, ended.out) == (0, "", f"{report}\n")
    assert "first frame" in report.read_text(encoding="utf-8")
    report.write_text("as it was")
    assert run("faceflow", "view", faces.output).code == 0
    assert report.read_text() == "as it was"
    assert run("faceflow", "view", faces.output, "--no-images").code == 0
    assert "it shows no face" in report.read_text(encoding="utf-8")


def test_any_name_can_be_shown(tmp_path: Path) -> None:
    """As text, on the page and on stdout."""
    faces = make_faces(tmp_path, [NAME], [NAME], [NAME + "1", NAME + "2"])
    generate(faces)
    path = faces.output / NAME / f"flow_{NAME}" / f"{NAME}1.flo"
    ended = run("faceflow", "view", path, cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    page = (tmp_path / f"{path.stem}_view.html").read_text(encoding="utf-8")
    assert len(images_of(page)) == 5
    assert "a&lt;b&gt; #1\\udcff" in page


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.flo"], 2, "PATH none.flo is not there"),
        (["text.flo"], 1, "text.flo"),
        (["text.txt"], 1, "a flow file has one of .flo"),
        (["alone.flo", "--max-flow", "0"], 2, "--max-flow 0.0"),
        (["alone.flo", "--max-flow", "nan"], 2, "--max-flow nan"),
        (["alone.flo", "--out", "a.jpg"], 2, "--out a.jpg"),
        (["."], 1, "dataset.json cannot be read"),
        ([".", "--out", "a.html"], 2, "--out"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("field")
def test_what_cannot_be_shown_is_one_line(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    """Nothing is written."""
    for name in ("text.flo", "text.txt"):
        (tmp_path / name).write_text("no flow")
    before = sorted(tmp_path.iterdir())
    ended = run("faceflow", "view", *words, cwd=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.complaint()
    assert sorted(tmp_path.iterdir()) == before
