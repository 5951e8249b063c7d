"""Which frames make pairs."""

from __future__ import annotations

from typing import Any

import pytest

from faceflow.generate.pairs import Pairing

FRAMES = "abcde"


def pairs(frames: int = 5, **options: Any) -> str:
    pairing = Pairing(**options)
    made = [pair for late in range(frames) for pair in pairing.ending_at(late)]
    return " ".join(FRAMES[first] + FRAMES[second] for first, second in made)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "ab bc cd de"),
        ({"stride": 2}, "ac bd ce"),
        ({"stride": 5}, ""),
        ({"from_first": True}, "ab ac ad ae"),
        ({"from_first": True, "stride": 2}, "ac ae"),
        ({"direction": "backward"}, "ba cb dc ed"),
        ({"direction": "both", "stride": 3}, "ad da be eb"),
        ({"direction": "both", "from_first": True, "stride": 2}, "ac ca ae ea"),
    ],
)
def test_pairs_are_those_the_options_name(options: dict[str, Any], expected: str) -> None:
    """In order of time, each backward pair after its forward one; as many as are counted."""
    assert pairs(**options) == expected
    for frames in range(6):
        assert Pairing(**options).count(frames) == len(pairs(min(frames, 5), **options).split())


@pytest.mark.parametrize("frames", [0, 1])
def test_too_few_frames_make_no_pair(frames: int) -> None:
    """A sequence of one frame has no flow, and is no error."""
    assert pairs(frames, direction="both") == ""


@pytest.mark.parametrize("options", [{}, {"stride": 3}, {"from_first": True, "stride": 2}])
@pytest.mark.parametrize("direction", ["forward", "both"])
def test_frames_for_a_number_of_pairs_are_as_few_as_can_be(
    options: dict[str, Any], direction: str
) -> None:
    """--limit leaves out the frames that no pair needs."""
    pairing = Pairing(**options, direction=direction)
    assert pairing.frames_for(0) == 0
    for wanted in range(1, 9):
        frames = pairing.frames_for(wanted)
        assert pairing.count(frames) >= wanted > pairing.count(frames - 1)
