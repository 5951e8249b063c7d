"""How many processes OpenFace takes; its own time is OpenFace's, and not measured here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from landmarks.openface_build import Run, seen_faces

FRAMES = 1000
MOST = 5


@pytest.mark.parametrize("length", [18, 1000], ids=["of CK+'s length", "one long"])
def test_processes_for_a_thousand_frames(benchmark: Any, tmp_path: Path, length: int) -> None:
    """The tests' stand-in for OpenFace says how often it was started; the reference system starts
    it once for each frame."""
    names = tuple(f"T{number}" for number in range(FRAMES // length + 1))[: -(-FRAMES // length)]
    faces, build = seen_faces(tmp_path, frames=length, sequences=names, size=(16, 12))
    images = sorted(faces.images.rglob("*.png"))
    for image in images[FRAMES:]:
        image.unlink()
    run = Run(faces, build)
    found = benchmark.pedantic(run.find, rounds=1)
    assert len(found) == FRAMES
    started = len(build.starts())
    benchmark.extra_info.update(
        counted=f"OpenFace processes for {FRAMES:,} frames, {length:,} to a sequence",
        count=started,
        most=MOST,
        peer=f"{FRAMES:,} (one for each frame)",
    )
