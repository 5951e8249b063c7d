"""The work on one sequence, in stages whose parts may run anywhere and at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    read_record,
    write_record,
)
from faceflow.errors import DatasetError
from faceflow.execute.work import Task, Work
from faceflow.files import TEMPORARY_PREFIX
from faceflow.generate.flows import make_pairs
from faceflow.generate.frames import make_frames
from faceflow.generate.plan import SequencePlan, complete
from faceflow.landmarks.face import Found

_OUTPUT_SUFFIXES = (".jpg", ".png", ".flo", ".npz")

PART = 16
"""Frames or pairs made in one part."""


def finished(plan: SequencePlan) -> bool:
    """Whether nothing is left to do of a sequence.

    Not if it has no record, or another run's (other frames or pairs), or one with failures, which
    are tried again, or if one of its files has gone. A longer record than a limit asks for will do.
    """
    try:
        record = read_record(plan.layout.record)
    except DatasetError:
        return False
    frames = [frame.name for frame in record.frames]
    pairs = [(pair.first, pair.second) for pair in record.pairs]
    stems, wanted = plan.folder.stems, [(pair.first, pair.second) for pair in plan.pairs]
    if plan.cut and len(pairs) > len(wanted):
        return frames[: len(stems)] == stems and pairs[: len(wanted)] == wanted
    if frames != stems or pairs != wanted or record.failed():
        return False
    expected = {plan.layout.image(frame.name) for frame in record.frames}
    expected |= {plan.layout.landmarks(f.name) for f in record.frames if f.status == "ok"}
    for pair, pair_record in zip(plan.pairs, record.pairs, strict=True):
        if pair_record.status == "ok":
            expected |= plan.pair_outputs(pair)
    return expected <= _present(plan)


def work(
    plan: SequencePlan, read: Callable[[], list[Found]], stopped: Callable[[], bool]
) -> Work[SequenceRecord]:
    """Make a sequence.

    `read` says what is in each of its frames. Yields the parts of one stage after the other, each a
    call without arguments; the executor sends back what they returned, in order, and gets the
    record at the end.
    """
    _clear(plan)
    (plan,) = yield [partial(complete, plan, read)]
    frames: list[FrameRecord] = []
    for part in (yield _parts(make_frames, plan, len(plan.folder.images), stopped)):
        frames += part
    pairs: list[PairRecord] = []
    if not stopped():
        for part in (yield _parts(make_pairs, plan, len(plan.pairs), stopped, frames)):
            pairs += part
    triangles = None if plan.triangles is None else plan.triangles.tolist()
    record = SequenceRecord(
        plan.folder.subject, plan.folder.sequence, plan.size, triangles, frames, pairs
    )
    if not stopped():  # the record says that all is done: it is written last, or not at all
        write_record(plan.layout.record, record)
    return record


def _parts(
    make: Callable[..., Any],
    plan: SequencePlan,
    count: int,
    stopped: Callable[[], bool],
    *context: Any,
) -> list[Task]:
    starts = range(0, count, PART)
    return [
        partial(make, plan, *context, range(start, min(start + PART, count)), stopped)
        for start in starts
    ]


def _present(plan: SequencePlan) -> set[Path]:
    present: set[Path] = set()
    for folder in (plan.layout.flows, plan.layout.pictures, plan.layout.records):
        with contextlib.suppress(FileNotFoundError):
            present |= set(folder.iterdir())
    return present


def _clear(plan: SequencePlan) -> None:
    """Make the folders; take away what an earlier run left there.

    All of it, as what fails this time must not look made; but only what a run could have written.
    """
    layout = plan.layout
    for folder in (layout.flows, layout.records):
        folder.mkdir(parents=True, exist_ok=True)
    if plan.config.viz != "none":
        layout.pictures.mkdir(exist_ok=True)
    layout.record.unlink(missing_ok=True)
    for path in _present(plan):
        suffixes = (".csv",) if path.parent == layout.records else _OUTPUT_SUFFIXES
        ours = path.suffix in suffixes or path.name.startswith(TEMPORARY_PREFIX)
        if ours and not path.is_dir():
            path.unlink()
