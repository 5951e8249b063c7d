"""faceflow.flow_to_image against the Middlebury wheel as its authors wrote it."""

from __future__ import annotations

import numpy as np
import pytest
from fresh_python import run_python

import faceflow as ff
from faceflow.errors import ArrayError

pytestmark = pytest.mark.usefixtures("backend")

UNKNOWN = [np.nan, np.inf, -np.inf, 1e10, -1e10, 1.1e9]


def wheel() -> np.ndarray:
    """(55, 3) colours: red, yellow, green, cyan, blue, magenta and back."""
    colours = []
    full, ramps = 0, [(15, 1, True), (6, 0, False), (4, 2, True), (11, 1, False), (13, 0, True)]
    for hues, channel, rising in [*ramps, (6, 2, False)]:
        for i in range(hues):
            colour = np.zeros(3)
            level = np.floor(255 * i / hues)
            colour[full], colour[channel] = 255, level if rising else 255 - level
            colours.append(colour)
        full = channel if rising else full
    return np.array(colours)


def middlebury(flow: np.ndarray, max_flow: float) -> np.ndarray:
    """`computeColor` of Baker et al. in float64, one pixel at a time."""
    colours = wheel() / 255
    image = np.zeros((*flow.shape[:2], 3), np.uint8)
    for place in np.ndindex(flow.shape[:2]):
        u, v = flow[place].astype(np.float64) + 0.0  # without negative zeros
        if not (abs(u) <= 1e9 and abs(v) <= 1e9):
            continue
        radius = np.hypot(u, v) / max_flow if max_flow else 0.0
        hue = (np.arctan2(-v, -u) / np.pi + 1) / 2 * (len(colours) - 1)
        part = hue - int(hue)
        pure = (1 - part) * colours[int(hue)] + part * colours[(int(hue) + 1) % len(colours)]
        level = 1 - radius * (1 - pure) if radius <= 1 else 0.75 * pure
        image[place] = np.floor(255 * level)
    return image


def test_full_channel_of_the_wheel() -> None:
    """The wheel of this test is the published one: 55 hues, the six corners where they belong."""
    colours = wheel()
    assert colours.shape == (55, 3)
    corners = {0: [255, 0, 0], 15: [255, 255, 0], 21: [0, 255, 0], 25: [0, 255, 255]}
    corners |= {36: [0, 0, 255], 49: [255, 0, 255]}
    for index, colour in corners.items():
        assert colours[index].tolist() == colour


@pytest.mark.parametrize("max_flow", [0.5, 4.0, 100.0])
def test_fixed_scale(max_flow: float) -> None:
    """Within one level of Middlebury, shorter and longer than the scale."""
    rng = np.random.default_rng(12)
    flow = (rng.normal(size=(60, 70, 2)) * 4).astype(np.float32)
    flow[rng.random((60, 70)) < 0.1] = np.nan
    # Where length and scale are equal but for rounding, either side of the jump is right.
    length = np.linalg.norm(flow.astype(float), axis=-1)
    flow[np.abs(length - max_flow) < 1e-5 * max_flow] = 0
    found = ff.flow_to_image(flow, max_flow=max_flow).astype(int)
    assert np.abs(found - middlebury(flow, max_flow)).max() <= 1


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e8])
def test_own_scale(scale: float) -> None:
    """Without a scale the field's longest vector has full saturation."""
    flow = (np.random.default_rng(13).normal(size=(40, 50, 2)) * scale).astype(np.float32)
    flow[3, 4], flow[5, 6] = np.nan, 1e10
    length = np.linalg.norm(flow.astype(float), axis=-1)
    longest = length[length < 1e9].max()
    found = ff.flow_to_image(flow).astype(int)
    expected = middlebury(flow, longest * (1 + 1e-6))
    shorter = ~(np.abs(length - longest) < 1e-5 * longest)
    assert np.abs(found - expected)[shorter].max() <= 1


def test_each_direction() -> None:
    """Every degree of the circle, the axes and signed zeros among them."""
    angle = np.radians(np.arange(360.0))
    flow = np.stack([np.cos(angle), np.sin(angle)], axis=-1)[None]
    axes = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, -0.0], [-1, -0.0], [-0.0, 1], [-0.0, -1]]
    flow = np.concatenate([flow, np.array(axes)[None]], axis=1).astype(np.float32)
    found = ff.flow_to_image(flow, max_flow=1.25).astype(int)
    assert np.abs(found - middlebury(flow, 1.25)).max() <= 1


def test_longest_vector_is_not_darkened() -> None:
    """A field of one vector shows it at full saturation, of which one channel is always 255."""
    flow = np.random.default_rng(24).normal(size=(300, 1, 1, 2)).astype(np.float32) * 5
    assert {int(ff.flow_to_image(field).max()) for field in flow} == {255}


@pytest.mark.parametrize("max_flow", [1e-38, 1e-40, 1e-300])
def test_tiny_scale(backend: str, max_flow: float) -> None:
    """However small the scale, what moves is dark and what does not is white."""
    code = "import numpy, faceflow; flow = numpy.float32([[[5, 0], [1e9, 0], [0, 0]]]);"
    code += f"print(faceflow.flow_to_image(flow, max_flow={max_flow}).tolist())"
    done = run_python(code, FACEFLOW_BACKEND=backend)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[[[191, 0, 0], [191, 0, 0], [255, 255, 255]]]\n"


def test_one_scale_compares() -> None:
    """Under one scale equal vectors have equal colours, whatever else is in the field."""
    a = np.zeros((2, 2, 2), np.float32)
    a[0, 0] = 1, 2
    b = a.copy()
    b[1, 1] = 50, 0
    same = [ff.flow_to_image(field, max_flow=10)[0, 0].tolist() for field in (a, b)]
    own = [ff.flow_to_image(field)[0, 0].tolist() for field in (a, b)]
    assert same[0] == same[1]
    assert own[0] != own[1]


@pytest.mark.parametrize("max_flow", [None, 3.0])
def test_unknown_is_black_and_rest_white(max_flow: float | None) -> None:
    """A pixel with an unknown component is black, one that does not move white."""
    flow = np.zeros((3, len(UNKNOWN), 2), np.float32)
    flow[0, :, 0] = UNKNOWN
    flow[1, :, 1] = UNKNOWN
    image = ff.flow_to_image(flow, max_flow)
    assert (image[:2] == 0).all()
    assert (image[2] == 255).all()
    assert (ff.flow_to_image(flow[:2], max_flow) == 0).all()


def test_out_and_views() -> None:
    """`out` is written and returned; a view of any strides is taken."""
    flow = np.random.default_rng(14).normal(size=(8, 9, 2)).astype(np.float32)
    image = np.full((8, 9, 3), 7, np.uint8)
    assert ff.flow_to_image(flow, 2.0, out=image) is image
    np.testing.assert_array_equal(ff.flow_to_image(np.asfortranarray(flow), 2.0), image)
    np.testing.assert_array_equal(ff.flow_to_image(flow[::-1], 2.0), image[::-1])


FLOW = np.zeros((4, 5, 2), np.float32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FLOW.astype(float),), r"flow is \(4, 5, 2\) float64, \(H, W, 2\) float32 is taken"),
        ((FLOW[..., 0],), r"flow is \(4, 5\) float32"),
        ((np.zeros((4, 5, 3), np.float32),), r"flow is \(4, 5, 3\) float32"),
        ((FLOW[:0],), r"flow is \(0, 5, 2\) float32"),
        ((FLOW.tolist(),), "flow is a list"),
        ((FLOW, 0), "max_flow is 0, a positive number of pixels is taken"),
        ((FLOW, -1.0), "max_flow is -1.0"),
        ((FLOW, np.nan), "max_flow is nan"),
        ((FLOW, np.inf), "max_flow is inf"),
    ],
)
def test_refused(arguments: tuple[object, ...], message: str) -> None:
    """What is not taken is named."""
    with pytest.raises(ArrayError, match=message):
        ff.flow_to_image(*arguments)


@pytest.mark.parametrize("out", [np.zeros((4, 5, 3)), np.zeros((5, 4, 3), np.uint8)])
def test_wrong_out_is_refused(out: np.ndarray) -> None:
    """`out` has the field's size and is 8 bit."""
    with pytest.raises(ArrayError, match=r"out is .*\(4, 5, 3\) uint8"):
        ff.flow_to_image(FLOW, out=out)
