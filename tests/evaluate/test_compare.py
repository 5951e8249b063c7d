"""faceflow compare: a flow file beside the ground truth."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import run
from faces import SIZE, make_faces, write_image
from generation import generate

import faceflow as ff
from faceflow.evaluate.compare import compare_files
from faceflow.evaluate.compare_page import write_comparison
from faceflow.images import read_image

NAME = "a<b> #1" + os.fsdecode(b"\xff") + ".flo"


@pytest.fixture
def fields(tmp_path: Path) -> tuple[Path, Path]:
    """A true field with vectors of every size, unknown in places, and a prediction of it."""
    random = np.random.default_rng(0)
    truth = (random.normal(size=(*SIZE, 2)) * random.choice([0.2, 1, 6], SIZE)[..., None]).astype(
        np.float32
    )
    predicted = truth + random.normal(size=truth.shape).astype(np.float32) * 2
    truth[:9, :5] = np.nan
    ff.write_flow(tmp_path / "a.flo", predicted)
    ff.write_flow(tmp_path / "b.flo", truth)
    return tmp_path / "a.flo", tmp_path / "b.flo"


def compared(a: Path, b: Path, **options: Any) -> dict[str, Any]:
    return compare_files(a, b, **options).as_json()


def test_figures_are_those_of_a_loop_over_the_pixels(fields: tuple[Path, Path]) -> None:
    """Each one, for all pixels and for each size of true motion."""
    predicted, truth = (ff.read_flow(path).astype(np.float64) for path in fields)
    found = compared(*fields)
    rows: dict[str, list[tuple[float, float, float]]] = {"all": []}
    for p, g in zip(predicted.reshape(-1, 2), truth.reshape(-1, 2), strict=True):
        if not np.isfinite(g).all():
            continue
        a, b = np.append(p, 1), np.append(g, 1)
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        size = np.linalg.norm(g)
        row = (np.linalg.norm(p - g), np.degrees(np.arccos(min(cosine, 1))), size)
        rows["all"].append(row)
        ends = {"0-0.5": 0.5, "0.5-1": 1, "1-2": 2, "2-5": 5, "5-": np.inf}
        rows.setdefault(next(name for name, end in ends.items() if size < end), []).append(row)
    assert len(rows) == 6
    for name, group in rows.items():
        stats = found["all"] if name == "all" else found["by_magnitude"][name]
        epe, aae, size = np.array(group).T
        assert stats["pixels"] == len(group)
        assert stats["epe"] == pytest.approx(epe.mean(), abs=2**-20)
        assert stats["aae"] == pytest.approx(aae.mean(), abs=1e-5)
        for limit in (1, 3, 5):
            assert stats[f"over_{limit}"] == pytest.approx(100 * (epe > limit).mean())
        assert stats["fl"] == pytest.approx(100 * ((epe > 3) & (epe > 0.05 * size)).mean())
        for share, key in ((0.5, "epe_median"), (0.9, "epe_p90"), (0.99, "epe_p99")):
            ordered = np.sort(epe)
            place = min(int(np.ceil(share * len(epe))) - 1, len(epe) - 1)
            assert stats[key] == pytest.approx(ordered[place], rel=1 / 64)


def test_a_field_has_no_error_beside_itself(fields: tuple[Path, Path]) -> None:
    """Exactly none, in every figure; unknown pixels do not count."""
    facts = compared(fields[1], fields[1])
    assert facts["unknown"] == 0
    assert {value for key, value in facts["all"].items() if key != "pixels"} == {0.0}
    assert facts["all"]["pixels"] == SIZE[0] * SIZE[1] - 9 * 5


@pytest.mark.parametrize("suffix", ["_flow.png", ".npz", ".pfm"])
def test_formats_can_be_mixed(fields: tuple[Path, Path], tmp_path: Path, suffix: str) -> None:
    """A field in another format differs by what the format rounds."""
    other = tmp_path / f"other{suffix}"
    ff.write_flow(other, ff.read_flow(fields[1]))
    facts = compared(other, fields[1])
    assert facts["all"]["epe"] < 0.02
    assert facts["unknown"] == 0


def test_only_pixels_that_count_are_measured(fields: tuple[Path, Path], tmp_path: Path) -> None:
    """Neither those that a mask leaves out, nor those that the prediction knows nothing of."""
    a, b = fields
    predicted = ff.read_flow(a)
    predicted[20:30, 8:] = np.nan
    ff.write_flow(a, predicted)
    mask = np.zeros(SIZE, np.uint8)
    mask[10:40, :] = 1
    write_image(tmp_path / "mask.png", mask)
    facts = compared(a, b, valid=tmp_path / "mask.png")
    valid = (mask > 0) & np.isfinite(predicted[..., 0])
    assert facts["all"]["pixels"] == valid.sum()
    assert facts["unknown"] == 10 * (SIZE[1] - 8)
    wanted = ff.endpoint_error(predicted, ff.read_flow(b), valid)
    assert facts["all"]["epe"] == pytest.approx(wanted, abs=2**-20)
    out = tmp_path / "c.html"
    words = a, b, "--valid", tmp_path / "mask.png", "--out", out
    ended = run("faceflow", "compare", *words)
    assert ended.code == 0
    assert "A is unknown at 400 pixels" in ended.complaint()
    assert "unknown at 400 pixels" in out.read_text(encoding="utf-8")
    ended = run("faceflow", "compare", *words, "--json")
    assert json.loads(ended.out) == {"written": str(out), **facts}


@pytest.mark.parametrize(("word", "signs"), [("a", (-1, 1)), ("b", (1, -1)), ("both", (-1, -1))])
def test_negated_files_are_turned(
    fields: tuple[Path, Path], word: str, signs: tuple[int, int]
) -> None:
    """The first, the second, or both, as the reference system wrote them."""
    wanted = compared(*fields)
    for path, sign in zip(fields, signs, strict=True):
        ff.write_flow(path, ff.read_flow(path) * np.float32(sign))
    assert compared(*fields, negated=word) == wanted


def test_masks_of_a_dataset_are_used(tmp_path: Path) -> None:
    """Zeros outside of the face are no ground truth."""
    faces = make_faces(tmp_path, frames=2)
    generate(faces, outside="zero")
    path = faces.output / "F001" / "flow_T1" / "001.flo"
    valid = read_image(path.with_name("001_valid.png"))[..., 0] > 0
    facts = compared(path, path)
    assert facts["all"]["pixels"] == valid.sum() < valid.size


def test_page_is_in_the_current_folder_and_complete_in_itself(
    fields: tuple[Path, Path], tmp_path: Path
) -> None:
    """Its path and the figures are printed; whatever the files are called."""
    a, b = fields
    hostile = tmp_path / NAME
    a.rename(hostile)
    ended = run("faceflow", "compare", hostile, b, cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    page = (tmp_path / f"{hostile.stem}_compare.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([a-z]*:)', page)) == {"data:"}
    assert "a&lt;b&gt; #1\\udcff" in page
    header, *rows, path = ended.out.splitlines()
    assert header.split()[:3] == ["pixels", "EPE,", "px"]
    assert [row.split()[0] for row in rows] == ["all", "0", "0.5", "1", "2", "5"]
    assert path.endswith("_compare.html'")


def test_picture_has_fields_and_error_in_one_scale(
    fields: tuple[Path, Path], tmp_path: Path
) -> None:
    """That of the longest true vector; where nothing counts, the error is black."""
    out = tmp_path / "c.png"
    write_comparison(compare_files(*fields), out)
    sheet = read_image(out)
    tiles = [sheet[:, left : left + 384] for left in (6, 402, 798)]
    truth = ff.read_flow(fields[1])
    full = float(np.nanmax(np.hypot(truth[..., 0], truth[..., 1])))
    for tile, path in zip(tiles, fields, strict=False):
        colours = ff.flow_to_image(ff.read_flow(path), full)[..., ::-1]
        assert (tile[36 : 36 + 8 * SIZE[0] : 8, ::8] == colours).all()
    unknown = slice(36, 36 + 8 * 9), slice(0, 8 * 5)
    assert not tiles[2][unknown].any()
    assert tiles[2][36 + 8 * 9 : 36 + 8 * SIZE[0]].any(axis=2).all()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.flo", "b.flo"], 2, "A none.flo is not there"),
        (["a.flo", "none.flo"], 2, "B none.flo is not there"),
        (["a.flo", "b.flo", "--valid", "none.png"], 2, "--valid none.png is not there"),
        (["a.flo", "small.flo"], 2, "A is 64x48 (HxW), B 3x4 (HxW)"),
        (["a.flo", "b.flo", "--valid", "small.png"], 2, "--valid is 3x4 (HxW), the flow 64x48"),
        (["a.flo", "b.flo", "--negated", "c"], 2, "--negated c is not taken: a, b, both are"),
        (["a.flo", "b.flo", "--out", "a.jpg"], 2, "--out a.jpg is not taken"),
        (["text.flo", "b.flo"], 1, "text.flo"),
        (["a.flo", "text.txt"], 1, "a flow file has one of .flo"),
        (["a.flo", "b.flo", "--valid", "text.txt"], 1, "text.txt cannot be read"),
        (["far.flo", "b.flo"], 1, "up to 65536 px are taken"),
        (["a.flo"], 2, "B"),
    ],
    ids=str,
)
def test_what_cannot_be_compared_is_one_line(
    fields: tuple[Path, Path], tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    """Nothing is written."""
    for name in ("text.flo", "text.txt"):
        (tmp_path / name).write_text("no flow")
    ff.write_flow(tmp_path / "small.flo", np.zeros((3, 4, 2), np.float32))
    ff.write_flow(tmp_path / "far.flo", np.full((*SIZE, 2), 1e6, np.float32))
    write_image(tmp_path / "small.png", np.zeros((3, 4), np.uint8))
    before = sorted(tmp_path.iterdir())
    ended = run("faceflow", "compare", *words, cwd=tmp_path)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.complaint()
    assert sorted(tmp_path.iterdir()) == before


def test_fields_without_a_pixel_in_common_have_no_figures(tmp_path: Path) -> None:
    """Not 0, and no failure: null in JSON, a dash on the page."""
    half = np.zeros((*SIZE, 2), np.float32)
    half[:32] = np.nan
    ff.write_flow(tmp_path / "a.flo", half)
    ff.write_flow(tmp_path / "b.flo", half[::-1])
    comparison = compare_files(tmp_path / "a.flo", tmp_path / "b.flo")
    write_comparison(comparison, tmp_path / "c.html")
    facts = comparison.as_json()
    assert facts["all"]["pixels"] == 0
    assert facts["all"]["epe"] is None
    assert "Nothing to show" in (tmp_path / "c.html").read_text(encoding="utf-8")
