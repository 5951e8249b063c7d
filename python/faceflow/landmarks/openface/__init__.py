"""Running OpenFace: its programs as detectors, every frame accounted for.

What the programs do is taken from their files, never from their exit codes: a program that ends
with 0 may have left frames out, and one that crashed has done those before. `attempt` runs a
program once, and `images` and `sequences` say which frames are given to it together and what is
tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from faceflow.errors import ConfigError
from faceflow.landmarks.detector import Detector
from faceflow.landmarks.openface.attempt import Runner
from faceflow.landmarks.openface.cores import Cores
from faceflow.landmarks.openface.health import Health
from faceflow.landmarks.openface.images import OpenFaceImages
from faceflow.landmarks.openface.program import find_program
from faceflow.landmarks.openface.scratch import Scratch
from faceflow.landmarks.openface.sequences import OpenFaceSequences
from faceflow.types import Size

SCRATCH = ".faceflow-openface"
"""The folder within the output folder that frames are given to OpenFace in, while it runs."""

_MODES: Mapping[str, tuple[str, type[OpenFaceImages | OpenFaceSequences]]] = {
    "image": ("FaceLandmarkImg", OpenFaceImages),
    "sequence": ("FeatureExtraction", OpenFaceSequences),
}


def open_face(
    build: Path, mode: str, output: Path, workers: int, resize: Size | None, timeout: float
) -> Detector:
    """A program of OpenFace as a detector.

    Parameters
    ----------
    build
        OpenFace's build folder, which holds ``bin/FaceLandmarkImg`` and ``bin/FeatureExtraction``.
    mode
        ``"image"`` looks at each frame by itself, ``"sequence"`` tracks a face through frames.
    output
        The run's output folder. While a program runs it holds a hidden folder, and each sequence's
        folder gets an ``openface.log``.
    workers
        How many processes run at once; they share the cores.
    resize
        (H, W) that OpenFace gets the frames in; None for their own size.
    timeout
        Seconds that a process may take without writing anything before it is stopped.

    Raises
    ------
    ConfigError
        There is no such program, or no such mode.
    """
    if mode not in _MODES:
        raise ConfigError(f"--openface-mode {mode!r} is not taken: {', '.join(_MODES)} are")
    name, kind = _MODES[mode]
    program = find_program(build, name)
    scratch = Scratch(output.absolute() / SCRATCH)
    runner = Runner(program, output, Cores(workers), scratch, resize, timeout)
    return kind(runner, Health(workers))
