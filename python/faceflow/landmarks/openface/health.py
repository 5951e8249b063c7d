"""Whether OpenFace works at all."""

from __future__ import annotations

from collections.abc import Iterable

from faceflow.errors import DetectorError
from faceflow.landmarks.openface.attempt import Attempt

_MOST = 12


class Health:
    """What the processes of a run have shown so far. Asked by one thread only."""

    def __init__(self, workers: int) -> None:
        self._enough = min(workers + 3, _MOST)
        self._works = False
        self._void = 0

    def check(self, attempts: Iterable[Attempt]) -> None:
        """Take note of attempts that were made.

        Raises
        ------
        DetectorError
            Several processes have run, and none has taken a frame in hand: models are missing,
            or it is not OpenFace.
        """
        ending = None
        for attempt in attempts:
            self._works = self._works or attempt.touched
            if attempt.ending is not None and not attempt.touched:
                self._void += 1
                ending = attempt.ending
        if ending is not None and not self._works and self._void >= self._enough:
            raise DetectorError(
                f"OpenFace gives nothing for any frame (tried {self._void} times): "
                f"{ending.story()}; is --openface a whole build of OpenFace 2?"
            )
