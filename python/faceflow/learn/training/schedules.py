"""Learning rates over a run."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

_WARM_UP = 0.05
_LEAST = 0.01


@keras.saving.register_keras_serializable("faceflow")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """One cycle: up along a cosine for 30 % of the steps, down along one for the others.

    From a 25th of the peak to the peak, and down to a 10,000th of where it began (Smith and Topin,
    *Super-Convergence*, 2018, with the numbers that PyTorch's ``OneCycleLR`` takes).

    Parameters
    ----------
    peak
        The highest rate.
    steps
        Of the whole run.
    """

    RISE, FIRST, LAST = 0.3, 1 / 25, 1 / 250_000

    def __init__(self, peak: float, steps: int) -> None:
        self.peak = peak
        self.steps = steps

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        top = max(self.RISE * self.steps, 1.0)
        up = self._along(self.FIRST, 1.0, step / top)
        down = self._along(1.0, self.LAST, (step - top) / max(self.steps - top, 1.0))
        return self.peak * ops.where(step < top, up, down)

    @staticmethod
    def _along(start: float, end: float, share: Any) -> Any:
        share = ops.clip(share, 0.0, 1.0)
        return end + (start - end) * (1 + ops.cos(math.pi * share)) / 2

    def get_config(self) -> dict[str, Any]:
        """The parameters."""
        return {"peak": self.peak, "steps": self.steps}


def make_schedule(name: str, rate: float, steps: int) -> Any:
    """The learning rate that an optimizer takes.

    Parameters
    ----------
    name
        ``paper``: constant. ``cosine``: up in a straight line for 5 % of the steps, then down along
        a cosine to a hundredth. ``onecycle``: see `OneCycle`.
    rate
        The highest.
    steps
        Batches of the whole run.
    """
    if name == "paper":
        return rate
    if name == "onecycle":
        return OneCycle(rate, steps)
    warm_up = max(round(_WARM_UP * steps), 1)
    return keras.optimizers.schedules.CosineDecay(
        rate / warm_up,
        max(steps - warm_up, 1),
        alpha=_LEAST,
        warmup_target=rate,
        warmup_steps=warm_up,
    )
