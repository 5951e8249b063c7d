"""``openface.log``: what was asked of OpenFace for a sequence, and what it said."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from faceflow.files import shown
from faceflow.landmarks.openface.program import Ending
from faceflow.landmarks.openface.staging import Staged


def note(output: Path, staged: Sequence[Staged], ending: Ending) -> None:
    """Append how a process ended to the log of each sequence that it had frames of."""
    for _, group in groupby(staged, key=lambda one: id(one.item.folder)):
        frames = list(group)
        folder = frames[0].item.folder
        path = output / folder.subject / folder.sequence / "openface.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _entry(frames, ending).encode(errors="backslashreplace")
        with path.open("ab", buffering=0) as file:  # one write: entries of two never mix
            file.write(text)


def _entry(frames: list[Staged], ending: Ending) -> str:
    lines = [f"{time.strftime('%Y-%m-%d %H:%M:%S')} {shown(ending.program.path)} {ending.how}"]
    lines += [f"  {one.name} is {shown(one.item.frame.image.name)}" for one in frames]
    lines += [f"  > {line}" for line in ending.output.splitlines()]
    return "".join(f"{line}\n" for line in lines)
