"""What is compared, found by what people type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from plugins import forget_plugins, install_plugins

import faceflow as ff
from faceflow.dataset.reader import Names, Sample
from faceflow.errors import ConfigError, FlowFileError
from faceflow.evaluate.methods import open_method
from faceflow.evaluate.protocol import make_view
from faceflow.methods.external import FlowFolder
from faceflow.methods.registry import open_estimator

SIZE = (40, 60)
PLACES = {
    "files tree": "F001/flow_T1/0001.flo",
    "one folder": "F001_T1_0001.flo",
    "flownet3": "F001_T1_0001/flow[0].fwd.flo",
}


def sample() -> Sample:
    frames = np.random.default_rng(0).integers(0, 256, (2, *SIZE, 3)).astype(np.uint8)
    flow = np.full((*SIZE, 2), (1, 2), np.float32)
    points = np.array([[9.0, 9.0], [50.0, 9.0], [30.0, 35.0]])
    landmarks = np.stack([points, np.add(points, (2, 1))])
    names = Names("F001", "T1", "0001", "0002")
    return Sample(frames, flow, np.ones(SIZE, bool), landmarks, names)


def flow_of(text: str, negated: bool = False) -> np.ndarray:
    """What a method finds in the sample."""
    whole = sample()
    found = open_method(text, negated).flow(make_view("source", whole), whole, "0001")
    assert found is not None
    return found.flow


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = install_plugins(tmp_path / "site")
    monkeypatch.syspath_prepend(folder)
    forget_plugins()
    yield folder
    forget_plugins()


@pytest.mark.parametrize("place", PLACES)
def test_flow_of_other_programs_is_found(tmp_path: Path, place: str) -> None:
    """In each arrangement that there is, by the names of the pair."""
    path = tmp_path / PLACES[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    field = np.random.default_rng(1).normal(size=(*SIZE, 2)).astype(np.float32)
    ff.write_flow(path, field)
    np.testing.assert_array_equal(flow_of(f"flo:{tmp_path}"), field)
    np.testing.assert_array_equal(flow_of(f"flo:{tmp_path}", negated=True), -field)


def test_fields_of_another_size_are_resized_with_their_vectors(tmp_path: Path) -> None:
    """And it is known that they were."""
    ff.write_flow(tmp_path / "F001_T1_0001.flo", np.full((20, 20, 2), 1, np.float32))
    whole = sample()
    found = open_method(f"flo:{tmp_path}").flow(make_view("source", whole), whole, "0001")
    assert found is not None
    assert found.resized
    np.testing.assert_allclose(found.flow, np.full((*SIZE, 2), (3, 2)), rtol=1e-6)


def test_a_pair_without_a_file_has_none(tmp_path: Path) -> None:
    """Which is no error of a program."""
    whole = sample()
    found = open_method(f"flo:{tmp_path}").flow(make_view("source", whole), whole, "0001")
    assert found is None


@pytest.mark.parametrize("name", ["..", "../other", "a/b", "/etc", "", "a\0b"])
def test_names_do_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Records may be anyone's."""
    folder = tmp_path / "flows"
    (folder / "flow_T1").mkdir(parents=True)
    for path in (tmp_path / "0001.flo", tmp_path / "flow_T1" / "0001.flo"):
        path.parent.mkdir(exist_ok=True)
        ff.write_flow(path, np.zeros((*SIZE, 2), np.float32))
    flows = FlowFolder(folder)
    assert flows.find(name, "T1", "0001") is None
    assert flows.find("F001", name, "0001") is None
    assert flows.find("F001", "T1", name) is None


def test_damaged_files_are_errors(tmp_path: Path) -> None:
    """Of their own, in one line."""
    (tmp_path / "F001_T1_0001.flo").write_bytes(b"PIEH")
    with pytest.raises(FlowFileError, match=r"F001_T1_0001\.flo is cut short"):
        flow_of(f"flo:{tmp_path}")


def test_labels_are_the_flow_itself() -> None:
    """To the bit."""
    np.testing.assert_array_equal(flow_of("landmarks"), sample().flow)


def test_estimators_of_other_packages_are_found(plugins: Path) -> None:
    """By the name of their entry point; what follows the colon is theirs."""
    assert not flow_of("raft").any()
    assert not flow_of(f"raft:{plugins}").any()


def test_an_estimator_that_asks_for_landmarks_is_given_them(plugins: Path) -> None:
    """Those of both frames."""
    np.testing.assert_array_equal(flow_of("pointed"), np.full((*SIZE, 2), (2, 1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("liteflow", "there is no 'liteflow' among zero, farneback, dis"),
        ("dis:fast", "dis needs nothing after its name"),
        ("flo", "flo needs a folder"),
        ("flo:", "flo needs a folder"),
        ("flo:none", "flo:none: there is no such folder"),
        ("landmarks:x", "landmarks needs nothing after its name"),
        ("raft:none", "method 'raft:none' cannot be used: FileNotFoundError: no weights in none"),
        ("none", "other_flow:none gave a NoneType, a function of two frames is taken"),
    ],
)
def test_what_is_no_method_is_refused(
    plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    """With its name, what is wrong with it and what is taken."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        open_method(text)
    assert message in str(caught.value)


def test_other_packages_are_named_among_those_taken(plugins: Path) -> None:
    """So that one sees whether one's own is installed."""
    with pytest.raises(ConfigError, match="raft"):
        open_estimator("liteflow")


def test_all_that_is_taken_is_named(plugins: Path) -> None:
    """The dataset's own flow and other programs' files too, which are no estimators."""
    with pytest.raises(ConfigError, match=r"deepflow, .*raft, .*landmarks, flo:DIR$"):
        open_method("liteflow")


def test_a_result_of_another_shape_is_refused(plugins: Path) -> None:
    """Before it is compared with anything."""
    with pytest.raises(ValueError, match=r"it gave \(2, 40, 60\) float32, \(40, 60, 2\) float32"):
        flow_of("wrong")
