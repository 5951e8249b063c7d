"""How good the labels of rendered frames are, as their records say."""

from __future__ import annotations

from pathlib import Path

from faces import make_faces
from generation import generate, record

from faceflow.truth.render_options import RenderOptions


def test_rendered_pairs_are_judged_by_their_own_frames(tmp_path: Path) -> None:
    """Not by the recorded ones: those show something else, or are one photograph."""
    faces = make_faces(tmp_path, frames=4, size=(240, 180))
    generate(faces, size=(160, 120), quality=True, rendering=RenderOptions("rendered"))
    pairs = record(faces)["pairs"]
    assert len(pairs) == 3
    for pair in pairs:
        assert 0 < pair["label_error"] < pair["still_error"] / 2
