"""The folders of a sequence: what of a run's files is in them, and what is to go."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from faceflow.dataset.recordfile import NameNumbers
from faceflow.files import TEMPORARY_PREFIX
from faceflow.generate.plan import SequencePlan
from faceflow.generate.unit import output_of


def folders_of(plan: SequencePlan) -> list[Path]:
    """Every folder that a run may write to, there or not."""
    layout = plan.layout
    return [layout.flows, layout.pictures, layout.records, layout.parts]


def make_folders(plan: SequencePlan) -> None:
    """Make those that are needed."""
    for folder in output_of(plan).folders(plan):
        folder.mkdir(parents=True, exist_ok=True)
    if plan.config.viz != "none":
        plan.layout.pictures.mkdir(parents=True, exist_ok=True)


def clear_folders(plan: SequencePlan, kept: Iterable[Path]) -> None:
    """Take away what runs have left there, but for some files.

    Only what a run could have written goes: what fails this time must not look made.
    """
    known = NameNumbers(_inner(path) for path in kept)  # there may be 500,000
    for folder in folders_of(plan):
        for path in _ours(plan, folder):
            if known.get(_inner(path)) is None and not path.is_dir():
                path.unlink()


def _inner(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _ours(plan: SequencePlan, folder: Path) -> Iterator[Path]:
    output = output_of(plan)
    for name in _listed(folder):
        path = folder / name
        if output.is_ours(plan, path) or name.startswith(TEMPORARY_PREFIX):
            yield path


def digest_names(plan: SequencePlan) -> bytes:
    """What changes when one of a run's files comes or goes, in whatever order folders list them."""
    sums = ""
    for folder in folders_of(plan):
        count = total = 0
        for path in _ours(plan, folder):
            count += 1
            total += crc32(os.fsencode(path.name))
        sums += f"{count} {total}\n"
    return sha256(sums.encode()).digest()


def digest_times(plan: SequencePlan) -> bytes:
    """What changes when anything comes or goes."""
    times: list[int] = []
    for folder in folders_of(plan):
        with contextlib.suppress(FileNotFoundError):
            times.append(folder.stat().st_mtime_ns)
    return repr(times).encode()


def _listed(folder: Path) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name
