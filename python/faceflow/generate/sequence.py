"""The work on one sequence, in stages whose parts may run anywhere and at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from faceflow.dataset.records import Totals, faults, write_rows
from faceflow.dataset.tree import DatasetTree
from faceflow.execute.work import Stream, Work
from faceflow.files import remove_temporary
from faceflow.generate.complete import complete
from faceflow.generate.folders import (
    clear_folders,
    digest_names,
    digest_times,
    folders_of,
    make_folders,
)
from faceflow.generate.made import UnitRecord
from faceflow.generate.plan import SequencePlan
from faceflow.generate.refinement import forget_refinement, refine
from faceflow.generate.rendered import begin_rendered
from faceflow.generate.state import Finished, Inputs, RunState
from faceflow.generate.unit import make_unit, output_of, units
from faceflow.landmarks.reader import FrameReader

_PICTURES = {"none": set(), "flow": {"flow"}, "mesh": {"mesh"}, "all": {"flow", "mesh"}}


@dataclass(frozen=True)
class Made:
    """What became of a sequence that was made to its end."""

    plan: SequencePlan
    totals: Totals


Tell: TypeAlias = Callable[[Iterable[str]], None]
"""Takes the lines of what is not ``ok``."""


def finished(plan: SequencePlan, inputs: Inputs, state: RunState) -> Finished | None:
    """What was made of a sequence, if nothing is left to do.

    Not if its images or landmarks have changed since, if something failed, which is tried again,
    or if one of its files has gone. A longer one than a limit asks for will do. After a power cut
    each of its files is looked at.
    """
    done = state.finished(plan.folder.key)
    if done is None or done.inputs != inputs or not plan.layout.record.exists():
        return None
    if not done.certain and not _is_sound(plan):
        return None
    if not _PICTURES[plan.config.viz] <= _PICTURES[done.viz]:
        return None
    if plan.cut and done.pairs > plan.pairs:
        return done
    whole = (done.frames, done.pairs, done.failed) == (len(plan.folder.images), plan.pairs, 0)
    # Folders that have not changed need not be listed: a tenth of the time.
    same = whole and (done.folders == digest_times(plan) or done.outputs == digest_names(plan))
    return done if same else None


def _is_sound(plan: SequencePlan) -> bool:
    from faceflow.dataset.check.run import is_sound  # only after a power cut

    return is_sound(DatasetTree.open(plan.layout.root), plan.layout)


def work(
    plan: SequencePlan,
    inputs: Inputs,
    reader: FrameReader,
    state: RunState,
    stopped: Callable[[], bool],
    tell: Tell,
) -> Work[Made | None]:
    """Make a sequence.

    Parameters
    ----------
    plan
        Its outline.
    inputs
        A digest of what it is made from.
    reader
        Says what is in each of its frames.
    state
        What is done already; the units that are made must be put there as they end.
    stopped
        Whether the run is to end.
    tell
        Told at its end what is not ``ok``.

    Returns
    -------
    made
        None where the run was stopped before the sequence's end.
    """
    if plan.portraits is None:
        (plan,) = yield [partial(complete, plan, reader)]
        if stopped():
            return None
        plan = yield from refine(plan, inputs.images, stopped)
    if stopped():
        return None
    if plan.config.rendering.rendered:
        (plan,) = yield [partial(begin_rendered, plan, reader)]
    if stopped():
        return None
    done = _resume(plan, inputs, state)
    todo = (numbers for numbers in units(plan) if numbers.start not in done)
    yield Stream(partial(make_unit, stopped=stopped), plan, todo)
    if stopped():
        return None
    yield output_of(plan).closing(plan)
    return None if stopped() else _finish(plan, inputs, state, tell)


def _resume(plan: SequencePlan, inputs: Inputs, state: RunState) -> set[int]:
    """Which units are done; what a run has left of others is taken away."""
    make_folders(plan)
    plan.layout.record.unlink(missing_ok=True)
    key = plan.folder.key
    if not state.begin(key, inputs, plan.digest()):
        clear_folders(plan, ())
        return set()
    ranges = {numbers.start: numbers for numbers in units(plan)}
    done = {u.start for u in state.units(key) if _holds(plan, u, ranges.get(u.start))}
    state.drop(key, [start for start in state.starts(key) if start not in done])
    kept = (path for unit in state.units(key) for path in output_of(plan).kept(plan, unit) or ())
    clear_folders(plan, kept)
    return done


def _holds(plan: SequencePlan, unit: UnitRecord, numbers: range | None) -> bool:
    """Whether a unit need not be made again."""
    if numbers is None or len(unit.frames) != len(numbers) or unit.failed():
        return False
    pairs = sum(1 for _ in plan.pairs_of(numbers))
    return pairs == len(unit.pairs) and output_of(plan).kept(plan, unit) is not None


def _finish(plan: SequencePlan, inputs: Inputs, state: RunState, tell: Tell) -> Made:
    """The record says that all is done: it is written last, or not at all."""
    key, folder = plan.folder.key, plan.folder
    for place in folders_of(plan):
        remove_temporary(place)  # of a worker that was killed
    forget_refinement(plan)
    with contextlib.suppress(FileNotFoundError):
        plan.layout.parts.rmdir()
    triangles = None if plan.triangles is None else plan.triangles.tolist()
    write_rows(
        plan.layout.record,
        folder.subject,
        folder.sequence,
        plan.size,
        triangles,
        state.rows(key, "frames"),
        state.rows(key, "pairs"),
        plan.tracked,
        refined=None if plan.refined is None else plan.refined.as_json(),
    )
    totals = Totals(sequences=1)
    for unit in state.units(key):
        totals.add(unit.frames, unit.pairs)
        tell(faults(folder.name, unit.frames, unit.pairs))
    frames, pairs = sum(totals.frames.values()), sum(totals.pairs.values())
    failed = totals.frames["failed"] + totals.pairs["failed"]
    names, times, viz = digest_names(plan), digest_times(plan), plan.config.viz
    state.finish(key, Finished(inputs, frames, pairs, failed, names, times, viz, totals.as_json()))
    return Made(plan, totals)
