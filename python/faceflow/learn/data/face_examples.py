"""Examples for the face network: what it is given, and what it is to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from faceflow.errors import ArrayError, ConfigError, DatasetError, FrameError
from faceflow.files import shown
from faceflow.flow.local_motion import CHANNELS, frame_scales, local_motion
from faceflow.flow.resize import resize_flow
from faceflow.images import swap_colours
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.order import Order, random_of
from faceflow.learn.data.scenes import MARGIN, Scene, SceneMaker
from faceflow.learn.data.shots import degrade, take_shots
from faceflow.methods import dis
from faceflow.types import AnyArray, Image

_TYPICAL_ERROR, _LEAST_ERROR = 0.15, 0.05  # px
_EASY_FIRST = 0.2
_REAL_CHANGED = 0.4


@dataclass(frozen=True)
class FaceOptions:
    """How examples for the face network are made.

    Raises
    ------
    ConfigError
        An option has a value that is not allowed.
    """

    batch_size: int
    side: int = 192
    """Rows and columns that the network sees, px."""
    real: int = 0
    """Real pairs in each batch, at its end."""
    seed: int = 0
    shuffle: bool = True
    """Without end and varied; else every pair once, in order, with its own motion."""

    def __post_init__(self) -> None:
        if self.batch_size < 1 or not 0 <= self.real < self.batch_size:
            raise ConfigError(
                f"a batch must have pairs with known flow, got {self.batch_size} pairs, "
                f"{self.real} of them real"
            )

    @property
    def kinds(self) -> dict[str, tuple[type[np.generic], tuple[int, ...]]]:
        """Dtype and shape of an example's arrays, by name."""
        side, quarter = self.side, self.side // 4
        return {
            "first": (np.uint8, (side, side, 3)),
            "second": (np.uint8, (side, side, 3)),
            "initial": (np.float32, (side, side, 2)),
            "coarse": (np.float32, (quarter, quarter, CHANNELS)),
            "shown": (np.uint8, (side, side, 3)),
            "flow": (np.float32, (side, side, 3)),
            "picture": (np.float32, (side, side, 4)),
        }


class FaceExamples:
    """Examples by their position in the stream that the face network is trained on.

    The example at a position depends on nothing but the pairs, the options and the position. Most
    move as their dataset says, some of these deformed smoothly besides; others are single frames,
    or backgrounds, that are deformed smoothly; over some of them a second surface moves. So the
    network does not learn to draw the triangles of rendered motion. Real pairs have no known flow:
    their frames have to agree.

    Parameters
    ----------
    pairs
        Rendered pairs, from `open_pairs`.
    options
        How examples are made.
    real
        Pairs of real frames; their own flow is not used.
    backgrounds
        (H, W, 3) uint8 blue-green-red each: pictures without faces.
    """

    def __init__(
        self,
        pairs: Pairs,
        options: FaceOptions,
        real: Pairs | None = None,
        backgrounds: Sequence[Image] = (),
    ) -> None:
        self.pairs, self.options, self.real = pairs, options, real
        self._order = Order(len(pairs), options.seed if options.shuffle else None)
        self._maker = SceneMaker(options.side + 2 * MARGIN, backgrounds, options.shuffle)

    def __len__(self) -> int:
        return len(self.pairs)

    def write(self, position: int, out: Mapping[str, AnyArray]) -> None:
        """Write the example at a position to arrays of `FaceOptions.kinds`.

        Raises
        ------
        DatasetError
            A frame cannot be read.
        """
        rng = random_of(self.options.seed, position)
        self._write(self._scene(position, rng), rng, out)

    def _scene(self, position: int, rng: np.random.Generator) -> Scene:
        place = position % self.options.batch_size
        pairs, make = self.pairs, self._maker.rendered
        index = self._order[position]
        if self.real is not None and place >= self.options.batch_size - self.options.real:
            pairs, make = self.real, self._maker.real
            index = int(rng.integers(len(pairs)))
        try:
            return make(pairs, index, rng)
        except FrameError as error:
            raise DatasetError(error.detail) from error
        except ArrayError as error:
            names = pairs.names(index)
            called = f"{names.subject}/{names.sequence}: {names.first} -> {names.second}"
            raise DatasetError(f"{shown(called)}: {error}") from error

    def _write(self, scene: Scene, rng: np.random.Generator, out: Mapping[str, AnyArray]) -> None:
        real = scene.flow is None
        first, second = scene.frames
        if not real:
            first, second = take_shots((first, second), rng)
        elif rng.random() < _REAL_CHANGED:
            first, second = degrade(first, rng), degrade(second, rng)
        shots = swap_colours(first), swap_colours(second)
        initial = dis.estimate(*shots)
        seen = slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN)
        side = self.options.side
        first, second = (np.ascontiguousarray(shot[seen]) for shot in shots)
        out["first"][:], out["second"][:], out["initial"][:] = first, second, initial[seen]
        one, other = (frame_scales(frame)[1] for frame in (first, second))
        coarse = local_motion(one, other, resize_flow(out["initial"], (side // 2, side // 2)))
        out["coarse"][:] = np.moveaxis(coarse, 0, -1)
        clean = [swap_colours(frame)[seen] for frame in scene.frames]
        out["shown"][:], out["picture"][..., :3] = clean[1], clean[0]
        weights = scene.weights[seen]
        out["picture"][..., 3] = weights if real else 0
        out["flow"][:] = 0
        if scene.flow is not None:
            out["flow"][..., :2] = scene.flow[seen]
            error = np.sqrt(((out["initial"] - out["flow"][..., :2]) ** 2).sum(axis=-1))
            out["flow"][..., 2] = weights * self._importance(error, weights)

    def _importance(self, error: AnyArray, weights: AnyArray) -> np.float32:
        """Have pairs count alike whatever part of them counts, those that are hard for DIS less."""
        if not self.options.shuffle:
            return np.float32(1)
        total = float(weights.sum()) + 1
        mean = float((error * weights).sum()) / total
        share = (_TYPICAL_ERROR / (mean + _LEAST_ERROR)) ** _EASY_FIRST
        return np.float32(share * weights.size / total)
