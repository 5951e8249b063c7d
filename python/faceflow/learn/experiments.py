"""The experiments that were published: which losses, and how much each of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from faceflow.learn.networks.names import PREDICTIONS, WARPED

_FULL_SHARE = 5 / 6
_OTHER_SHARES = (1 / 2, 1 / 3, 1 / 6, 0)  # of what is left: Deconv2 to Deconv5


@dataclass(frozen=True)
class Experiment:
    """What each loss is multiplied by.

    Notes
    -----
    Alkaddour, Tariq and Dhall, "Self-Supervised Approach for Facial Movement Based Optical Flow"
    (IEEE Trans. Affective Computing 13(4), 2022).
    """

    epe: float
    """The end-point error, shared out over the predictions, see `epe_shares`."""
    rec: float = 0.0
    """The difference between the second frame and the first one, moved."""
    aae: float = 0.0
    """The angular error, radians, of the finest prediction."""
    smooth: float = 0.0
    """The length of the finest prediction's gradient."""

    @property
    def epe_shares(self) -> dict[str, float]:
        """What the end-point error of each prediction is multiplied by; they sum to `epe`.

        Examples
        --------
        >>> round(EXPERIMENTS["exp1"].epe_shares["Deconv2_prediction"] * 12, 6)
        1.0
        """
        left = 1 - _FULL_SHARE
        shares = (_FULL_SHARE, *(left * share for share in _OTHER_SHARES))
        return {name: self.epe * share for name, share in zip(PREDICTIONS, shares, strict=True)}


EXPERIMENTS: Mapping[str, Experiment] = {
    "exp1": Experiment(epe=1.0),
    "exp2I": Experiment(epe=0.4, rec=0.6),
    "exp2II": Experiment(epe=0.75, rec=0.25),
    "exp3I": Experiment(epe=0.3, rec=0.4, smooth=0.3),
    "exp3II": Experiment(epe=0.3, rec=0.4, aae=0.3),
}
"""The published experiments, by name."""


def required_outputs(experiment: Experiment) -> tuple[str, ...]:
    """The outputs of the network that an experiment has a loss for: targets hold just these.

    Examples
    --------
    >>> required_outputs(EXPERIMENTS["exp1"])[-1], required_outputs(EXPERIMENTS["exp2I"])[-1]
    ('Deconv4_prediction', 'warped_output')
    """
    predictions = [name for name, share in experiment.epe_shares.items() if share > 0]
    if not predictions and (experiment.aae > 0 or experiment.smooth > 0):
        predictions = [PREDICTIONS[0]]
    return (*predictions, *((WARPED,) if experiment.rec > 0 else ()))
