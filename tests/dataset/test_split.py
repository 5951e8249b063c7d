"""Sharing subjects out, and what is left on disk."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from faces import make_faces
from generation import OF_RUN, generate, tree
from hypothesis import given
from hypothesis import strategies as st

import faceflow as ff
from faceflow.dataset import split
from faceflow.dataset.log import claimed
from faceflow.dataset.share import share_out
from faceflow.dataset.split import SplitOptions, split_dataset
from faceflow.errors import ConfigError, DatasetError

SIZES = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 500), min_size=3)


def flat(**options: object) -> SplitOptions:
    return SplitOptions((0.5, 0.25, 0.25), flat=True, **options)  # type: ignore[arg-type]


@given(sizes=SIZES, seed=st.integers(0, 2**40))
def test_every_subject_is_in_one_part_and_no_part_is_empty(
    sizes: dict[str, int], seed: int
) -> None:
    """In whatever order they are told."""
    parts = share_out(sizes, (0.8, 0.1, 0.1), seed)
    assert set(parts) == set(sizes)
    assert set(parts.values()) == {0, 1, 2}
    assert share_out(dict(reversed(sizes.items())), (0.8, 0.1, 0.1), seed) == parts


@pytest.mark.parametrize("seed", range(20))
def test_parts_come_close_to_the_fractions(seed: int) -> None:
    """Within one percent of 41 subjects of most uneven sizes, and large ones are in each part."""
    sizes = {f"S{i}": 40 + i * i for i in range(41)}
    parts = share_out(sizes, (0.8, 0.1, 0.1), seed)
    got: Counter[int] = Counter()
    for subject, part in parts.items():
        got[part] += sizes[subject]
    shares = [got[part] / got.total() for part in range(3)]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.01)
    largest = sorted(sizes, key=lambda subject: -sizes[subject])[:20]
    assert {parts[subject] for subject in largest} == {0, 1, 2}


def test_seeds_differ() -> None:
    """The same seed gives the same split on every machine, another one another."""
    sizes = {f"S{i}": 100 for i in range(30)}
    splits = [tuple(sorted(share_out(sizes, (0.8, 0.1, 0.1), seed).items())) for seed in range(5)]
    assert len(set(splits)) == 5
    test = [name for name, part in share_out(sizes, (0.8, 0.1, 0.1)).items() if part == 2]
    assert sorted(test) == ["S13", "S15", "S17"]


def test_part_of_no_share_gets_nothing() -> None:
    """Then two subjects are enough."""
    assert set(share_out({"a": 1, "b": 2}, (0.5, 0.5, 0)).values()) == {0, 1}


@pytest.mark.parametrize(
    "fractions", [(0.8, 0.2), (0.8, 0.1, 0.2), (1.2, -0.1, -0.1), (float("nan"), 0, 1)]
)
def test_what_are_no_shares_is_refused(fractions: tuple[float, ...]) -> None:
    """Three of them, that sum to 1."""
    with pytest.raises(ConfigError, match="--fractions"):
        SplitOptions(fractions)


def test_lists_hold_every_pair_once(tmp_path: Path) -> None:
    """Under the names that open_dataset gives, pairs without flow left out."""
    faces = make_faces(tmp_path, ["A", "B", "C", "D"], ["T 1", "T2"], 4)
    faces.text("002", "B", "T2").unlink()
    generate(faces, direction="both")
    summary = split_dataset(faces.output, SplitOptions((0.5, 0.25, 0.25)))
    folder = faces.output / "splits"
    assert {path.name for path in folder.iterdir()} == {
        *("train.txt", "val.txt", "test.txt", "splits.json")
    }
    lines = [
        line for part in split.PARTS for line in (folder / f"{part}.txt").read_text().split("\n")
    ]
    names = [tuple(line.split("\t")) for line in lines if line]
    samples = [tuple(sample.names) for sample in ff.open_dataset(faces.output)]
    assert sorted(names) == sorted(samples)
    assert len(names) == 44
    parts = summary["parts"]
    assert sum(part["pairs"] for part in parts.values()) == 44
    assert sorted(s for part in parts.values() for s in part["subjects"]) == ["A", "B", "C", "D"]


def test_same_split_has_the_same_bytes(tmp_path: Path) -> None:
    """A second one needs to be asked for."""
    faces = make_faces(tmp_path, ["A", "B", "C"])
    generate(faces)
    split_dataset(faces.output, flat())
    before = tree(faces.output)
    with pytest.raises(ConfigError, match="--overwrite"):
        split_dataset(faces.output, flat())
    split_dataset(faces.output, flat(), overwrite=True)
    assert tree(faces.output) == before


def test_awkward_names_can_be_told_apart(tmp_path: Path) -> None:
    """A line stays a line, and bytes stay bytes."""
    subjects = ["two\nlines", "tab\tand\\", os.fsdecode(b"\xff")]
    faces = make_faces(tmp_path, subjects, ["T"], 2)
    generate(faces)
    split_dataset(faces.output, flat())
    folder = faces.output / "splits"
    lines = b"".join((folder / f"{part}.txt").read_bytes() for part in split.PARTS)
    assert sorted(lines.splitlines()) == [
        b"tab\\tand\\\\\tT\t001\t002",
        b"two\\nlines\tT\t001\t002",
        b"\xff\tT\t001\t002",
    ]
    assert len(list(folder.glob("*/*.flo"))) == 3


@pytest.mark.parametrize("links", ["hard", "symbolic", "none"])
def test_flat_folders_hold_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: str
) -> None:
    """Under the reference system's names, by whatever link the file system has."""

    def refused(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    if links != "hard":
        monkeypatch.setattr(Path, "hardlink_to", refused)
    if links == "none":
        monkeypatch.setattr(Path, "symlink_to", refused)
    faces = make_faces(tmp_path, ["A", "B", "C"], frames=3)
    generate(faces, outside="zero")
    split_dataset(faces.output, flat())
    files = {path.name: path for path in (faces.output / "splits").glob("*/*")}
    wanted = (
        "001.jpg",
        "002.jpg",
        "003.jpg",
        "001.flo",
        "002.flo",
        "001_valid.png",
        "002_valid.png",
    )
    assert set(files) == {f"{subject}_T1_{name}" for subject in "ABC" for name in wanted}
    source = faces.output / "B" / "flow_T1" / "002.flo"
    assert files["B_T1_002.flo"].read_bytes() == source.read_bytes()
    assert files["B_T1_002.flo"].is_symlink() == (links == "symbolic")
    assert files["B_T1_002.flo"].samefile(source) == (links != "none")


def test_flat_names_that_collide_are_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    faces = make_faces(tmp_path, ["a", "a_b", "c"], ["b_c", "c"], 2)
    generate(faces)
    before = tree(faces.output)
    with pytest.raises(ConfigError, match=r"a/b_c from a_b/c|a/flow_b_c from a_b/flow_c"):
        split_dataset(faces.output, flat())
    assert tree(faces.output) == before
    split_dataset(faces.output, SplitOptions())


def test_file_that_is_gone_leaves_the_split_as_it_was(tmp_path: Path) -> None:
    """All or nothing, and no rubbish."""
    faces = make_faces(tmp_path, ["A", "B", "C"])
    generate(faces)
    split_dataset(faces.output, SplitOptions())
    (faces.output / "C" / "flow_T1" / "002.flo").unlink()
    before = tree(faces.output)
    with pytest.raises(DatasetError, match=r"002\.flo is not there"):
        split_dataset(faces.output, flat(), overwrite=True)
    assert tree(faces.output) == before
    assert {path.name for path in faces.output.glob(".*")} <= OF_RUN


def test_split_that_cannot_take_its_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the system refuses the second of two renames."""
    faces = make_faces(tmp_path, ["A", "B", "C"])
    generate(faces)
    split_dataset(faces.output, SplitOptions())
    before = tree(faces.output)
    replace, calls = Path.replace, []

    def refuse_second(self: Path, target: Path) -> Path:
        if target.name == split.FOLDER and not calls:
            calls.append(target)
            raise OSError(5, "Input/output error")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse_second)
    with pytest.raises(OSError, match="Input/output error"):
        split_dataset(faces.output, SplitOptions(seed=1), overwrite=True)
    assert calls
    assert tree(faces.output) == before


@pytest.mark.parametrize(
    ("subjects", "said"),
    [(["A", "B"], "2 subjects with flow"), (["A", "B", "splits"], "is something else; it stays")],
)
def test_what_cannot_be_split_is_refused(tmp_path: Path, subjects: list[str], said: str) -> None:
    """In one line, and nothing is written."""
    faces = make_faces(tmp_path, subjects)
    generate(faces)
    before = tree(faces.output)
    with pytest.raises(ConfigError, match=said):
        split_dataset(faces.output, SplitOptions(), overwrite=True)
    assert tree(faces.output) == before


def test_dataset_in_use_is_left_alone(tmp_path: Path) -> None:
    """A run may be making it."""
    faces = make_faces(tmp_path, ["A", "B", "C"])
    generate(faces)
    with claimed(faces.output), pytest.raises(ConfigError, match="in use"):
        split_dataset(faces.output, SplitOptions())


def test_what_is_no_dataset_stays_as_it_is(tmp_path: Path) -> None:
    """No folder is made."""
    with pytest.raises(DatasetError):
        split_dataset(tmp_path / "none", SplitOptions())
    assert list(tmp_path.iterdir()) == []
