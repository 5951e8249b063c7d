"""report.html: what it says, and how large it may become."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from faces import make_faces
from fake_dataset import made, numbered_pairs, write_dataset_json, write_sequence
from fresh_python import peak_memory
from generation import generate, tree

from faceflow.dataset.records import FrameRecord, PairRecord
from faceflow.errors import DatasetError
from faceflow.report import players
from faceflow.report.page import write_report

MEASURE = """
from pathlib import Path
from faceflow.report.page import write_report
write_report(Path({!r}))
"""


def page_of(root: Path, images: bool = True) -> str:
    return write_report(root, images).read_text(encoding="utf-8")


def text_of(page: str) -> str:
    """What stands on the page, in one line."""
    without_scripts = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", without_scripts))


def player_data(page: str) -> dict[str, object]:
    data = re.search(r'<script type="application/json" id="player-data">(.*?)</script>', page)
    assert data is not None
    fields: dict[str, object] = json.loads(data[1])
    return fields


def test_same_dataset_gives_the_same_bytes(tmp_path: Path) -> None:
    """And nothing else is written."""
    faces = make_faces(tmp_path, ["F001", "M001"], frames=5)
    generate(faces, viz="all")
    before = tree(faces.output)
    page = page_of(faces.output)
    assert page_of(faces.output) == page
    assert tree(faces.output) == {**before, "report.html": page.encode()}


def test_totals_options_and_versions_are_told(tmp_path: Path) -> None:
    """As the records and dataset.json have them."""
    write_dataset_json(tmp_path)
    skipped = PairRecord("0004", "0005", "skipped", "degenerate", "one line")
    write_sequence(tmp_path, "F001", "T1", [*numbered_pairs(3), skipped])
    write_sequence(tmp_path, "F001", "T2", numbered_pairs(2))
    text = text_of(page_of(tmp_path))
    for words in ("1 subjects", "2 sequences", "8 frames", "5 pairs with flow", "1 pairs skipped"):
        assert words in text
    assert "flow format flo" in text
    assert "masks no" in text
    assert "faceflow 0.1.0" in text


def test_faults_are_counted_by_reason_and_lead_to_their_records(tmp_path: Path) -> None:
    """The first sequences of each, and how many more."""
    write_dataset_json(tmp_path, problems={"F9/T9": "two images have one stem"})
    bad = FrameRecord("0002", "failed", "truncated_image", "cut short")
    lost = PairRecord("0001", "0002", "failed", "truncated_image", "frame 0002")
    for number in range(25):
        frames = [FrameRecord("0001"), bad]
        write_sequence(tmp_path, f"S{number}", "T#1", [lost], frames)
    page = page_of(tmp_path)
    assert "truncated_image failed 25 25 S0/T#1 , S1/T#1 , S2/T#1" in text_of(page)
    assert "S19/T#1 and 5 more" in text_of(page)
    assert 'href="./S19/T%231/sequence.json"' in page
    assert "F9/T9: two images have one stem" in text_of(page)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{", ""),
        ('"0001"', '"../0001"'),
        ('"0001"', '"\\ud800"'),
        ('"max_px": 2.0', '"max_px": "2"'),
        ('"max_px": 2.0', '"max_px": NaN'),
        ('"flipped": 0', '"flipped": null'),
    ],
)
def test_damaged_records_are_named_and_passed_over(tmp_path: Path, old: str, new: str) -> None:
    """The others are told all the same."""
    write_dataset_json(tmp_path)
    path = write_sequence(tmp_path, "F001", "T1", numbered_pairs(2))
    path.write_text(path.read_text().replace(old, new))
    write_sequence(tmp_path, "F001", "T2", numbered_pairs(3))
    text = text_of(page_of(tmp_path))
    assert "1 records cannot be read" in text
    assert str(path) in text
    assert "3 pairs with flow" in text


def test_files_that_are_not_there_are_told_with_their_pair(tmp_path: Path) -> None:
    """Its numbers stay."""
    write_dataset_json(tmp_path)
    write_sequence(tmp_path, "F001", "T1", numbered_pairs(1, longest=7.5))
    text = text_of(page_of(tmp_path))
    assert "0001.flo cannot be read: No such file or directory" in text
    assert "longest 7.50 px" in text


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    """And nothing is written."""
    with pytest.raises(DatasetError, match=r"dataset\.json cannot be read"):
        write_report(tmp_path)
    write_dataset_json(tmp_path, configuration={"flow_format": "mpeg"})
    with pytest.raises(DatasetError, match="flow format 'mpeg'"):
        write_report(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_empty_dataset_has_a_page(tmp_path: Path) -> None:
    """As after a run whose every sequence was a problem."""
    write_dataset_json(tmp_path, totals=None)
    text = text_of(page_of(tmp_path))
    assert "0 sequences" in text
    assert "has not finished" in text


def test_worst_pairs_come_first(tmp_path: Path) -> None:
    """Those that fold most, then those that jump furthest; each once."""
    write_dataset_json(tmp_path)
    odd = {3: {"flipped": 5}, 7: {"longest": 90.0}, 9: {"flipped": 8}, 11: {"longest": 95.0}}
    pairs = [made(f"{i:04}", f"{i + 1:04}", **odd.get(i, {})) for i in range(40)]
    write_sequence(tmp_path, "F001", "T1", pairs)
    titles = re.findall(r"<h3>F001/T1\s+(\d+) → \d+</h3>", page_of(tmp_path))
    assert titles[:4] == ["0009", "0003", "0011", "0007"]
    assert len(titles) == len(set(titles)) == 24


def test_without_images_there_is_no_face(tmp_path: Path) -> None:
    """No frame, mesh, warped frame or player; flow, numbers and a word about it."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces, viz="all")
    page = page_of(faces.output, images=False)
    assert "it shows no face" in text_of(page)
    captions = set(re.findall(r'<img [^>]*alt="([^",:]*)', page))
    assert captions == {"Colour wheel", "flow"}
    assert "<script" not in page
    assert ".jpg" not in page


def test_scale_of_the_pictures_is_told_where_it_is_recorded(tmp_path: Path) -> None:
    """Fixed, each its own, or not known."""
    faces = make_faces(tmp_path, frames=3)
    generate(faces, viz="flow", max_flow=4.0)
    path = faces.output / "dataset.json"
    facts = json.loads(path.read_text())
    for pictures, words in [
        ({"viz": "flow", "max_flow": 4.0}, "Full colour is 4 px in every picture"),
        ({"viz": "flow", "max_flow": None}, "Each picture has a scale of its own"),
        (None, "It was not recorded which length full colour is"),
    ]:
        path.write_text(json.dumps({**facts, "pictures": pictures}))
        assert words in text_of(page_of(faces.output))


def test_many_subjects_are_summed_beyond_forty(tmp_path: Path) -> None:
    """Those that move most have lines of their own, in natural order."""
    write_dataset_json(tmp_path)
    for number in range(50):
        write_sequence(tmp_path, f"S{number}", "T", numbered_pairs(1, mean=1 + number / 100))
    page = page_of(tmp_path)
    names = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert names == [*(f"S{i}" for i in range(10, 50)), "10 others, which move less"]


def test_large_dataset_gives_a_small_page_in_little_memory(tmp_path: Path) -> None:
    """3,000 sequences of 100 frames, all with pictures: under 4 MB, and 64 MiB to make it."""
    for name, subjects in (("small", 1), ("large", 100)):
        root = tmp_path / name
        write_dataset_json(root)
        source = write_sequence(root, "S00", "T00", numbered_pairs(99, mean=1.234, longest=56.78))
        record = source.read_bytes()
        for subject in range(subjects):
            for sequence in range(30):
                folder = root / f"S{subject:02}" / f"T{sequence:02}"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "sequence.json").write_bytes(record)
                pictures = folder.with_name(f"flow_viz_{folder.name}")
                pictures.mkdir()
                (pictures / "0001.png").touch()
    small, large = (peak_memory(MEASURE.format(str(tmp_path / n))) for n in ("small", "large"))
    assert large - small < 64 * 2**20
    page = (tmp_path / "large" / "report.html").read_text(encoding="utf-8")
    assert len(page) < 4_000_000
    assert "3,000 sequences" in text_of(page)
    assert len(player_data(page)["sequences"]) == 3000  # type: ignore[arg-type]


def test_players_beyond_what_fits_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sequences have one."""
    monkeypatch.setattr(players, "MOST_BYTES", 400)
    faces = make_faces(tmp_path, sequences=["T1", "T2", "T3"])
    generate(faces, viz="flow")
    page = page_of(faces.output)
    assert len(player_data(page)["sequences"]) == 2  # type: ignore[arg-type]
    assert "The first 2 sequences with pictures can be played here; 1 more" in text_of(page)
