"""Which frames make pairs."""

from __future__ import annotations

import pytest

from faceflow.generate.pairs import pair_names

FRAMES = ["a", "b", "c", "d", "e"]


def pairs(**options: object) -> str:
    return " ".join(p.first + p.second for p in pair_names(FRAMES, **options))


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
def test_pairs_are_those_the_options_name(options: dict[str, object], expected: str) -> None:
    """In order of time, each backward pair after its forward one."""
    assert pairs(**options) == expected


@pytest.mark.parametrize("frames", [[], ["a"]])
def test_too_few_frames_make_no_pair(frames: list[str]) -> None:
    """A sequence of one frame has no flow, and is no error."""
    assert pair_names(frames, direction="both") == []


def test_backward_pairs_know_that_they_are() -> None:
    """Their files are named so."""
    both = pair_names(["a", "b"], direction="both")
    assert [pair.backward for pair in both] == [False, True]
