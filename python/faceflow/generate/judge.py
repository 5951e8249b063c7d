"""How good a pair's label is, as its record says it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from faceflow.dataset.layout import PairName
from faceflow.dataset.records import PairRecord, status_of
from faceflow.flow.render import scale_landmarks
from faceflow.flow.synthesis import synthesize
from faceflow.generate.frames import FrameMaker
from faceflow.generate.plan import SequencePlan
from faceflow.truth.jumps import is_jump
from faceflow.truth.photometric import face_region
from faceflow.truth.quality import Errors, measure_errors
from faceflow.types import Landmarks, Triangles

_DECIMALS = 4


@dataclass(frozen=True)
class Judged:
    """What is found of a pair."""

    fields: dict[str, Any]
    """Of its record."""
    below: str | None = None
    """Why it is to be left out; None if it is not."""


class PairJudge:
    """Looks at the pairs of one sequence."""

    def __init__(self, plan: SequencePlan, frames: FrameMaker) -> None:
        self.plan = plan
        self.frames = frames

    def judge(
        self, numbers: tuple[int, int], src: Landmarks, dst: Landmarks, triangles: Triangles
    ) -> Judged:
        """Judge the pair of these frames, whose landmarks are in pixels of the output."""
        fields: dict[str, Any] = {}
        if is_jump(src, dst, abs(numbers[1] - numbers[0])):
            fields["jump"] = True
        if not self.plan.config.measures_quality:
            return Judged(fields)
        errors = self._errors(numbers, src, dst, triangles)
        named = {"label_error": errors.label, "still_error": errors.none, "dis_error": errors.dis}
        named["quality"] = 0.0 if fields else errors.quality
        fields |= {k: round(v, _DECIMALS) for k, v in named.items() if not math.isnan(v)}
        return Judged(fields, self._below(fields))

    def _errors(
        self, numbers: tuple[int, int], src: Landmarks, dst: Landmarks, triangles: Triangles
    ) -> Errors:
        """Of the flow in the frames' own size, over the face."""
        first, second = (self.frames.source(number) for number in numbers)
        H, W = size = first.shape[0], first.shape[1]
        assert self.plan.size is not None
        src, dst = (scale_landmarks(points, self.plan.size, size) for points in (src, dst))
        label = synthesize(src, dst, (H, W), triangles)
        return measure_errors(first, second, label, face_region(src, size))

    def _below(self, fields: dict[str, Any]) -> str | None:
        least = self.plan.config.min_quality
        if least is None or fields.get("quality", -1.0) >= least:
            return None
        if "jump" in fields:
            return "its landmarks jump: they move further than a face does"
        if "quality" not in fields:
            return (
                "its quality cannot be measured: there is too little of the face, or of the image"
            )
        return (
            f"quality {fields['quality']:.3f} is below {least}: an error of "
            f"{fields['label_error']:.3f} grey levels, DIS {fields['dis_error']:.3f}"
        )


def below_quality(pair: PairName, judged: Judged) -> PairRecord:
    """The record of a pair that is left out."""
    status = status_of("below_quality")
    fate = (status, "below_quality", judged.below)
    return PairRecord(pair.first, pair.second, *fate, **judged.fields)
