"""What a check finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

MENDABLE = ("missing", "damaged", "differs", "record", "unfinished")
"""The kinds that the command which made the dataset mends, once what is damaged is deleted."""

DAMAGE = (*MENDABLE, "unreadable", "outside")
"""The kinds that make a dataset unsound; the other one is ``extra``."""


class Fault(NamedTuple):
    """One thing that is not as it should be."""

    kind: str
    """``missing``; ``damaged``: not whole, or not of the kind and size that the record says;
    ``differs``: not what it is recomputed to; ``record``: sequence.json or dataset.json;
    ``unfinished``; ``unreadable``; ``outside``: a link leads out of the dataset; ``extra``."""

    sequence: str
    """``subject/sequence``; empty for the dataset's own files."""

    line: str
    """What is wrong, on one line that names the file."""

    delete: tuple[str, ...] = ()
    """Paths within the dataset that have to go before they are made again."""


@dataclass
class Part:
    """What was found in a part of a dataset."""

    faults: list[Fault] = field(default_factory=list)
    files: int = 0
    """Looked at."""
    flows: int = 0
    """Made anew and compared."""

    def add(self, fault: Fault | None) -> None:
        """Count a file, and take what is wrong with it."""
        self.files += 1
        if fault is not None:
            self.faults.append(fault)


class Findings:
    """All that is found, counted; of the lines no more than asked for are kept.

    Parameters
    ----------
    most
        Faults to keep; None for all of them.
    """

    def __init__(self, most: int | None = None) -> None:
        self.faults: list[Fault] = []
        """Those that make the dataset unsound."""
        self.extra: list[Fault] = []
        self.kinds: Counter[str] = Counter()
        self.deletions = 0
        self.sequences: set[str] = set()
        """Those to be mended."""
        self.files = 0
        self.flows = 0
        self._most = most

    def take(self, part: Part) -> None:
        """Add what was found in a part."""
        self.files += part.files
        self.flows += part.flows
        self.add(part.faults)

    def add(self, faults: Iterable[Fault]) -> None:
        """Count faults, and keep the first."""
        for fault in faults:
            self.kinds[fault.kind] += 1
            self.deletions += len(fault.delete)
            if fault.kind in MENDABLE and fault.sequence:
                self.sequences.add(fault.sequence)
            kept = self.faults if fault.kind in DAMAGE else self.extra
            if self._most is None or len(kept) < self._most:
                kept.append(fault)

    @property
    def delete(self) -> list[str]:
        """What has to be deleted, as far as faults are kept; each path once."""
        return sorted({path for fault in self.faults for path in fault.delete})

    @property
    def sound(self) -> bool:
        """Whether nothing but extra files was found."""
        return not any(self.kinds[kind] for kind in DAMAGE)
