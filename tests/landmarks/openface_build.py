"""A build folder of OpenFace whose programs are the stand-in, and runs of the detectors on it."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openface_standin
from faces import Faces, make_faces

from faceflow.execute.local import LocalExecutor
from faceflow.images import read_image, resize_image
from faceflow.landmarks.detector import Detector, Frame, FrameFound, Wanted
from faceflow.landmarks.face import Found
from faceflow.landmarks.openface import SCRATCH, open_face
from faceflow.opencv import cv2
from faceflow.sequences import scan
from faceflow.types import Landmarks, Size

PROGRAMS = ("FaceLandmarkImg", "FeatureExtraction")
_SCRIPT = '#!/bin/sh\nexec "{python}" -I -S "{standin}" "$0" "$@"\n'


@dataclass
class Build:
    """A build folder, and what its programs are told."""

    root: Path
    told: dict[str, Any] = field(default_factory=lambda: {"faces": {}, "at": {}, "always": {}})
    expected: dict[Path, list[Landmarks]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.root / "bin").mkdir(parents=True)
        for name in PROGRAMS:
            path = self.root / "bin" / name
            standin = Path(openface_standin.__file__).absolute()
            path.write_text(_SCRIPT.format(python=sys.executable, standin=standin))
            path.chmod(0o755)

    def answer(
        self, image: Path, rows: Sequence[str], track: str | None, resize: Size | None = None
    ) -> None:
        """What the programs say of an image, be it linked or made a BMP, resized if told."""
        known = {"rows": list(rows), "track": track}
        self.told["faces"].update(dict.fromkeys(_digests(image, resize), known))

    def see(
        self, image: Path, faces: Sequence[Landmarks], confidence: float = 0.98, **options: Any
    ) -> None:
        """What the programs find in an image: all the faces, or the first one's track."""
        rows = [f"{confidence:.3f},{_values(points)}" for points in faces]
        track = f"{confidence:.2f},1,{_values(faces[0])}" if faces else None
        self.answer(image, rows, track, **options)
        self.expected[image] = [_read_back(points) for points in faces]

    def forget_file(self, image: Path) -> None:
        """Have the programs know the image as a BMP only."""
        self.told["faces"].pop(hashlib.sha256(image.read_bytes()).hexdigest(), None)

    def misbehave(self, where: Path | str, misdeed: str) -> None:
        """What happens at an image, or at ``#n``, the n-th of each process."""
        keys = [where] if isinstance(where, str) else _digests(where)
        self.told["at"].update(dict.fromkeys(keys, misdeed))

    def always(self, **options: Any) -> None:
        """What happens in each process."""
        self.told["always"].update(options)

    def save(self) -> None:
        (self.root / "bin" / "standin.json").write_text(json.dumps(self.told))

    def starts(self, program: str | None = None) -> list[dict[str, Any]]:
        """The processes that were started, children of theirs not counted."""
        path = self.root / "bin" / "starts.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        starts = [json.loads(line) for line in lines]
        return [s for s in starts if program in (None, s["program"])]


def seen_faces(root: Path, frames: int = 6, **options: Any) -> tuple[Faces, Build]:
    """Made-up faces, no two alike, and a build that finds each where it is."""
    faces = make_faces(root, frames=frames, **options)
    build = Build(root / "OpenFace")
    for folder in scan(faces.images):
        for name, stem in zip(folder.images, folder.stems, strict=True):
            build.see(folder.folder / name, [faces.points(stem, folder.subject, folder.sequence)])
    return faces, build


@dataclass
class Run:
    """A run of a detector over all that is in a folder."""

    faces: Faces
    build: Build
    mode: str = "image"
    workers: int = 2
    resize: Size | None = None
    timeout: float = 30.0
    stop: threading.Event = field(default_factory=threading.Event)
    results: list[FrameFound] = field(default_factory=list)

    def detector(self) -> Detector:
        self.build.save()
        return open_face(
            self.build.root, self.mode, self.faces.output, self.workers, self.resize, self.timeout
        )

    def find(self, missing: Callable[[Path], bool] = lambda _: True) -> dict[Path, Found]:
        """Run to the end, check that each missing frame is settled once and nothing is left."""
        wanted = list(self.wanted(missing))
        executor = LocalExecutor(self.workers)
        works = self.detector().works(iter(wanted), executor.stopped)
        try:
            for failed in executor.run(works, self.results.extend):
                self.results += failed
        finally:
            assert self.remains() == []
        images = [one.frame.image for one in self.results]
        assert sorted(images) == sorted(w.frames[i].image for w in wanted for i in w.missing)
        return {one.frame.image: one.found for one in self.results}

    def wanted(self, missing: Callable[[Path], bool]) -> Iterable[Wanted]:
        for folder in scan(self.faces.images):
            images = [folder.folder / name for name in folder.images]
            digests = [_content(image) for image in images]
            frames = tuple(map(Frame, images, self.detector().keys(digests)))
            yield Wanted(folder, frames, frozenset(i for i, p in enumerate(images) if missing(p)))

    def remains(self) -> list[Any]:
        """What is left behind: processes that still run, and the scratch folder."""
        # A process that was killed may take a moment to go.
        for _ in range(200):
            alive = [start["pid"] for start in self.build.starts() if _runs(start["pid"])]
            if not alive:
                break
            time.sleep(0.01)
        return alive + list(self.faces.output.glob(SCRATCH))


def matches(found: Found, expected: Sequence[Landmarks]) -> bool:
    """Whether these faces were found, exactly."""
    if not isinstance(found, tuple) or len(found) != len(expected):
        return False
    return all(np.array_equal(f.landmarks, e) for f, e in zip(found, expected, strict=True))


def verdicts(run: Run, found: dict[Path, Found]) -> dict[str, str]:
    """Each frame's stem with ``found`` (its own faces exactly), or the reason why not."""
    told = {}
    for image, one in found.items():
        right = matches(one, run.build.expected[image])
        told[image.stem] = getattr(one, "reason", "found" if right else "wrong")
    return dict(sorted(told.items()))


def log(run: Run, sequence: str = "F001/T1") -> str:
    return (run.faces.output / sequence / "openface.log").read_text()


def _content(image: Path) -> bytes:
    in_folder = image.parent.is_dir()  # a video has no file for a frame
    data = image.read_bytes() if in_folder else read_image(image).tobytes()
    return hashlib.sha256(data).digest()


def _digests(image: Path, resize: Size | None = None) -> list[str]:
    """Of the file, and of the BMP that holds the same pixels."""
    data = [image.read_bytes()] if image.parent.is_dir() else []
    with suppress(Exception):  # one that cannot be read never reaches the programs
        pixels = read_image(image)
        pixels = pixels if resize is None else resize_image(pixels, resize)
        data.append(cv2.imencode(".bmp", pixels)[1].tobytes())
    return [hashlib.sha256(one).hexdigest() for one in data]


def _values(points: Landmarks) -> str:
    return ",".join(f"{value:.1f}" for value in points.T.ravel().tolist())


def _read_back(points: Landmarks) -> Landmarks:
    values = [float(value) for value in _values(points).split(",")]
    return np.array(values).reshape(2, -1).T


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie that waits for its parent to ask."""
    with suppress(OSError):
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
