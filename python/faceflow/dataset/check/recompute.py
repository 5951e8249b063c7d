"""A pair's flow recomputed from its landmarks, and compared with what is stored and recorded."""

from __future__ import annotations

import numpy as np

from faceflow.dataset.check.geometry import (
    flipped_range,
    is_rounded,
    tolerance,
    undecided_pixels,
    unstable_triangles,
    unsure_visibility,
)
from faceflow.dataset.records import PairRecord
from faceflow.dataset.statistics import flow_statistics
from faceflow.flow.synthesis import flipped_triangles, synthesize
from faceflow.truth.validity import hidden_pixels
from faceflow.types import AnyArray, Flow, Landmarks, Mask, Size, Triangles

_FLOAT32 = 1e-4, 2**-22
_STEPS = {"flo": (0.0, 0.0), "kitti": (1 / 128, 0.0), "npz": (0.0, 2**-10)}
"""How far a value of each format is off at most: px, and as a share of it."""

_DECIMALS = 1e-4
"""Of the statistics in a record, px."""


class Recomputed:
    """A pair's flow, and how well it is known.

    Parameters
    ----------
    src, dst
        Landmarks of its frames, (N, 2).
    size
        (H, W).
    triangles
        Of its sequence, or of its first frame.
    own
        Whether they follow from `src`: then rounded landmarks may give others.
    without_hidden
        Whether folded and hidden pixels are not valid.

    Raises
    ------
    ArrayError
        The landmarks differ in number, or have no such triangles.
    """

    def __init__(
        self,
        src: Landmarks,
        dst: Landmarks,
        size: Size,
        triangles: Triangles,
        own: bool,
        without_hidden: bool = False,
    ) -> None:
        self.src, self.dst, self.triangles = src, dst, triangles
        self.flow, self.valid = synthesize(src, dst, size, triangles, return_valid=True)
        self.rounded = is_rounded(src) and is_rounded(dst)
        """Whether it may differ from what was made, as the landmarks had more decimals then."""
        self._loose = np.zeros(len(triangles), np.bool_)
        self._undecided = np.zeros(size, np.bool_)
        self._allowed: Flow = np.zeros((*size, 2), np.float32)
        if self.rounded:
            self._allowed = tolerance(src, dst, size, triangles)
            self._undecided = undecided_pixels(src, size, triangles)
            if own:
                self._loosen(size)
        if without_hidden:
            self._take_hidden()

    def _take_hidden(self) -> None:
        mesh = self.src, self.dst, self.triangles
        hidden = hidden_pixels(*mesh, self.flow, self.valid)
        if self.rounded:
            self._undecided |= unsure_visibility(hidden, *mesh)
        self.valid &= ~hidden

    def _loosen(self, size: Size) -> None:
        self._loose = unstable_triangles(self.src, self.triangles)
        loose = self.triangles[self._loose]
        if len(loose):
            self._undecided |= synthesize(self.src, self.dst, size, loose, return_valid=True)[1]

    def flow_problem(self, flow: Flow, valid: Mask, flow_format: str) -> str | None:
        """How stored flow, with its validity, differs by more than rounding; None if not."""
        decided = ~self._undecided
        wrong = (valid != self.valid) & decided
        if wrong.any():
            return f"is ground truth elsewhere at {wrong.sum()} pixels"
        known = flow[valid].astype(np.float64)
        if not np.isfinite(known).all():
            return "is not finite where it is ground truth"
        with np.errstate(invalid="ignore"):
            off = np.abs(flow.astype(np.float64) - self.flow) - self._allowed
            beyond = (off > self._step(flow_format, self.flow)).any(axis=2) & decided & valid
        if beyond.any():
            return f"is another at {beyond.sum()} pixels, by up to {off[beyond].max():.4g} px"
        # Where it jumps, it is still between the displacements of landmarks.
        moved = self.dst - self.src
        step = self._step(flow_format, moved).max() + self._allowed.max(initial=0)
        outside = ((known < moved.min(axis=0) - step) | (known > moved.max(axis=0) + step)).any(1)
        return f"is beyond all landmarks at {outside.sum()} pixels" if outside.any() else None

    @staticmethod
    def _step(flow_format: str, values: AnyArray) -> AnyArray:
        step, share = _STEPS[flow_format]
        allowed: AnyArray = _FLOAT32[0] + step + (_FLOAT32[1] + share) * np.abs(values)
        return allowed

    def statistics_problem(self, record: PairRecord) -> str | None:
        """How the record's statistics differ by more than rounding; None if they do not."""
        found = dict(zip(("valid_px", "mean_px", "max_px"), self._statistics(), strict=True))
        found["flipped"] = int(flipped_triangles(self.src, self.dst, self.triangles).sum())
        for name, (least, most) in self._ranges(found).items():
            recorded = getattr(record, name)
            if not least <= recorded <= most:
                return f"has the {name} {recorded}, recomputed it is {found[name]}"
        return None

    def _statistics(self) -> tuple[int, float, float]:
        return flow_statistics(self.flow, self.valid)

    def _ranges(self, found: dict[str, float]) -> dict[str, tuple[float, float]]:
        if not self.rounded:
            return {name: (value, value) for name, value in found.items()}
        number, unsure = found["valid_px"], int(self._undecided.sum())
        longest = float(np.hypot(*(self.dst - self.src).T).max())
        off = np.hypot(*self._allowed[self.valid].T.astype(np.float64))
        mean = float(off.mean() if len(off) else 0) + longest * unsure / max(number, 1) + _DECIMALS
        # The longest vector may be at a pixel that has fallen to the other side.
        certain = flow_statistics(self.flow, self.valid & ~self._undecided)[2] if unsure else 0
        most = max(longest, found["max_px"]) if unsure else found["max_px"]
        least = certain if unsure else found["max_px"]
        slack = float(off.max(initial=0)) + _DECIMALS
        turned = flipped_range(self.src, self.dst, self.triangles)
        loose = int(self._loose.sum())
        return {
            "valid_px": (number - unsure, number + unsure),
            "mean_px": (found["mean_px"] - mean, found["mean_px"] + mean),
            "max_px": (least - slack, most + slack),
            "flipped": (turned[0] - loose, turned[1] + loose),
        }
