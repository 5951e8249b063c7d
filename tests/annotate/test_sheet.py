"""The contact sheet, by its pixels: points where they belong, red where something is doubtful."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from faces import moving_face
from hypothesis import given
from hypothesis import strategies as st

from faceflow.annotate.sheet import Tile, chosen_for_sheet, draw_sheet
from faceflow.annotate.thumbnail import draw_thumbnail
from faceflow.types import Image, Landmarks

SIDE = 256
GREY = 128
GOOD = Tile(np.full((480, 640, 3), GREY, np.uint8), "001", moving_face((480, 640)), 0.983, None)
CELL = (SIDE + 64, SIDE + 20)
TITLE = 64


def grey(height: int, width: int) -> Image:
    return np.full((height, width, 3), GREY, np.uint8)


def green(picture: Image) -> np.ndarray:
    """Where a landmark is drawn: much greener than it is blue or red."""
    blue, rest, red = np.moveaxis(picture.astype(int), 2, 0)
    return rest > np.maximum(blue, red) + 60


def red(picture: Image) -> np.ndarray:
    blue, rest, red = np.moveaxis(picture.astype(int), 2, 0)
    return red > np.maximum(blue, rest) + 60


def cell(sheet: Image, row: int, column: int) -> Image:
    """A frame's part of the sheet, with half the gap around it."""
    top, left = TITLE + row * CELL[0], 10 + column * CELL[1]
    return sheet[top : top + CELL[0], left : left + CELL[1]]


def spots(picture: Image) -> list[tuple[float, float]]:
    """The middle of each patch of green, (x, y), from left to right."""
    rows, columns = np.nonzero(green(picture))
    found: list[list[tuple[int, int]]] = []
    for x, y in sorted(zip(columns.tolist(), rows.tolist(), strict=True)):
        near = [spot for spot in found if abs(spot[0][0] - x) < 6 and abs(spot[0][1] - y) < 6]
        if not near:
            near = [[]]
            found += near
        near[0].append((x, y))
    return [tuple(np.mean(spot, axis=0).tolist()) for spot in found]


def test_points_are_drawn_where_they_are_in_the_whole_image() -> None:
    """A face as large as its image, which is scaled by 2.56: ((x + 0.5) 2.56 - 0.5, ...)."""
    points = np.array([[10.0, 20.0], [50.0, 90.0], [90.0, 20.0]])
    found = spots(draw_thumbnail(grey(100, 100), points, SIDE))
    np.testing.assert_allclose(found, (points + 0.5) * 2.56 - 0.5, atol=0.4)


def test_small_face_fills_the_thumbnail() -> None:
    """So that its points can be judged: a margin of 40 % of the face on each side."""
    points = np.array([[300.0, 200.0], [350.0, 220.0], [400.0, 300.0]])
    thumbnail = draw_thumbnail(grey(1000, 2000), points, SIDE)
    assert thumbnail.shape == (SIDE, SIDE, 3)
    scale = SIDE / 181  # 1.8 times the face's 100 pixels, and half a pixel on each side
    corner = points.min(axis=0) - (40, 40)
    np.testing.assert_allclose(spots(thumbnail), (points - corner + 0.5) * scale, atol=1.5)


def test_thumbnail_shows_the_pixels_under_the_points() -> None:
    """The picture is cropped and scaled as its points are."""
    image = grey(600, 800)
    image[250:260, 400:410] = 255
    points = np.array([[360.0, 210.0], [440.0, 210.0], [404.5, 300.0]])
    thumbnail = draw_thumbnail(image, points, SIDE)
    rows, columns = np.nonzero((thumbnail > 200).all(axis=2))
    (left, top), (low, bottom), (right, _) = spots(thumbnail)
    assert left + (right - left) * (44.5 / 80) == pytest.approx(columns.mean(), abs=1)
    assert top + (bottom - top) * (44.5 / 90) == pytest.approx(rows.mean(), abs=1)
    assert low == pytest.approx(columns.mean(), abs=1)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((480, 640), (192, 256)),
        ((640, 480), (256, 192)),
        ((64, 48), (256, 192)),
        ((1, 5000), (1, 256)),
        ((5000, 1), (256, 1)),
        ((1, 1), (256, 256)),
    ],
)
def test_thumbnail_without_landmarks_is_the_whole_image(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    """In its own proportions, whatever they are."""
    thumbnail = draw_thumbnail(grey(*size), None, SIDE)
    assert thumbnail.shape == (*expected, 3)
    assert (thumbnail == GREY).all()


@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    points=st.lists(st.tuples(*[st.floats(-1e8, 1e8) | st.floats(-9, 309)] * 2), min_size=3),
)
def test_any_landmarks_can_be_shown(size: tuple[int, int], points: list) -> None:
    """Also those of a misfit: beside the image, far away, all in one place."""
    image = grey(*size)
    thumbnail = draw_thumbnail(image, np.array(points), SIDE)
    assert max(thumbnail.shape) == SIDE
    assert (image == GREY).all()


def test_doubtful_frames_are_framed_in_red_with_the_reason_under_them() -> None:
    """And no other pixel of the sheet is red."""
    doubtful = GOOD._replace(doubt="low confidence")
    sheet = draw_sheet([GOOD, doubtful, GOOD], "F001/T1: 3 frames, 2 ok, 1 doubtful")
    assert not red(cell(sheet, 0, 0)).any()
    assert not red(cell(sheet, 0, 2)).any()
    marked = red(cell(sheet, 0, 1))
    assert marked.sum() == red(sheet).sum()
    for edge in (marked[8, 6:-6], marked[10 + SIDE + 1, 6:-6]):
        assert edge.all()
    for edge in (marked[6 : SIDE + 14, 8], marked[6 : SIDE + 14, -9]):
        assert edge.all()
    assert not marked[10 : 10 + SIDE, 10 : 10 + SIDE].any()
    assert marked[SIDE + 30 :].any()


def test_points_of_each_frame_are_in_its_own_picture() -> None:
    """As many green spots in the cell as the thumbnail has."""
    bare = GOOD._replace(landmarks=None)
    sheet = draw_sheet([bare, GOOD, bare], "title")
    alone = draw_thumbnail(GOOD.image, GOOD.landmarks, SIDE)
    assert green(cell(sheet, 0, 1)).sum() == green(alone).sum() > 200
    assert green(sheet).sum() == green(alone).sum()


def test_frame_without_image_keeps_its_place() -> None:
    """An unreadable image is an empty square with its name, not a gap in the order."""
    tile = Tile(None, "002", None, None, "unreadable image")
    picture = cell(draw_sheet([GOOD, tile, GOOD], "title"), 0, 1)
    inside = picture[10 : 10 + SIDE, 10 : 10 + SIDE]
    assert (inside[0] == 238).all()
    assert (inside != 238).any()
    assert red(picture).any()


def text_of(tile: Tile) -> Image:
    """What stands under a frame."""
    return cell(draw_sheet([tile], "title"), 0, 0)[10 + SIDE + 4 :]


@pytest.mark.parametrize("name", ["é漢", "two\nlines", "\udcff.v1", "\t\x00"])
def test_names_that_cannot_be_drawn_are_escaped(name: str) -> None:
    """Alike with every version of OpenCV, and not as question marks."""
    escaped = ascii(name)[1:-1]
    np.testing.assert_array_equal(
        text_of(GOOD._replace(name=name)), text_of(GOOD._replace(name=escaped))
    )


@pytest.mark.parametrize("text", ["x" * 255, "漢" * 85, "i" * 3000, " wide WIDE " * 20])
def test_long_names_and_reasons_stay_under_their_picture(text: str) -> None:
    """Their ends are shown, as it is there that frames differ."""
    tile = GOOD._replace(name=text, doubt=text)
    under = text_of(tile)
    assert (under[:, :10] == 255).all()
    assert (under[:, 10 + SIDE + 1 :] == 255).all()
    other = text_of(tile._replace(name=text + "7", doubt=text))
    assert (under != other).any()
    confidence = text_of(tile)[:20, -46:]
    np.testing.assert_array_equal(confidence, text_of(GOOD)[:20, -46:])


def test_unknown_confidence_is_left_out() -> None:
    """That of text files, which would else seem to be 0."""
    unknown = text_of(GOOD._replace(confidence=None))
    assert (unknown[:, 140:] == 255).all()
    assert (text_of(GOOD)[:, 140:] != 255).any()


@pytest.mark.parametrize(("count", "rows", "columns"), [(0, 0, 3), (1, 1, 3), (3, 1, 3),
                                                        (10, 3, 4), (120, 10, 12),
                                                        (130, 11, 12)])  # fmt: skip
def test_sheet_has_bounded_columns(count: int, rows: int, columns: int) -> None:
    """Wide enough for its title, never too wide for a screen that scrolls."""
    tile = Tile(None, "001", None, None, None)
    sheet = draw_sheet([tile] * count, "a title as long as it may be " * 200)
    assert sheet.shape == (TITLE + rows * CELL[0], columns * CELL[1] + 20, 3)
    assert sheet.dtype == np.uint8
    assert (sheet[:TITLE, -10:] == 255).all()
    assert (sheet[:TITLE] != 255).any()


def test_one_image_is_held_at_a_time() -> None:
    """Frames of a long sequence are read as they are drawn."""
    held: list[Image] = []

    def tiles() -> Iterator[Tile]:
        for number in range(5):
            image = grey(300, 300)
            held.append(image)
            yield Tile(image, str(number), None, None, None)
            image[:] = 0  # too late for the sheet, had it waited

    sheet = draw_sheet(tiles(), "title")
    assert all((cell(sheet, 0, column)[20:200, 20:200] == GREY).all() for column in range(3))


@given(st.lists(st.booleans(), max_size=400), st.integers(1, 150))
def test_frames_shown_are_the_doubtful_first(doubtful: list[bool], most: int) -> None:
    """All that there is room for, each once, in order."""
    chosen = chosen_for_sheet(doubtful, most)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(most, len(doubtful))
    assert sum(doubtful[i] for i in chosen) == min(sum(doubtful), most)


@pytest.mark.parametrize("doubt", [False, True])
def test_frames_shown_are_evenly_spaced_from_first_to_last(doubt: bool) -> None:
    """Of too many of one kind."""
    chosen = chosen_for_sheet([doubt] * 1000)
    assert len(chosen) == 120
    assert (chosen[0], chosen[-1]) == (0, 999)
    assert set(np.diff(chosen).tolist()) == {8, 9}


def test_sheet_is_the_same_again() -> None:
    """Whatever was drawn before."""
    points: Landmarks = moving_face((480, 640), seed=1)
    tiles = [GOOD, GOOD._replace(landmarks=points, doubt="leap")]
    np.testing.assert_array_equal(draw_sheet(tiles, "title"), draw_sheet(iter(tiles), "title"))
