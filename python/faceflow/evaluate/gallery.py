"""Pairs that methods are best, middling and worst at, with what every method makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from faceflow.dataset.reader import Names, Sample
from faceflow.evaluate.page_tables import is_truth, text_of
from faceflow.evaluate.run import Look
from faceflow.execute.cores import allowed_cores
from faceflow.files import shown
from faceflow.flow.metrics import angular_error, endpoint_error
from faceflow.opencv import one_thread
from faceflow.report.arrows import arrows_path
from faceflow.report.charts import number
from faceflow.report.errors import error_picture
from faceflow.report.pair import lengths
from faceflow.report.pictures import Picture, flow_picture, inside
from faceflow.types import AnyArray, Flow, Mask

MOST_PICTURES = 400
_PAIRS = 12
"""So many are shown, or more where methods are many: one of each kind for each method."""
_LONGEST = 240
_MARGIN = 0.06
"""Around the pixels that count, as a share of their longer side."""
_KINDS = ("worst", "best", "median")


class Drawn(NamedTuple):
    """A flow field: its picture, and the arrows to be laid over it."""

    picture: Picture
    arrows: str
    box: str
    """The ``viewBox`` that the arrows are drawn for."""


class Ground(NamedTuple):
    """What a pair is, whoever looks at it."""

    frames: list[Picture]
    truth: Drawn
    full: str
    """Length of full colour and of the brightest error, px."""


class Attempt(NamedTuple):
    """What one method makes of a pair."""

    flow: Drawn | None
    error: Picture | None
    numbers: str
    problem: str | None = None


class Plate(NamedTuple):
    """A pair, and what every method makes of it."""

    title: str
    roles: list[str]
    """Why it is shown."""
    ground: Ground | None
    """None if no method could look at it."""
    attempts: list[Attempt]
    """In the order of `judged` methods."""


def draw_plates(results: Mapping[str, Any], look: Look, images: bool) -> list[Plate]:
    """Draw the pairs that are shown.

    Parameters
    ----------
    results
        What ``results.json`` holds.
    look
        Gives a pair, and what a method makes of it; called by several threads.
    images
        Whether faces may be seen.
    """
    draw = partial(_plate, judged(results), look, images)
    with one_thread(), ThreadPoolExecutor(len(allowed_cores())) as threads:
        return list(threads.map(draw, chosen_pairs(results).items()))


def judged(results: Mapping[str, Any]) -> list[str]:
    """The methods that are shown: not the ground truth itself, whose pairs are all alike."""
    return [method for method in results["methods"] if not is_truth(results, method)]


def chosen_pairs(results: Mapping[str, Any]) -> dict[Names, list[str]]:
    """The pairs to be shown, each with why: as many as a page can hold."""
    methods = len(judged(results))
    most = max(min(max(_PAIRS, len(_KINDS) * methods), MOST_PICTURES // (3 + 2 * methods)), 1)
    chosen: dict[Names, list[str]] = {}
    for role, names in _ranked(results):
        if names in chosen or len(chosen) < most:
            chosen.setdefault(names, []).append(role)
    return chosen


def _ranked(results: Mapping[str, Any]) -> Iterator[tuple[str, Names]]:
    """Of each kind and method the first example, then the second, and so on."""
    examples = {method: results["results"][method]["examples"] for method in judged(results)}
    deepest = max((len(each[kind]) for each in examples.values() for kind in _KINDS), default=0)
    for rank in range(deepest):
        for kind in _KINDS:
            for method, each in examples.items():
                if rank < len(each[kind]):
                    yield f"{kind} of {shown(method)}", Names(*each[kind][rank])


def _title(names: Names) -> str:
    frames = f"{shown(names.first)} → {shown(names.second)}"
    return f"{shown(f'{names.subject}/{names.sequence}')}  {frames}"


def _plate(
    methods: Sequence[str], look: Look, images: bool, chosen: tuple[Names, list[str]]
) -> Plate:
    names, roles = chosen
    ground, attempts = None, []
    for method in methods:
        try:
            sample, flow = look(method, names)
            shown_pair = _Shown(sample)
            attempts.append(shown_pair.attempt(flow))
        except Exception as error:  # a method of another package: anything
            attempts.append(Attempt(None, None, "", str(error)))
        else:
            ground = ground or shown_pair.ground(images)
    return Plate(_title(names), roles, ground, attempts)


class _Shown:
    """The part of a pair that is shown, in its scale."""

    def __init__(self, sample: Sample) -> None:
        self._frames = sample.frames
        self._truth = np.where(sample.valid[..., None], sample.flow, np.float32(np.nan))
        self._full = float(lengths(self._truth).max(initial=0.0)) or 1.0
        self._part = _part(sample.valid)

    def ground(self, images: bool) -> Ground:
        """The frames and the ground truth."""
        frames = zip(("first frame", "second frame"), self._frames, strict=True)
        return Ground(
            [self._photograph(frame, what) for what, frame in frames] if images else [],
            self._drawn(self._truth, "ground truth"),
            number(self._full),
        )

    def attempt(self, flow: Flow) -> Attempt:
        """A method's flow and its error."""
        errors = endpoint_error(flow, self._truth, per_pixel=True)[self._part]
        epe = text_of("epe", _known(endpoint_error(flow, self._truth)))
        aae = text_of("aae", _known(angular_error(flow, self._truth)))
        picture = inside(error_picture(errors, self._full), "error", _LONGEST)
        return Attempt(self._drawn(flow, "flow"), picture, f"{epe} px, {aae}°")

    def _photograph(self, frame: AnyArray, caption: str) -> Picture:
        bgr = np.ascontiguousarray(frame[self._part][..., ::-1])
        return inside(bgr, caption, _LONGEST)

    def _drawn(self, flow: Flow, caption: str) -> Drawn:
        field = flow[self._part]
        H, W = field.shape[:2]
        picture = inside(flow_picture(field, self._full), caption, _LONGEST)
        return Drawn(picture, arrows_path(field, self._full), f"-0.5 -0.5 {W} {H}")


def _known(error: float) -> float | None:
    return None if np.isnan(error) else error


def _part(counted: Mask) -> tuple[slice, slice]:
    """The rows and columns that hold the pixels that count, and a little round them."""
    spans = [_span(np.any(counted, axis=axis)) for axis in (1, 0)]
    margin = round(_MARGIN * max(end - start for start, end in spans))
    rows, columns = (slice(max(start - margin, 0), end + margin) for start, end in spans)
    return rows, columns


def _span(counted: Any) -> tuple[int, int]:
    places = np.flatnonzero(counted)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else (0, len(counted))
