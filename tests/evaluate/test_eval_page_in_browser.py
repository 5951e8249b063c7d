"""The page of an evaluation, and of a comparison, as people meet them: opened in a browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from browser import HEIGHT, WIDTH, Browser
from command import run
from evaluation import evaluate, make_dataset
from faces import Faces
from page_checks import CONTRASTS, UNNAMED

from faceflow.evaluate.gallery import chosen_pairs
from faceflow.evaluate.options import EvaluationOptions
from faceflow.evaluate.page import write_page
from faceflow.evaluate.run import Evaluation

METHODS = ("zero", "dis")
SHOWN = (
    "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility()).length"
)
HOSTILE = [
    "<script>document.title = 'taken'<",
    '"><img src=x onerror="document.title=1">',
    "two\nlines {{ 7 * 7 }}{% raw %}",
    os.fsdecode(b"\xff\xfe"),
]


@pytest.fixture(scope="module")
def out(moving_faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command leaves; one method has flow of some pairs only."""
    root, faces = tmp_path_factory.mktemp("faces"), moving_faces
    files = root / "files"
    (files / "F001").mkdir(parents=True)
    (files / "F001" / "flow_T1").symlink_to(faces.output / "F001" / "flow_T1")
    words = [part for name in (*METHODS, f"flo:{files}") for part in ("--method", name)]
    ended = run("faceflow-eval", faces.output, root / "out", *words, "--versus", "zero")
    assert ended.code == 1, ended.err  # as files are missing
    return root / "out"


@pytest.fixture
def narrow(browser: Browser) -> Any:
    """A window as wide as a telephone."""
    size = {"width": 400, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "width": WIDTH})


def test_page_loads_without_complaint_and_without_the_network(browser: Browser, out: Path) -> None:
    """Every image and chart is there, named for those who cannot see, and comes from the page."""
    page = out / "report.html"
    browser.open(page)
    browser.reload()
    assert browser.broken_images() == []
    assert browser.complaints() == []
    assert all(url.startswith(("data:", page.as_uri())) for url in browser.requests())
    assert browser.run("return document.title") == "Evaluation on dataset"
    assert browser.run("return document.querySelectorAll('svg polyline.curve').length") == 4 * 2
    assert browser.run("return document.querySelectorAll('svg circle').length") == 2
    assert browser.run("return document.images.length") > 40
    assert browser.run(UNNAMED) == 0
    notices = browser.run("return document.querySelector('header .notice').textContent")
    assert "scored on 3 of 12 pairs" in notices


def test_groups_show_the_metric_that_is_chosen(browser: Browser, out: Path) -> None:
    """The end-point error first; one at a time, without a script of the page's own."""
    browser.open(out / "report.html")
    cells = browser.run("return document.querySelectorAll('.groups td .epe').length")
    assert cells > 20
    for metric in ("epe", "aae", "fl", "photometric"):
        browser.run(f"document.querySelector('label[for=show-{metric}]').click()")
        shown = {key: browser.run(SHOWN, f".groups td .{key}") for key in ("epe", "aae", "fl")}
        assert shown == {key: cells if key == metric else 0 for key in shown}
    assert browser.run(SHOWN, ".groups td .photometric") == cells
    assert browser.run("return document.scripts.length") == 0


def test_arrows_are_shown_on_request(browser: Browser, out: Path) -> None:
    """Over the ground truth and every method's flow; with the keyboard, too."""
    browser.open(out / "report.html")
    assert browser.run(SHOWN, ".arrows") == 0
    browser.run("document.getElementById('show-arrows').focus()")
    browser.press(" ")
    drawn = browser.run("return document.querySelectorAll('.drawn img').length")
    assert browser.run(SHOWN, ".arrows") == drawn > 10
    apart = browser.run("""
        const edges = (element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          return [left, top, right, bottom];
        };
        return Math.max(...[...document.querySelectorAll(".drawn")].flatMap((drawn) => {
          const [image, arrows] = ["img", "svg"].map((what) => edges(drawn.querySelector(what)));
          return image.map((edge, k) => Math.abs(edge - arrows[k]));
        }));
    """)
    assert apart <= 1.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_colour_scheme(browser: Browser, out: Path, scheme: str) -> None:
    """Text stands out from the ground by 4.5 to 1 at least, as WCAG 2 asks for."""
    browser.open(out / "report.html", scheme)
    contrasts = browser.run(CONTRASTS)
    assert len(contrasts) > 100
    assert min(contrasts) >= 4.5


@pytest.mark.usefixtures("narrow")
def test_page_fits_a_narrow_window(browser: Browser, out: Path) -> None:
    """Only tables scroll, each in its own card."""
    browser.open(out / "report.html")
    assert browser.run("return innerWidth") == 400
    assert browser.run("return document.documentElement.scrollWidth") <= 400
    sizes = browser.run("return [...document.querySelectorAll('.lineup img')].map(i => i.width)")
    assert min(sizes) > 120


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_hostile_names_are_only_names(browser: Browser, tmp_path: Path, name: str) -> None:
    """As subject and sequence, and in what a method says."""
    faces = make_dataset(tmp_path, [name], [name], 3)
    results = evaluate(faces.output, tmp_path / "out", *METHODS)
    evaluation = Evaluation(EvaluationOptions(faces.output, METHODS))

    def failing(method: str, names: tuple[str, str, str, str]) -> Any:
        if method == "dis":
            raise ValueError(name)
        return evaluation.look(method, names)

    page = tmp_path / "page.html"
    write_page(results, failing, page, images=True)
    browser.open(page)
    browser.reload()
    assert browser.broken_images() == []
    assert browser.complaints() == []
    assert browser.run("return document.title") == "Evaluation on dataset"
    assert browser.run("return document.scripts.length") == 0
    assert browser.run(SHOWN, "article .notice") == len(chosen_pairs(results))
    assert "49" not in browser.run("return document.querySelector('article').textContent")


def test_comparison_of_two_files_can_be_looked_at(browser: Browser, tmp_path: Path) -> None:
    """Three pictures, arrows on request, nothing from elsewhere, and it fits a narrow window."""
    faces = make_dataset(tmp_path, ["F001"], ["T1"], 3)
    folder = faces.output / "F001" / "flow_T1"
    words = folder / "001.flo", folder / "002.flo", "--out", tmp_path / "page.html"
    assert run("faceflow", "compare", *words).code == 0
    browser.open(tmp_path / "page.html")
    browser.reload()
    assert browser.broken_images() == []
    assert browser.complaints() == []
    assert browser.run("return document.title") == "001.flo beside 002.flo"
    assert browser.run(SHOWN, ".views img") == 3
    assert browser.run(SHOWN, ".arrows") == 0
    browser.run("document.querySelector('label[for=show-arrows]').click()")
    assert browser.run(SHOWN, ".arrows") == 2
    assert browser.run(UNNAMED) == 0
    assert browser.run("return document.body.scrollWidth <= innerWidth")
    assert min(browser.run(CONTRASTS)) >= 4.5
