"""The page of an audit, as people meet it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser
from faces import make_faces
from generation import Quiet, generate

from faceflow.audit.page import write_page
from faceflow.audit.run import AuditOptions, audit, open_pairs

HOSTILE = [
    "<script>document.title = 'taken'<",
    '"><img src=x onerror="document.title=1">',
    "{{ 1 }}",
]


def write(tmp_path: Path, images: bool = True) -> Path:
    asked = AuditOptions(also=("farneback",))
    dataset = open_pairs(tmp_path / "dataset", asked)
    page = tmp_path / "page.html"
    write_page(dataset, tmp_path / "dataset", audit(dataset, asked, Quiet()), page, images)
    return page


def test_page_loads_without_complaint_and_without_the_network(
    browser: Browser, tmp_path: Path
) -> None:
    """Whatever sequences are called; each table and chart is there, and says what it shows."""
    generate(make_faces(tmp_path, sequences=HOSTILE, frames=4))
    page = write(tmp_path)
    browser.open(page)
    browser.reload()
    assert browser.broken_images() == []
    assert browser.complaints() == []
    assert all(url.startswith(("data:", page.as_uri())) for url in browser.requests())
    assert browser.run("return document.title") == "Audit of dataset"
    assert browser.run("return document.querySelectorAll('tbody tr').length") == len(HOSTILE)
    assert browser.run("return document.querySelectorAll('svg polyline').length") == 4 * len(
        HOSTILE
    )
    assert browser.run("return document.querySelectorAll('svg circle').length") == 2 * 9
    unnamed = "[...document.images].filter(i => !i.alt).length"
    unnamed += " + [...document.querySelectorAll('svg')].filter(s => !s.ariaLabel).length"
    assert browser.run(f"return {unnamed}") == 0
    assert browser.run("return document.querySelectorAll('article img').length") == 4 * 9
    assert browser.run("return document.body.scrollWidth <= innerWidth")


def test_labels_worse_than_no_flow_are_named_as_such(browser: Browser, tmp_path: Path) -> None:
    """A still picture, over which landmarks jitter."""
    faces = make_faces(tmp_path, frames=4)
    for path in faces.images.glob("*/*/*"):
        path.write_bytes(faces.image("001").read_bytes())
    generate(faces)
    browser.open(write(tmp_path))
    notice = browser.run("return document.querySelector('header .notice').textContent")
    assert "worse than no flow at all" in notice
    assert browser.run("return document.querySelectorAll('td.bad').length") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_without_images_shows_no_face(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """Only flow; and says so."""
    generate(make_faces(tmp_path, frames=4))
    browser.open(write(tmp_path, images=False), scheme)
    captions = browser.run("return [...document.querySelectorAll('article img')].map(i => i.alt)")
    assert len(captions) == 3
    assert all(caption.startswith("flow, up to ") for caption in captions)
    assert "shows no face" in browser.run("return document.body.textContent")
