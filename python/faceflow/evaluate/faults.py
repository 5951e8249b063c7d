"""What methods failed on, and what they had nothing for."""

from __future__ import annotations

from dataclasses import dataclass, field

from faceflow.dataset.log import FaultList
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.state import State
from faceflow.files import shown


@dataclass
class Faults:
    """All of them in the log, the first of them here."""

    number: int = 0
    first: FaultList = field(default_factory=FaultList)


def list_faults(evaluation: Evaluation, state: State) -> Faults:
    """A line for each, by method, in the order of the pairs; the log takes all of them."""
    faults = Faults()
    for number, method in enumerate(evaluation.options.methods):
        for row in state.rows(number):
            if row.sums is None:
                names = evaluation.pairs[row.place].names
                where = shown(f"{names.subject}/{names.sequence} {names.first}")
                reason = "there is no file for it" if row.problem is None else row.problem
                faults.number += 1
                faults.first.add([f"{shown(method)}: {where}: {' '.join(reason.split())}"])
    return faults
