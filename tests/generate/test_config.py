"""Options check themselves, and say which of them define the data."""

from __future__ import annotations

import math

import pytest

from faceflow.errors import ConfigError
from faceflow.generate.config import CHOICES, GenerateConfig, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("512x384", (512, 384)), ("1X1", (1, 1)), ("32766x007", (32766, 7)), ("source", None)],
)
def test_sizes_are_height_by_width(text: str, size: tuple[int, int] | None) -> None:
    """Rows first, as in code."""
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "512", "512x", "x384", "0x4", "4x0", "-4x4", "4.5x4", "4x4x4", "5 x5"),
        *("32767x1", "99999999999x1", "\u0664x\u0664", "Source"),
    ],
)
def test_other_sizes_are_refused(text: str) -> None:
    """The message repeats what was given and names what is taken."""
    with pytest.raises(ConfigError, match=r"--size .* is not taken: ") as caught:
        parse_size(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("option", sorted(CHOICES))
def test_each_choice_takes_its_words_only(option: str) -> None:
    """A misspelt word is refused by name, with the words that are taken."""
    for word in CHOICES[option]:
        assert getattr(GenerateConfig(**{option: word}), option) == word
    with pytest.raises(ConfigError) as caught:
        GenerateConfig(**{option: "bogus"})
    shown = option.replace("_", "-")
    taken = ", ".join(CHOICES[option])
    assert str(caught.value) == f"--{shown} 'bogus' is not taken: {taken} are"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("stride", 0), ("stride", -1), ("max_flow", 0.0), ("max_flow", -1.0)),
        *(("max_flow", math.nan), ("max_flow", math.inf)),
    ],
)
def test_numbers_out_of_range_are_refused(option: str, value: float) -> None:
    """A stride of 0 would pair a frame with itself."""
    with pytest.raises(ConfigError, match=f"--{option.replace('_', '-')} .* is not taken"):
        GenerateConfig(**{option: value})


def test_pictures_do_not_define_the_data() -> None:
    """They can be added to a dataset that is there; what changes the data cannot."""
    plain = GenerateConfig()
    assert GenerateConfig(viz="all", max_flow=3.0).defining() == plain.defining()
    others = {"size": None, "triangulation": "each", "outside": "nan", "flow_format": "npz"}
    others |= {"image_format": "png", "masks": True, "stride": 2, "from_first": True}
    others |= {"direction": "both", "quality": True, "min_quality": 0.5}
    for option, value in others.items():
        assert GenerateConfig(**{option: value}).defining() != plain.defining()
