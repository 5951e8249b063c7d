"""Generation called from this process, and what it left on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faces import Faces

from faceflow.execute.executor import Executor
from faceflow.execute.local import LocalExecutor
from faceflow.generate.config import GenerateConfig
from faceflow.generate.run import Run, Selection, plan_run
from faceflow.landmarks.options import LandmarkOptions
from faceflow.progress import Progress


class Quiet:
    """Progress that is told to nobody."""

    def start(self, what: str, total: int) -> None:
        """Take no notice."""

    def advance(self, done: int, failed: int) -> None:
        """Take no notice."""


def generate(
    faces: Faces,
    output: Path | None = None,
    *,
    executor: Executor | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress | None = None,
    selection: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Make a dataset as `command.gen` does, unless told otherwise; return its summary.

    Landmarks are used as they are, since no two of the made-up images show the same.
    """
    source = LandmarkOptions("files", faces.landmarks)
    config = GenerateConfig(**{"landmarks": source, "size": None, "refine": "none", **options})
    where = output or faces.output
    executor = executor or LocalExecutor(workers)
    selected = Selection(faces.images, where, **(selection or {}))
    run = Run(selected, config, plan_run(selected, config), executor, overwrite)
    with run.claim():
        return run.make(progress or Quiet())


OF_RUN = {".faceflow.lock", "faceflow.log"}
"""Names of the files that tell of a run and not of what it made."""


def tree(root: Path) -> dict[str, bytes]:
    """Every file by its path, but for what tells of the run and not of the data."""
    databases = ("landmarks.sqlite", "progress.sqlite")
    beside = (f"{one}-{kind}" for one in databases for kind in ("journal", "wal"))
    others = (*OF_RUN, "openface.log", *databases, *beside)
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in others)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def times(root: Path) -> dict[str, int]:
    """When each image, flow and landmark file was written."""
    return {
        path.relative_to(root).as_posix(): path.stat().st_mtime_ns
        for path in root.glob("*/*/*")
        if path.suffix in (".jpg", ".flo", ".csv")
    }


def rewritten(faces: Faces, before: dict[str, int]) -> set[str]:
    """The files that were written since."""
    return {name for name, time in times(faces.output).items() if before.get(name) != time}


def record(faces: Faces, subject: str = "F001", sequence: str = "T1") -> dict[str, Any]:
    """The parsed sequence.json."""
    path = faces.output / subject / sequence / "sequence.json"
    fields: dict[str, Any] = json.loads(path.read_text())
    return fields


def by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Frames by name, or pairs by the name of their first frame."""
    return {entry.get("name") or entry["first"]: entry for entry in entries}
