"""Draw docs/face-network.jpg: flow and error of DIS and of the face network on a deformed face.

`face_picture.py OUT.jpg`. The picture is scikit-image's astronaut (Eileen Collins, NASA, public
domain), who is in no training data, deformed by plane waves and bumps, with noise in both frames.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from judging import other_shot, waves_and_bumps

import faceflow as ff
from faceflow.images import encode_image

TOP, LEFT, SIDE = 34, 128, 192
SHOWN = 256  # px of a tile
FULL_ERROR = 0.5  # px
SPACE, TITLE = 8, 26


def main() -> None:
    rng = np.random.default_rng(4)
    second = np.ascontiguousarray(skimage.data.astronaut())
    H, W = second.shape[:2]
    true = waves_and_bumps(rng, second.shape, 2.0)
    places = np.stack(np.meshgrid(np.arange(W), np.arange(H)), axis=-1).astype(np.float32) + true
    first = cv2.remap(second, places[..., 0], places[..., 1], cv2.INTER_LANCZOS4)
    first, second = other_shot(rng, first), other_shot(rng, second)
    seen = slice(TOP, TOP + SIDE), slice(LEFT, LEFT + SIDE)
    longest = float(np.hypot(*true[seen].transpose(2, 0, 1)).max())
    tiles = [("first frame", first[seen]), ("true flow", ff.flow_to_image(true[seen], longest))]
    for name, called in (("dis", "DIS"), ("face", "face network")):
        flow = ff.estimate_flow(first, second, method=name)[seen]
        error = np.hypot(*(flow - true[seen]).transpose(2, 0, 1))
        tiles.append((called, ff.flow_to_image(flow, longest)))
        tiles.append((f"error {error.mean():.2f} px", heat(error)))
    picture = np.hstack([tile(title, image) for title, image in tiles])
    Path(sys.argv[1]).write_bytes(encode_image(np.ascontiguousarray(picture[..., ::-1]), ".jpg"))


def heat(error: np.ndarray) -> np.ndarray:
    """Errors as colours, the brightest from `FULL_ERROR` on."""
    levels = np.clip(255 * error / FULL_ERROR, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]


def tile(title: str, image: np.ndarray) -> np.ndarray:
    """A picture with its title above, on white."""
    whole = np.full((SHOWN + TITLE, SHOWN + SPACE, 3), 255, np.uint8)
    size = SHOWN, SHOWN
    whole[TITLE:, :SHOWN] = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    return cv2.putText(
        whole, title, (2, TITLE - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA
    )


if __name__ == "__main__":
    main()
