"""The work on one sequence, in stages whose parts may run anywhere and at once."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from faceflow.dataset.check.run import is_sound
from faceflow.dataset.records import Totals, faults, write_rows
from faceflow.dataset.tree import DatasetTree
from faceflow.execute.work import Stream, Work
from faceflow.files import TEMPORARY_PREFIX
from faceflow.generate.made import UnitRecord
from faceflow.generate.plan import SequencePlan, complete
from faceflow.generate.state import Finished, Inputs, RunState
from faceflow.generate.unit import make_unit, output_of, units
from faceflow.landmarks.reader import FrameReader

_PICTURES = {"none": set(), "flow": {"flow"}, "mesh": {"mesh"}, "all": {"flow", "mesh"}}


@dataclass(frozen=True)
class Made:
    """What became of a sequence that was made to its end."""

    plan: SequencePlan
    totals: Totals
    faults: list[str]


def finished(plan: SequencePlan, inputs: Inputs, state: RunState) -> Finished | None:
    """What was made of a sequence, if nothing is left to do.

    Not if its images or landmarks have changed since, if something failed, which is tried again,
    or if one of its files has gone. A longer one than a limit asks for will do. After a power cut
    each of its files is looked at.
    """
    done = state.finished(plan.folder.key)
    if done is None or done.inputs != inputs or not plan.layout.record.exists():
        return None
    if not done.certain and not is_sound(DatasetTree.open(plan.layout.root), plan.layout):
        return None
    if not _PICTURES[plan.config.viz] <= _PICTURES[done.viz]:
        return None
    if plan.cut and done.pairs > plan.pairs:
        return done
    whole = (done.frames, done.pairs, done.failed) == (len(plan.folder.images), plan.pairs, 0)
    # Folders that have not changed need not be listed: a tenth of the time.
    same = whole and (done.folders == _times(plan) or done.outputs == _outputs(plan))
    return done if same else None


def work(
    plan: SequencePlan,
    inputs: Inputs,
    reader: FrameReader,
    state: RunState,
    stopped: Callable[[], bool],
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

    Returns
    -------
    made
        None where the run was stopped before the sequence's end.
    """
    (plan,) = yield [partial(complete, plan, reader)]
    if stopped():
        return None
    done = _resume(plan, inputs, state)
    todo = (numbers for numbers in units(plan) if numbers.start not in done)
    yield Stream(partial(make_unit, plan, numbers, stopped) for numbers in todo)
    if stopped():
        return None
    yield Stream(output_of(plan).closing(plan))
    return None if stopped() else _finish(plan, inputs, state)


def _resume(plan: SequencePlan, inputs: Inputs, state: RunState) -> set[int]:
    """Which units are done; what a run has left of others is taken away."""
    output = output_of(plan)
    for folder in output.folders(plan):
        folder.mkdir(parents=True, exist_ok=True)
    if plan.config.viz != "none":
        plan.layout.pictures.mkdir(parents=True, exist_ok=True)
    plan.layout.record.unlink(missing_ok=True)
    holds = state.begin(plan.folder.key, inputs, plan.digest())
    present, done, kept = _present(plan), set(), set()
    if holds:
        lengths = {numbers.start: len(numbers) for numbers in units(plan)}
        for unit in state.units(plan.folder.key):
            whole = len(unit.frames) == lengths.get(unit.start) and not unit.failed()
            files = output.kept(plan, unit, present) if whole else None
            if files is not None and _pairs_of(plan, unit) == len(unit.pairs):
                done.add(unit.start)
                kept |= files
    state.drop(plan.folder.key, [u for u in state.starts(plan.folder.key) if u not in done])
    for path in present - kept:
        # Only what a run could have written; what fails this time must not look made.
        ours = output.is_ours(plan, path) or path.name.startswith(TEMPORARY_PREFIX)
        if ours and not path.is_dir():
            path.unlink()
    return done


def _pairs_of(plan: SequencePlan, unit: UnitRecord) -> int:
    reach = plan.pairing.reach
    count = len(plan.folder.images)
    late = range(unit.start + reach, min(unit.start + len(unit.frames) + reach, count))
    return sum(len(plan.pairs_ending_at(number)) for number in late)


def _finish(plan: SequencePlan, inputs: Inputs, state: RunState) -> Made:
    """The record says that all is done: it is written last, or not at all."""
    key, folder = plan.folder.key, plan.folder
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
    )
    totals = Totals(sequences=1)
    found: list[str] = []
    for unit in state.units(key):
        totals.add(unit.frames, unit.pairs)
        found += faults(folder.name, unit.frames, unit.pairs)
    frames, pairs = sum(totals.frames.values()), sum(totals.pairs.values())
    failed = totals.frames["failed"] + totals.pairs["failed"]
    viz, fields = plan.config.viz, totals.as_json()
    done = Finished(inputs, frames, pairs, failed, _outputs(plan), _times(plan), viz, fields)
    state.finish(key, done)
    return Made(plan, totals, found)


def _present(plan: SequencePlan) -> set[Path]:
    present: set[Path] = set()
    for folder in _folders(plan):
        with contextlib.suppress(FileNotFoundError):
            present |= set(folder.iterdir())
    return present


def _outputs(plan: SequencePlan) -> bytes:
    """A digest of the names of a run's files in the sequence's folders."""
    output, digest = output_of(plan), hashlib.sha256()
    for folder in _folders(plan):
        with contextlib.suppress(FileNotFoundError):
            names = sorted(os.listdir(folder))  # noqa: PTH208 - names only
            ours = [name for name in names if output.is_ours(plan, folder / name)]
            digest.update("/".join([folder.name, *ours, ""]).encode("utf-8", "surrogateescape"))
    return digest.digest()


def _times(plan: SequencePlan) -> bytes:
    """When a file came or went last in each of the sequence's folders."""
    times: list[int] = []
    for folder in _folders(plan):
        with contextlib.suppress(FileNotFoundError):
            times.append(folder.stat().st_mtime_ns)
    return repr(times).encode()


def _folders(plan: SequencePlan) -> Iterator[Path]:
    layout = plan.layout
    yield from (layout.flows, layout.pictures, layout.records, layout.parts)
