"""report.html as people meet it: opened from the file system in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from browser import Browser
from faces import Faces, make_faces
from generation import generate
from page_checks import CONTRASTS, UNNAMED

from faceflow.report.page import write_report

HOSTILE = [
    "<script>document.title = 'taken'<",
    '"><img src=x onerror="document.title=1">',
    "it's #1 100%20?a=b&amp;c",
    "two\nlines",
    os.fsdecode(b"\xff\xfe"),
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "]]><!--</title>".replace("/", "\\"),
]

STATE = "return document.getElementById('player-state').textContent"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two subjects with pictures, of which one frame has no landmarks."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), ["F001", "M001"], ["T1", "T2"], 6)
    faces.text("003", "M001", "T2").unlink()
    generate(faces, viz="all")
    write_report(faces.output)
    return faces


def open_player(browser: Browser, faces: Faces, scheme: str = "light") -> None:
    browser.open(faces.output / "report.html", scheme)
    browser.run("document.getElementById('player').scrollIntoView()")


def test_page_loads_without_complaint_and_without_the_network(
    browser: Browser, faces: Faces
) -> None:
    """Every image is there, and comes from the page or the folder beside it."""
    browser.open(faces.output / "report.html")
    browser.reload()
    assert browser.broken_images() == []
    assert browser.run("return document.images.length") > 40
    assert browser.complaints() == []
    folder = faces.output.as_uri() + "/"
    requests = browser.requests()
    assert folder + "report.html" in requests
    assert all(url.startswith((folder, "data:")) for url in requests), requests


def test_links_lead_to_files(browser: Browser, faces: Faces) -> None:
    """Those of faults and of the pairs that are shown."""
    browser.open(faces.output / "report.html")
    links = browser.run("return [...document.links].map(l => l.href)")
    assert any(link.endswith("/M001/T2/sequence.json") for link in links)
    assert all(Path(link.removeprefix("file://")).is_file() for link in links)


def test_slider_and_keys_step_through_the_pairs(browser: Browser, faces: Faces) -> None:
    """The frame, the flow and the mesh change together, up to the ends."""
    open_player(browser, faces)
    sources = "return [...document.querySelectorAll('.stage img')].map(i => i.getAttribute('src'))"
    assert browser.run(STATE).startswith("001 → 002: longest vector ")
    assert browser.run(STATE).endswith(" px (1 of 5)")
    folder = "./F001/flow_T1/", "./F001/flow_viz_T1/"
    assert browser.run(sources) == [
        folder[0] + "001.jpg",
        folder[1] + "001.png",
        folder[1] + "002_tri.png",
    ]
    from selenium.webdriver.common.keys import Keys

    for key, first in [
        (Keys.ARROW_RIGHT, "002"),
        (Keys.ARROW_RIGHT, "003"),
        (Keys.ARROW_LEFT, "002"),
        (Keys.END, "005"),
        (Keys.ARROW_RIGHT, "005"),
        (Keys.HOME, "001"),
    ]:
        browser.press(key)
        assert browser.run(STATE).startswith(first)
    browser.run("""
        const slider = document.getElementById("player-slider");
        slider.value = 3;
        slider.dispatchEvent(new Event("input"));
    """)
    assert browser.run(sources)[0] == folder[0] + "004.jpg"
    assert browser.broken_images() == []
    browser.run("document.getElementById('player-slider').focus()")
    browser.press(Keys.ARROW_RIGHT)
    assert browser.run(STATE).startswith("005")


def test_play_goes_on_and_pause_stops(browser: Browser, faces: Faces) -> None:
    """By the button and by the space bar."""
    open_player(browser, faces)
    browser.press(" ")
    browser.until(f"{STATE}.startsWith('003')")
    browser.run("document.getElementById('player-play').click()")
    stopped = browser.run(STATE)
    assert browser.run("return document.getElementById('player-play').textContent") == "Play"
    browser.run("document.getElementById('player-forth').click()")
    assert browser.run(STATE) != stopped


def test_another_sequence_can_be_chosen(browser: Browser, faces: Faces) -> None:
    """A pair without flow says so, and shows its frame all the same."""
    open_player(browser, faces)
    options = "return [...document.getElementById('player-sequence').options].map(o => o.text)"
    assert browser.run(options) == ["F001/T1", "F001/T2", "M001/T1", "M001/T2"]
    browser.run("""
        const select = document.getElementById("player-sequence");
        select.value = 3;
        select.dispatchEvent(new Event("change"));
    """)
    browser.run("document.getElementById('player-forth').click()")
    assert browser.run(STATE) == "002 → 003: no flow (2 of 5)"
    shown = "return [...document.querySelectorAll('.stage figure')].map(f => f.className)"
    browser.until(f"return {shown.removeprefix('return ')}.join() === ',missing,missing'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_colour_scheme(browser: Browser, faces: Faces, scheme: str) -> None:
    """Text stands out from the ground by 4.5 to 1 at least, as WCAG 2 asks for."""
    browser.open(faces.output / "report.html", scheme)
    contrasts = browser.run(CONTRASTS)
    assert len(contrasts) > 50
    assert min(contrasts) >= 4.5
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(18, 21, 27)") == (scheme == "dark")


def test_everything_has_a_name_for_those_who_cannot_see(browser: Browser, faces: Faces) -> None:
    """Images, charts and controls."""
    browser.open(faces.output / "report.html")
    assert browser.run(UNNAMED) == 0


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_are_only_names(browser: Browser, tmp_path: Path, name: str) -> None:
    """As subject, sequence and frame, in text, script and addresses."""
    faces = make_faces(tmp_path, [name], [name], [name + "1", name + "2", name + "3"])
    faces.text(name + "3", name, name).write_text("no <b>numbers</b>")
    generate(faces, viz="all")
    page = write_report(faces.output)
    browser.open(page)
    browser.reload()
    assert browser.broken_images() == []
    assert browser.complaints() == []
    assert browser.run("return document.title") == "Flow dataset"
    assert browser.run("return document.scripts.length") == 2
    assert browser.run("return document.querySelectorAll('b, main script:not([type])').length") == 0
    assert "49" not in browser.run("return document.querySelector('#player').textContent")
    assert browser.run("return document.querySelectorAll('.stage img[src]').length") == 3
    links = browser.run("return [...document.links].map(l => l.protocol)")
    assert set(links) == {"file:"}


@pytest.mark.parametrize(
    "options",
    [
        {"direction": "both"},
        {"direction": "both", "from_first": True, "image_format": "png"},
        {"direction": "backward", "stride": 2},
        {"from_first": True, "flow_format": "kitti", "outside": "zero"},
    ],
    ids=str,
)
def test_player_finds_every_picture(
    browser: Browser, tmp_path: Path, options: dict[str, object]
) -> None:
    """However the pairs are made and named."""
    faces = make_faces(tmp_path, frames=["8", "9", "10", "b", "007"])
    total = generate(faces, viz="all", **options)["totals"]["pairs"]["ok"]
    browser.open(write_report(faces.output))
    browser.reload()
    pairs = []
    for _ in range(total):
        assert browser.broken_images() == []
        pairs.append(browser.run(STATE).partition(":")[0])
        browser.run("document.getElementById('player-forth').click()")
    assert len(set(pairs)) == total
    assert browser.complaints() == []
