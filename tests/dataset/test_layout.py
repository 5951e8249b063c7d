"""Names of files: two things never have one name."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from faceflow.dataset.layout import PairName, SequenceLayout
from faceflow.generate.pairs import Pairing

FRAMES = ["1", "2", "3", "4", "5"]


def shown(path: Path) -> str:
    return path.relative_to("out").as_posix()


def test_files_lie_where_the_reference_system_put_them() -> None:
    """Scripts written for the reference system find images, flow, pictures and landmarks."""
    layout = SequenceLayout(Path("out"), "F001", "T1")
    pair = PairName("0001", "0002")
    assert shown(layout.image("0002")) == "F001/flow_T1/0002.jpg"
    assert shown(layout.flow(pair)) == "F001/flow_T1/0001.flo"
    assert shown(layout.valid(pair)) == "F001/flow_T1/0001_valid.png"
    assert shown(layout.flow_picture(pair)) == "F001/flow_viz_T1/0001.png"
    assert shown(layout.mesh_picture(pair)) == "F001/flow_viz_T1/0002_tri.png"
    assert shown(layout.landmarks("0002")) == "F001/T1/0002.csv"
    assert shown(layout.record) == "F001/T1/sequence.json"


@pytest.mark.parametrize(
    ("flow_format", "name"), [("flo", "1.flo"), ("kitti", "1_flow.png"), ("npz", "1.npz")]
)
def test_flow_format_shows_in_the_name(flow_format: str, name: str) -> None:
    """A reader goes by the name alone."""
    layout = SequenceLayout(Path("out"), "S", "T", flow_format)
    assert layout.flow(PairName("1", "2")).name == name


def test_backward_flow_is_named_after_the_earlier_frame() -> None:
    """Forward and backward flow of two frames stand side by side."""
    layout = SequenceLayout(Path("out"), "S", "T")
    backward = PairName("2", "1", backward=True)
    assert layout.flow(backward).name == "1_backward.flo"
    assert layout.valid(backward).name == "1_backward_valid.png"


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("from_first", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
def test_no_two_files_of_a_sequence_have_one_name(
    direction: str, from_first: bool, stride: int
) -> None:
    """Whatever the pairs, formats and pictures: nothing is written over."""
    pairing = Pairing(stride, from_first, direction)
    numbers = [pair for late in range(len(FRAMES)) for pair in pairing.ending_at(late)]
    pairs = [PairName(FRAMES[a], FRAMES[b], b < a, from_first) for a, b in numbers]
    assert len(pairs) >= 2
    for flow_format, image_format in itertools.product(("flo", "kitti", "npz"), ("jpg", "png")):
        layout = SequenceLayout(Path("out"), "S", "T", flow_format, image_format)
        paths = [layout.image(frame) for frame in FRAMES]
        paths += [layout.landmarks(frame) for frame in FRAMES]
        for pair in pairs:
            paths += [layout.flow(pair), layout.valid(pair)]
            paths += [layout.flow_picture(pair), layout.mesh_picture(pair)]
        assert len(set(paths)) == len(paths)
