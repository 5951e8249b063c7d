"""Pictures inside a page."""

from __future__ import annotations

import base64
from typing import NamedTuple

import numpy as np

from faceflow.errors import ArrayError
from faceflow.flow.colour import flow_to_image
from faceflow.images import encode_image, resize_image
from faceflow.opencv import cv2
from faceflow.types import Flow, Image, Mask

_QUALITY = 82
_WHEEL_SIDE = 96


class Picture(NamedTuple):
    """An image inside the page."""

    address: str
    """A ``data:`` address."""

    caption: str
    width: int
    height: int


def inside(image: Image, caption: str, longest: int | None = None) -> Picture:
    """An image as part of the page.

    Parameters
    ----------
    image
        (H, W, 3) uint8 blue-green-red, or (H, W) grey.
    caption
        What it shows.
    longest
        Its longer side is made this long, as JPEG; by default it stays as it is, as PNG.
    """
    if longest is None:
        data, kind = encode_image(image, ".png"), "png"
    else:
        height, width = image.shape[:2]
        scale = min(longest / max(height, width), 1)
        image = resize_image(image, (max(round(height * scale), 1), max(round(width * scale), 1)))
        data, kind = _jpeg(image), "jpeg"
    address = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return Picture(address, caption, image.shape[1], image.shape[0])


def flow_picture(flow: Flow, max_flow: float | None) -> Image:
    """`flow_to_image`, blue-green-red."""
    return np.ascontiguousarray(flow_to_image(flow, max_flow)[..., ::-1])


def wheel() -> Picture:
    """The colours of directions and lengths: the middle is no motion, the rim full colour."""
    disc, within = wheel_image(_WHEEL_SIDE)
    opacity = np.where(within, 255, 0).astype(np.uint8)
    done, data = cv2.imencode(".png", np.dstack([disc, opacity]))
    if not done:
        raise ArrayError("the wheel cannot be encoded")
    address = f"data:image/png;base64,{base64.b64encode(data.tobytes()).decode()}"
    caption = "Colour wheel: hue is the direction of motion, saturation its length"
    return Picture(address, caption, _WHEEL_SIDE, _WHEEL_SIDE)


def wheel_image(side: int) -> tuple[Image, Mask]:
    """The wheel as an image, (side, side, 3) uint8 blue-green-red, and which pixels are of it."""
    reach = np.linspace(-1, 1, side, dtype=np.float32)
    x, y = np.meshgrid(reach, reach)
    return flow_picture(np.stack([x, y], axis=2), 1.0), np.hypot(x, y) <= 1


def _jpeg(image: Image) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ArrayError(f"image {image.shape} cannot be encoded as .jpg")
    return bytes(data)
