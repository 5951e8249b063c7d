"""The page of an evaluation: what it says, and how large it may become."""

from __future__ import annotations

import copy
import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation import evaluate
from faces import Faces

from faceflow.dataset.reader import Names, Sample
from faceflow.errors import FrameError
from faceflow.evaluate.gallery import MOST_PICTURES, chosen_pairs
from faceflow.evaluate.options import EvaluationOptions
from faceflow.evaluate.page import write_page
from faceflow.evaluate.page_tables import MOST_ROWS
from faceflow.evaluate.run import Evaluation, Look
from faceflow.types import Flow

METHODS = ("zero", "dis", "landmarks")


@pytest.fixture(scope="module")
def measured(
    moving_faces: Faces, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Evaluation]:
    """Results of three methods, one of them the ground truth itself."""
    data, out = moving_faces.output, tmp_path_factory.mktemp("results") / "out"
    results = evaluate(data, out, *METHODS, versus="zero")
    return results, Evaluation(EvaluationOptions(data, METHODS, versus="zero"))


def page_of(results: dict[str, Any], look: Look, tmp_path: Path, images: bool = True) -> str:
    path = tmp_path / "report.html"
    write_page(results, look, path, images)
    return path.read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """What stands on the page, in one line."""
    without_scripts = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", without_scripts)))


def rows_of(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading; what is bold ends with a star."""
    table = page[page.index(f">{heading}</h") :].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [
        [text_of(text).strip() + "*" * (" best" in kind) for kind, text in row] for row in cells
    ]


def test_figures_of_all_pixels_are_those_of_the_results(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """The least of each is bold; the ground truth competes on the images only."""
    results, evaluation = measured
    header, *rows = rows_of(page_of(results, evaluation.look, tmp_path), "All pixels")
    assert header[2:] == [
        *("EPE, px", "median", "90 %", "99 %", "AAE, °"),
        *("> 1 px, %", "> 3 px, %", "> 5 px, %", "Fl, %", "Photometric", "ms a pair"),
    ]
    assert [row[0] for row in rows] == ["zero", "dis", "landmarks (the ground truth)"]
    for method, row in zip(METHODS, rows, strict=True):
        stats = results["results"][method]["all"]
        assert float(row[2].rstrip("*")) == pytest.approx(stats["epe"], rel=0.01)
        assert float(row[11].rstrip("*")) == pytest.approx(stats["photometric"], abs=0.01)
    assert [row[2].endswith("*") for row in rows] == [False, True, False]
    photometric = [results["results"][method]["all"]["photometric"] for method in METHODS]
    assert np.argmin(photometric) == [row[11].endswith("*") for row in rows].index(True)


def test_groups_have_every_metric_and_every_method(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """By size of motion, region, subject and sequence, in natural order."""
    results, evaluation = measured
    page = page_of(results, evaluation.look, tmp_path)
    for heading, key, names in [
        ("Subjects", "by_subject", ["F001", "M002"]),
        ("Sequences", "by_sequence", ["F001/T1", "F001/T2", "M002/T1", "M002/T2"]),
    ]:
        header, *rows = rows_of(page, heading)
        assert header[2:] == list(METHODS)
        assert [row[0] for row in rows] == names
        for row in rows:
            stats = results["results"]["dis"][key][row[0]]
            epe, aae, fl, photometric = (float(part) for part in row[3].split())
            assert epe == pytest.approx(stats["epe"], rel=0.01)
            assert aae == pytest.approx(stats["aae"], abs=0.01)
            assert fl == pytest.approx(stats["fl"], abs=0.01)
            assert photometric == pytest.approx(stats["photometric"], abs=0.01)
    assert sum(float(row[1].rstrip(" %")) for row in rows_of(page, "Subjects")[1:]) == 100
    assert "brows" in text_of(page)
    assert "0.5 to 1 px" in text_of(page)


def test_differences_say_which_method_is_better(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """Less error beside the one that it is compared with, where its interval is below 0."""
    results, evaluation = measured
    page = page_of(results, evaluation.look, tmp_path)
    beside = page[page.index("Beside zero") :]
    difference = results["results"]["dis"]["difference"]["epe"]
    assert difference["high"] < 0
    verdict, mean = re.findall(r'<strong class="(\w+)">([^<]*)</strong>', beside)[0]
    assert verdict == "better"
    assert float(mean) == pytest.approx(difference["mean"], rel=0.01)


def test_each_method_has_its_best_and_worst_pair_shown(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """With what every other method makes of it; the ground truth has no column of its own."""
    results, evaluation = measured
    page = page_of(results, evaluation.look, tmp_path)
    for method in ("zero", "dis"):
        for kind in ("best", "median", "worst"):
            subject, sequence, first, second = results["results"][method]["examples"][kind][0]
            plate = page[page.index(f"<h3>{subject}/{sequence}  {first} → {second}</h3>") :]
            assert f"{kind} of {method}" in plate.partition("</p>")[0]
    alts = re.findall(r'<img [^>]*alt="([^",]*), ', page)
    shown = len(chosen_pairs(results))
    kinds = ["first frame", "second frame", "ground truth", "flow of dis", "error of dis"]
    assert {kind: alts.count(kind) for kind in kinds} == dict.fromkeys(kinds, shown)
    assert "flow of landmarks" not in alts


def test_pictures_of_a_pair_have_one_scale(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """That of the longest true vector where the ground truth is valid, whatever methods find."""
    results, evaluation = measured
    names = next(iter(chosen_pairs(results)))
    sample, _ = evaluation.look("zero", names)
    longest = np.hypot(*np.moveaxis(sample.flow[sample.valid], 1, 0)).max()
    page = page_of(results, evaluation.look, tmp_path)
    plate = page[page.index('class="card plate"') :].partition("</article>")[0]
    (full,) = re.findall(r"full colour: ([0-9.]+) px", plate)
    assert float(full) == pytest.approx(longest, rel=0.01)


def test_same_results_give_the_same_bytes_without_faces_too(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """A page without images has no frame, and says so; flow, errors and figures stay."""
    results, evaluation = measured
    page = page_of(results, evaluation.look, tmp_path)
    assert page_of(results, evaluation.look, tmp_path) == page
    page = page_of(results, evaluation.look, tmp_path, images=False)
    assert "it shows no face" in text_of(page)
    captions = set(re.findall(r'<img [^>]*alt="([^",:]*)', page))
    assert captions == {"Colour wheel", "ground truth"} | {
        f"{what} of {method}" for what in ("flow", "error") for method in ("zero", "dis")
    }


def test_method_that_fails_is_told_and_the_others_are_shown(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """Whatever it raises, and where no pair can be read."""
    results, evaluation = measured

    def failing(method: str, names: tuple[str, str, str, str]) -> tuple[Sample, Flow]:
        if method == "dis":
            raise ValueError("out of <memory>")
        return evaluation.look(method, names)

    page = page_of(results, failing, tmp_path)
    shown = len(chosen_pairs(results))
    assert page.count("out of &lt;memory&gt;") == shown
    assert page.count('alt="flow of zero') == shown

    def unreadable(_: str, names: tuple[str, str, str, str]) -> tuple[Sample, Flow]:
        raise FrameError("unreadable_image", f"{names[2]}.png cannot be read: gone")

    page = page_of(results, unreadable, tmp_path)
    assert page.count("gone</p>") == 2 * shown
    assert 'alt="ground truth' not in page


def test_what_has_no_value_is_a_dash(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """A method that failed on every pair has no figures, and wins nothing."""
    results = copy.deepcopy(measured[0])
    dead = results["results"]["dis"]
    nothing = {key: 0 if key == "pixels" else None for key in dead["all"]}
    dead |= {"pairs": 0, "failed": 12, "seconds": None, "all": nothing, "difference": None}
    for key in ("by_magnitude", "by_region", "by_subject", "by_sequence"):
        dead[key] = {}
    dead["confidence"] = dict.fromkeys(dead["confidence"])
    dead["examples"] = {kind: [] for kind in dead["examples"]}
    dead["histogram"] = {
        key: {**h, "counts": [0] * len(h["counts"])} for key, h in dead["histogram"].items()
    }
    results["notes"] = ["dis was scored on 0 of 12 pairs"]
    page = page_of(results, measured[1].look, tmp_path)
    assert rows_of(page, "All pixels")[2] == ["dis", "0", *["-"] * 11]
    assert "dis was scored on 0 of 12 pairs" in text_of(page)


def test_large_dataset_gives_a_small_page(
    measured: tuple[dict[str, Any], Evaluation], tmp_path: Path
) -> None:
    """Ten methods, thousands of subjects: the worst have rows, the page stays under 6 MB."""
    results = copy.deepcopy(measured[0])
    known = results["results"].pop("dis")
    methods = [f"method {number}" for number in range(10)]
    subjects = [f"S{number}" for number in range(3000)]
    stats = known["by_subject"]["F001"]
    known["by_subject"] = {s: {**stats, "epe": k / 100} for k, s in enumerate(subjects)}
    known["by_sequence"] = {f"{s}/T": stats for s in subjects}
    known["difference"] = None
    results |= {"methods": methods, "versus": None}
    results["results"] = {}
    for number, method in enumerate(methods):
        own = copy.deepcopy(known)
        own["examples"] = {
            kind: [[f"{kind}{number}", "T", str(k), "b"] for k in range(3)]
            for kind in ("best", "median", "worst")
        }
        results["results"][method] = own
    sample, flow = measured[1].look(
        "dis", Names(*measured[0]["results"]["dis"]["examples"]["best"][0])
    )
    page = page_of(results, lambda *_: (sample, flow), tmp_path)
    assert len(page) < 6e6
    rows = rows_of(page, "Subjects")[1:]
    assert [row[0] for row in rows] == subjects[-MOST_ROWS:]
    assert f"{3000 - MOST_ROWS:,} more, whose largest error is less" in text_of(page)
    assert 30 < page.count("<img ") <= MOST_PICTURES + 1
    assert all(page.count(f"worst of {method}") for method in methods)
