"""Two flow files beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceflow.errors import ConfigError
from faceflow.evaluate.stats import CLASS_NAMES, Stats
from faceflow.files import shown
from faceflow.flow.score import REGIONS, score_flow
from faceflow.flowio import read_flow
from faceflow.flowio.field import finite_pixels
from faceflow.images import read_image
from faceflow.report.view import open_view
from faceflow.types import Flow, Mask

NEGATED = ("a", "b", "both")
"""Which files hold minus the flow."""


@dataclass(frozen=True)
class Comparison:
    """A predicted field, the true one, and how far they are from each other."""

    names: tuple[str, str]
    """Of the files, as they are shown."""
    prediction: Flow
    """NaN where nothing is known."""
    truth: Flow
    """NaN where it does not count."""
    stats: Stats
    by_magnitude: dict[str, Stats]
    unknown: int
    """Pixels that have ground truth and no prediction; they do not count."""

    def as_json(self) -> dict[str, Any]:
        """The statistics as ``results.json`` has them, without those that need frames."""
        groups = {name: _without_frames(stats) for name, stats in self.by_magnitude.items()}
        return {
            "size": list(self.truth.shape[:2]),
            "unknown": self.unknown,
            "all": _without_frames(self.stats),
            "by_magnitude": groups,
        }


def compare_files(
    a: Path, b: Path, valid: Path | None = None, negated: str | None = None
) -> Comparison:
    """Measure a predicted flow file against a true one.

    Parameters
    ----------
    a, b
        The prediction and the ground truth: .flo, KITTI .png, .npz or .pfm. Where `b` lies in a
        dataset of ours that has a mask of it, only what that leaves is ground truth.
    valid
        An image that is 0 where pixels do not count.
    negated
        Which of the files hold minus the flow, one of `NEGATED`.

    Raises
    ------
    ConfigError
        A file is not there, or they differ in size.
    FlowFileError, FrameError
        One is no such file, or damaged.
    ArrayError
        A vector that counts is longer than 65536 px.
    """
    for name, path in (("A", a), ("B", b), ("--valid", valid)):
        if path is not None and not path.exists():
            raise ConfigError(f"{name} {shown(path)} is not there")
    prediction = read_flow(a, negated=negated in ("a", "both"))
    truth = open_view(b, negated=negated in ("b", "both"), images=False).flow
    if prediction.shape != truth.shape:
        raise ConfigError(f"A is {_size(prediction)}, B {_size(truth)}: one size is taken")
    counted = finite_pixels(truth)
    if valid is not None:
        counted &= _read_mask(valid, truth)
    predicted = finite_pixels(prediction)
    score = score_flow(prediction, truth, counted & predicted)
    rows = zip(score.table.tolist(), score.endpoints, strict=True)
    everywhere, *others = (Stats.of(sums, ends) for sums, ends in rows)  # there are no regions
    return Comparison(
        (shown(a.name), shown(b.name)),
        prediction,
        np.where(counted[..., None], truth, np.float32(np.nan)),
        everywhere,
        dict(zip(CLASS_NAMES, others[REGIONS - 1 :], strict=True)),
        int((counted & ~predicted).sum()),
    )


def _read_mask(path: Path, truth: Flow) -> Mask:
    mask: Mask = read_image(path).max(axis=2) > 0
    if mask.shape != truth.shape[:2]:
        raise ConfigError(f"--valid is {_size(mask)}, the flow {_size(truth)}: one size is taken")
    return mask


def _size(array: Any) -> str:
    return f"{array.shape[0]}x{array.shape[1]} (HxW)"


def _without_frames(stats: Stats) -> dict[str, Any]:
    return {key: value for key, value in stats.as_json().items() if key != "photometric"}
