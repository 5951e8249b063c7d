"""How frames and flow are kept: what a way of keeping them offers."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from faceflow.dataset.layout import PairName
from faceflow.errors import FrameError
from faceflow.execute.work import Stream
from faceflow.files import Buffer, atomic_write, os_reason, shown
from faceflow.generate.made import MadeFrame, UnitRecord
from faceflow.generate.plan import SequencePlan
from faceflow.types import Flow, Mask

STOPPING_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""System errors after which no other write can be expected to succeed."""


class UnitWriter(Protocol):
    """Keeps what is made of one unit; left before `publish`, it is as if it had never been."""

    fill: float
    """What the flow that it takes is to hold outside the triangles."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def add_frame(self, frame: MadeFrame) -> None:
        """Keep a frame of the unit; they come in order."""

    def add_pair(self, pair: PairName, flow: Flow, valid: Mask) -> None:
        """Keep a pair's flow, whose memory is used again; FrameError where it cannot be kept."""

    def publish(self) -> None:
        """All has been added."""


class Output(Protocol):
    """A way of keeping frames and flow."""

    def unit_frames(self, plan: SequencePlan) -> int:
        """How many frames make a unit, at most."""

    def folders(self, plan: SequencePlan) -> list[Path]:
        """Those that have to be there."""

    def is_ours(self, plan: SequencePlan, path: Path) -> bool:
        """Whether a run could have written a file of that name in one of them."""

    def writer(self, plan: SequencePlan, numbers: range) -> UnitWriter:
        """What keeps the unit of these frames."""

    def kept(self, plan: SequencePlan, unit: UnitRecord) -> set[Path] | None:
        """The files that hold a unit that is done; None if one of them is missing."""

    def closing(self, plan: SequencePlan) -> Stream:
        """What is left to do once all units are done."""


def own_files(plan: SequencePlan, unit: UnitRecord) -> set[Path]:
    """The files of a unit that are each one pair's."""
    numbers = plan.pairs_of(range(unit.start, unit.start + len(unit.frames)))
    made = zip(numbers, unit.pairs, strict=True)
    pairs = (plan.pair_name(*pair) for pair, record in made if record.status == "ok")
    return {path for pair in pairs for path in plan.pair_outputs(pair)}


def write_pair_file(path: Path, data: Buffer | Sequence[Buffer]) -> None:
    """Write a file of one pair.

    Raises
    ------
    FrameError
        ``write_error``.
    OSError
        The disk is full or failing.
    """
    try:
        atomic_write(path, data)
    except OSError as error:
        if error.errno in STOPPING_ERRORS:
            raise
        raise FrameError("write_error", f"{shown(path.name)}: {os_reason(error)}") from error
