"""Pairs of frames with known flow, made up by chance; and real pairs, without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from faceflow.flow.synthesis import synthesize
from faceflow.learn.data.deformation import (
    compose,
    deform_points,
    pixel_grid,
    sample_field,
    similarity_field,
    smooth_field,
)
from faceflow.learn.data.drawn import DrawnPair, draw_pair
from faceflow.learn.data.index import Pairs
from faceflow.opencv import cv2
from faceflow.types import AnyArray, Flow, Image, Landmarks, Mask

MARGIN = 32
"""px around what the network sees, for DIS to look at."""

_RENDERED, _BACKGROUND, _IN_FRONT, _STILL = 0.62, 0.08, 0.1, 0.04
_DEFORMED, _BACKWARD = 0.4, 0.3
_FACES, _REAL_FACES = (90.0, 270.0), (120.0, 260.0)  # px that a face is made wide
_TYPICAL_FACE = 160.0
_LEAST_SCALE, _MOST_SCALE, _MOST_REAL_SCALE = 0.55, 2.0, 1.4
_OUTSIDE, _NOWHERE, _LEAVING = 0.2, 0.4, 0.3  # weights of pixels
_INTERPOLATIONS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
_STRIDES = (1, 2, 4, 8)
_ALIASING = 0.75
"""Below this scale a picture is made smaller by area first: sampled between few pixels, what is
finer than the new grid would alias."""

_FURTHEST = 2**14  # px, that OpenCV draws at


class Scene(NamedTuple):
    """Two frames, larger than what the network sees, and what is known of their flow."""

    frames: tuple[Image, Image]
    """Blue-green-red."""
    flow: Flow | None
    """None where the frames are real."""
    weights: AnyArray
    """(side, side) float32: how much each pixel counts."""


class Crop(NamedTuple):
    """Affine map from a source image to the square that is drawn."""

    matrix: AnyArray
    """(2, 3) float64."""
    scale: float
    side: int

    @classmethod
    def at(cls, middle: AnyArray, scale: float, degrees: float, mirror: bool, side: int) -> Crop:
        """Put a place of the source image in the middle of the square."""
        turn = np.radians(degrees)
        across, down = scale * np.cos(turn), scale * np.sin(turn)
        sign = -1 if mirror else 1
        linear = np.array([[across * sign, -down], [down * sign, across]])
        shift = (side - 1) / 2 - linear @ middle
        return cls(np.hstack([linear, shift[:, None]]), scale, side)

    def points(self, landmarks: Landmarks) -> Landmarks:
        """Landmarks (N, 2) in pixels of the square."""
        moved: Landmarks = landmarks @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved

    def draw(self, image: Image, displacement: Flow | None, interpolation: int) -> Image:
        """Draw the image as it is seen, each pixel p from p + displacement(p)."""
        matrix, border = self.matrix, cv2.BORDER_REFLECT_101
        if self.scale < _ALIASING:
            h, w = image.shape[:2]
            size = max(round(w * self.scale), 1), max(round(h * self.scale), 1)
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
            x, y = w / size[0], h / size[1]
            matrix = matrix @ [[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]]
        square = self.side, self.side
        if displacement is None:
            drawn = cv2.warpAffine(image, matrix, square, flags=interpolation, borderMode=border)
        else:
            back = cv2.invertAffineTransform(matrix)
            x, y = cv2.split(cv2.transform(pixel_grid(self.side) + displacement, back))
            drawn = cv2.remap(image, x, y, interpolation, borderMode=border)
        return np.asarray(drawn).astype(np.uint8, copy=False)


class SceneMaker:
    """Makes scenes of a square that is seen.

    Parameters
    ----------
    side
        Sides of the square, px.
    backgrounds
        (H, W, 3) uint8 blue-green-red each: pictures without faces.
    varied
        Whether chance chooses motion and view; else pairs are shown as they are.
    """

    def __init__(self, side: int, backgrounds: Sequence[Image], varied: bool) -> None:
        self.side, self.backgrounds, self.varied = side, backgrounds, varied

    def rendered(self, pairs: Pairs, index: int, rng: np.random.Generator) -> Scene:
        """Make a scene of a pair: its own motion, a motion made up, or both."""
        lot = rng.random() if self.varied else 0.0
        stride = int(rng.choice(_STRIDES)) if self.varied else 1
        if lot < _RENDERED:
            pair = draw_pair(pairs, index, (1, stride), rng)
            if rng.random() < _BACKWARD:
                pair = _backward(pair)
            scene = self._own_motion(pair, rng)
        elif lot < _RENDERED + _BACKGROUND and self.backgrounds:
            image = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
            scene = self._made_up(image, None, rng)
        else:
            pair = draw_pair(pairs, index, (1, 1), rng)
            scene = self._made_up(next(pair.decoded()), pair.face, rng)
        if self.varied and self.backgrounds and rng.random() < _IN_FRONT:
            return self._with_surface(scene, rng)
        return scene

    def _own_motion(self, pair: DrawnPair, rng: np.random.Generator) -> Scene:
        frames = tuple(pair.decoded())
        crop = self._face_crop(pair.face, _FACES, rng)
        points = crop.points(pair.src)
        size = crop.side, crop.side
        moved = crop.points(pair.dst)
        motion, known = synthesize(points, moved, size, pair.triangles, fill=0, return_valid=True)
        before = after = None
        if self.varied and rng.random() < _DEFORMED:
            amplitude = _log(rng, 0.1, 3)
            before, after = _two_fields(rng, lambda: smooth_field(rng, crop.side, amplitude))
        return self._scene(
            crop, frames, points[: len(pair.face)], (before, motion, after), known, rng
        )

    def _made_up(self, image: Image, face: Landmarks | None, rng: np.random.Generator) -> Scene:
        """One picture, deformed twice."""
        crop = self._any_crop(image, rng) if face is None else self._face_crop(face, _FACES, rng)
        amplitude = 0.0 if rng.random() < _STILL / (1 - _RENDERED) else _log(rng, 0.08, 9)
        before, after = _two_fields(rng, lambda: _field(rng, crop.side, amplitude))
        points = None if face is None else crop.points(face)
        known = np.ones((crop.side, crop.side), np.bool_)
        return self._scene(crop, (image, image), points, (before, None, after), known, rng)

    def _scene(
        self,
        crop: Crop,
        images: Sequence[Image],
        face: Landmarks | None,
        motions: tuple[Flow | None, Flow | None, Flow | None],
        known: Mask,
        rng: np.random.Generator,
    ) -> Scene:
        before, _, after = motions
        first, second = (
            crop.draw(image, field, int(rng.choice(_INTERPOLATIONS)))
            for image, field in zip(images, (before, after), strict=True)
        )
        flow = compose(*motions)
        if flow is None:
            flow = np.zeros((crop.side, crop.side, 2), np.float32)
        if before is not None:
            known = sample_field(known.astype(np.float32), pixel_grid(crop.side) + before) > 0.99
            face = None if face is None else deform_points(face, before)
        weights = self._face_weights(face) * known * self._leads_inside(flow)
        return Scene((first, second), flow, weights)

    def _with_surface(self, scene: Scene, rng: np.random.Generator) -> Scene:
        """Have another surface move in front of a scene."""
        assert scene.flow is not None
        image = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
        crop, amplitude = self._any_crop(image, rng), _log(rng, 0.2, 10)
        fields = [_field(rng, crop.side, amplitude) for _ in range(2)]
        grid = rng.normal(0, 1, (5, 5)).astype(np.float32)
        spread = cv2.resize(grid, (crop.side, crop.side), interpolation=cv2.INTER_CUBIC)
        shape = (spread > rng.uniform(0.6, 1.2)).astype(np.float32)
        frames, covered = [], []
        for frame, field in zip(scene.frames, fields, strict=True):
            mask = sample_field(shape, pixel_grid(crop.side) + field)
            mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.7))[..., None]
            drawn = crop.draw(image, field, cv2.INTER_CUBIC)
            frames.append(np.rint(frame * (1 - mask) + drawn * mask).astype(np.uint8))
            covered.append(mask[..., 0] > 0.5)
        motion = compose(fields[0], None, fields[1])
        assert motion is not None
        flow = np.where(covered[0][..., None], motion, scene.flow)
        return Scene((frames[0], frames[1]), flow, scene.weights)

    def real(self, pairs: Pairs, index: int, rng: np.random.Generator) -> Scene:
        """Show a real pair, whose flow is not known; only its face counts."""
        pair = draw_pair(pairs, index, (1, 2), rng)
        if rng.random() < 0.5:
            pair = _backward(pair)
        crop = self._face_crop(pair.face, _REAL_FACES, rng, most=_MOST_REAL_SCALE, turned=0)
        frames = tuple(crop.draw(image, None, cv2.INTER_CUBIC) for image in pair.decoded())
        weights = self._hull(crop.points(pair.face), 0.0)
        weights *= np.float32(weights.size / (weights.sum() + 1))
        return Scene((frames[0], frames[1]), None, weights)

    def _face_crop(
        self,
        face: Landmarks,
        widths: tuple[float, float],
        rng: np.random.Generator,
        most: float = _MOST_SCALE,
        turned: float = 8,
    ) -> Crop:
        """Look at a face, made so many pixels wide, about its middle."""
        low, high = face.min(axis=0), face.max(axis=0)
        width = max(float(high[0] - low[0]), 1.0)
        if not self.varied:
            scale = float(np.clip(_TYPICAL_FACE / width, _LEAST_SCALE, most))
            return Crop.at((low + high) / 2, scale, 0, False, self.side)
        scale = float(np.clip(_log(rng, *widths) / width, _LEAST_SCALE, most))
        middle = (low + high) / 2 + rng.uniform(-0.25, 0.25, 2) * width
        degrees = rng.uniform(-turned, turned)
        return Crop.at(middle, scale, degrees, bool(rng.random() < 0.5), self.side)

    def _any_crop(self, image: Image, rng: np.random.Generator) -> Crop:
        h, w = image.shape[:2]
        middle = rng.uniform(0.25, 0.75, 2) * (w, h)
        scale, degrees = rng.uniform(0.5, 1.3), rng.uniform(-20, 20)
        return Crop.at(middle, scale, degrees, bool(rng.random() < 0.5), self.side)

    def _face_weights(self, face: Landmarks | None) -> AnyArray:
        if face is None:
            return np.full((self.side, self.side), _NOWHERE, np.float32)
        return self._hull(face, _OUTSIDE if self.varied else 0.0)

    def _hull(self, face: Landmarks, outside: float) -> AnyArray:
        weights = np.full((self.side, self.side), outside, np.float32)
        corners = np.clip(np.rint(face), -_FURTHEST, _FURTHEST).astype(np.int32)
        cv2.fillConvexPoly(weights, cv2.convexHull(corners), (1.0,))
        return weights

    def _leads_inside(self, flow: Flow) -> AnyArray:
        """Give less weight to pixels that leave what the network sees."""
        places = pixel_grid(self.side) + flow
        low, high = MARGIN - 8, self.side - MARGIN + 7
        inside = ((places >= low) & (places <= high)).all(axis=-1)
        return np.where(inside, np.float32(1), np.float32(_LEAVING))


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    """Choose a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _field(rng: np.random.Generator, side: int, amplitude: float) -> Flow:
    """Make a smooth displacement, half of the time on top of a similarity."""
    field = smooth_field(rng, side, amplitude)
    if rng.random() < 0.5:
        field = field + similarity_field(rng, side, amplitude * rng.uniform(0, 1.5))
    return field


def _two_fields(
    rng: np.random.Generator, make: Callable[[], Flow]
) -> tuple[Flow | None, Flow | None]:
    """Deform the first frame, the second one, or both."""
    before = make() if rng.random() < 0.65 else None
    after = make() if before is None or rng.random() < 0.5 else None
    return before, after


def _backward(pair: DrawnPair) -> DrawnPair:
    """Swap a pair's frames."""
    return pair._replace(first=pair.second, second=pair.first, src=pair.dst, dst=pair.src)
