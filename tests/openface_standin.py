"""A stand-in for OpenFace's two programs: it replays recorded output, or misbehaves as told.

A script of its own, which loads little: ``<build>/bin/FaceLandmarkImg`` and ``FeatureExtraction``
run it (see `landmarks.openface_build`). ``standin.json`` beside them says what to do:

faces
    By the sha256 of an image's bytes: ``rows``, one for each face, from the column ``confidence``
    of FaceLandmarkImg on, and ``track``, FeatureExtraction's row from its ``confidence`` on.
at
    What happens at an image, by its sha256, or by ``#1``, ``#2``, ... in each process.
always
    What happens in any process: ``refuse`` (to start, with a message), ``print`` (so many lines),
    ``stale`` (files that lie in the output folder), ``stray`` (a child that stays).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

POINTS = 68
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
NAMES = [f"{axis}_{i}" for axis in "xy" for i in range(POINTS)]
IMAGE_HEADER = ",".join(["face", "confidence", *NAMES])
SEQUENCE_HEADER = ",".join(["frame", "face_id", "timestamp", "confidence", "success", *NAMES])
NO_TRACK = ",".join(["0.00", "0", *["0.0"] * (2 * POINTS)])


def main() -> None:
    program, arguments = Path(sys.argv[1]), sys.argv[2:]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    log_start(program.parent, program.name, arguments)
    told = json.loads((program.parent / "standin.json").read_text())
    always = told["always"]
    if "refuse" in always or not program.is_absolute() or program.is_symlink():
        print(always.get("refuse", "Could not find the landmark detection model"))
        sys.exit(1)
    for line in range(always.get("print", 0)):
        print(f"line {line} of many that nobody reads")
    options = dict(itertools.pairwise(arguments))
    out = Path(options.get("-out_dir", "processed"))
    out.mkdir(parents=True, exist_ok=True)
    for name, text in always.get("stale", {}).items():
        (out / name).write_text(text)
    if always.get("stray"):
        start_child(program.parent)
    replay = replay_images if program.name == "FaceLandmarkImg" else replay_sequence
    replay(Images(program.parent, Path(options["-fdir"]), told), out)


class Images:
    """The images of a folder in plain string order, and what is to happen at each."""

    def __init__(self, build: Path, folder: Path, told: dict[str, Any]) -> None:
        self.build, self.folder, self.told = build, folder, told
        self.paths = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
        if not self.paths:
            sys.exit(1)

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any], str | None]]:
        """Each image's name to the last dot, what is known of it, and the misdeed."""
        for number, path in enumerate(self.paths, 1):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            misdeed = self.told["at"].get(f"#{number}", self.told["at"].get(digest))
            if misdeed == "crash untouched":
                crash()
            if misdeed == "end":
                sys.exit(0)
            if misdeed == "slow":
                time.sleep(0.3)
            if digest not in self.told["faces"]:
                print(f"{path.name} is no image that the stand-in knows")
                sys.exit(3)
            yield path.stem, self.told["faces"][digest], misdeed

    def misbehave(self, misdeed: str | None) -> None:
        """What ends or holds up either program alike."""
        if misdeed == "crash":
            crash()
        if misdeed == "hang with child":
            start_child(self.build)
        if misdeed in ("hang", "hang with child"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("thinking", flush=True)
            time.sleep(3600)
        while misdeed == "babble":
            time.sleep(0.01)
            with Path("results", "more.txt").open("a") as file:
                file.write("more\n")


def replay_images(images: Images, out: Path) -> None:
    """FaceLandmarkImg: details of each image, and a CSV where there are faces."""
    for stem, known, misdeed in images:
        if misdeed == "unreadable":
            print("Could not open the image")
            sys.exit(1)
        if misdeed == "lose":
            continue
        (out / f"{stem}_of_details.txt").write_text("Input:frames\n")
        images.misbehave(misdeed)
        rows = [f"{face},{row}\n" for face, row in enumerate(known["rows"])]
        if misdeed == "crash between faces":
            rows = rows[:1]
        csv = "".join([f"{IMAGE_HEADER}\n", *rows])
        if misdeed == "cut":  # within the last number, what is left of which is a number too
            csv = csv[:-3]
        if rows:
            (out / f"{stem}.csv").write_text(csv)
        if misdeed == "crash between faces":
            crash()


def replay_sequence(images: Images, out: Path) -> None:
    """FeatureExtraction: one CSV, a row for each image, as they come."""
    path = out / f"{images.folder.name}.csv"
    if path.exists():  # a stale one, which is to be read
        return
    (out / f"{images.folder.name}_of_details.txt").write_text("Input:frames\n")
    with path.open("w") as file:
        print(SEQUENCE_HEADER, file=file, flush=True)
        for number, (_, known, misdeed) in enumerate(images, 1):
            if misdeed == "unreadable":
                sys.exit(0)
            images.misbehave(misdeed)
            row = f"{number},0,0.000,{known['track'] or NO_TRACK}\n"
            if misdeed == "cut":
                row = row[:-3]
            if misdeed == "damage":
                row = row[: len(row) // 2] + "\n"
            if misdeed != "lose":
                print(row, end="", file=file, flush=True)
            if misdeed == "cut":
                crash()


def crash() -> None:
    print("about to fail", flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def start_child(build: Path) -> None:
    """A child that does not end, nor lets itself be asked to."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        log_start(build, "child", [])
        time.sleep(3600)
    time.sleep(0.05)


def log_start(build: Path, program: str, arguments: list[str]) -> None:
    """Note a process for the test that started it."""
    start = {
        "pid": os.getpid(),
        "program": program,
        "arguments": arguments,
        "affinity": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
        "threads": {name: os.environ.get(name) for name in THREADS},
    }
    with (build / "starts.jsonl").open("a") as file:
        file.write(json.dumps(start) + "\n")


if __name__ == "__main__":
    main()
