"""report.html of a dataset in shards: what a page of files shows, from tar files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Browser
from faces import Faces, make_faces
from generation import generate

from faceflow.report.page import write_report


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two sequences, as files and in shards, with pictures."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), sequences=["T1", "T2"], frames=6)
    generate(faces, viz="all")
    generate(faces, faces.root / "shards", viz="all", writer="shards")
    return faces


def inside(page: str) -> list[str]:
    """The pictures inside a page, in order."""
    return re.findall(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+", page)


@pytest.mark.parametrize("images", [True, False])
def test_pictures_and_numbers_are_those_of_the_files(faces: Faces, images: bool) -> None:
    """Frames, flow, differences, histograms and the face; none is missing."""
    pages = [
        write_report(root, images).read_text() for root in (faces.output, faces.root / "shards")
    ]
    assert inside(pages[0]) == inside(pages[1])
    assert len(inside(pages[0])) > 10
    charts = [re.findall(r"<svg.*?</svg>", page, re.DOTALL) for page in pages]
    # The last shows landmarks, which files keep to 3 decimals.
    assert charts[0][:3] == charts[1][:3]
    assert len(charts[0]) == len(charts[1]) == 4


def test_player_shows_pictures_only(faces: Faces, browser: Browser) -> None:
    """Frames in tar files are none that a page could show: no image is broken."""
    browser.open(write_report(faces.root / "shards"))
    assert browser.broken_images() == []
    shown = "return document.getElementById('player-' + arguments[0]).hidden"
    assert [browser.run(shown, kind) for kind in ("frame", "flow", "mesh")] == [True, False, False]
    assert not Path(faces.root / "shards" / "F001" / "flow_T1").exists()
