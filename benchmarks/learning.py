"""Train the face network from photographs and clips, and compare it with others on other people.

`learning.py PORTRAITS CLIPS OUT` takes a folder of portraits, one person each, and one of clips,
one person each. A fifth of the people is held back. It makes the training data, trains with
faceflow-train, and judges the network (see `judging.py`); on two cores that takes two hours. The
same command goes on where it stopped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import judging
import numpy as np
import skimage.data

RUN_LENGTH, MOST_FRAMES = 40, 160
SHORT_SIDE = 540  # px that a clip's frames are made smaller to
RENDERED = 900
HELD_BACK = 5  # every so many-th person
BACKGROUNDS = (
    *("coffee", "chelsea", "rocket", "retina", "immunohistochemistry", "colorwheel"),
    *("camera", "brick", "grass", "gravel", "coins", "moon", "page", "text"),
)
FACE = ["--network", "face", "--precision", "mixed_bfloat16", "--val", "auto"]


def main() -> None:
    portraits, clips, out = (Path(word).absolute() for word in sys.argv[1:4])
    photographs(sorted(portraits.glob("*.jpg")), out)
    frames(sorted(clips.iterdir()), out)
    pictures(out / "backgrounds")
    source = ["--size", "source", "--writer", "shards"]
    rendered = [*source, "--images", "rendered", "--head-motion", "homography"]
    for part in ("trained", "held"):
        for kind in ("photographs", "clips"):
            folder = out / part / kind
            run("landmarks", folder / "Subjects", folder / "Landmarks", "--landmarks", "dlib")
    trained, held = out / "trained", out / "held"
    motions = ["--motions", trained / "clips" / "Landmarks", "--count", RENDERED, "--seed", 1]
    run("gen", trained / "photographs" / "Subjects", out / "data", *rendered, *motions)
    run("gen", trained / "clips" / "Subjects", out / "real", *source, "--refine", "none")
    for name, vary in (("clean", "none"), ("varied", "all")):
        motions = ["--motions", held / "clips" / "Landmarks", "--count", 60, "--seed", 7]
        how = [*rendered, *motions, "--image-format", "png", "--vary", vary, "--limit", 1200]
        run("gen", held / "photographs" / "Subjects", out / f"judged_{name}", *how)
    began = time.monotonic()
    extra = ["--real", out / "real", "--backgrounds", out / "backgrounds"]
    run("train", out / "data", out / "run", *FACE, *extra)
    print(f"trained for {(time.monotonic() - began) / 60:.0f} min", flush=True)
    judging.judge(out, [f"model:{out / 'run'}", "dis", "farneback", "tvl1"])


def run(*words: object) -> None:
    """Run a command as users do; it must end well."""
    code = "from faceflow.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True)


def parts(items: Sequence[Path]) -> Iterable[tuple[str, Path]]:
    """Each item with its part: every fifth is held back."""
    for number, item in enumerate(items, 1):
        yield "trained" if number % HELD_BACK else "held", item


def photographs(files: Sequence[Path], out: Path) -> None:
    """Copy each portrait to a subject of its own."""
    for part, file in parts(files):
        folder = out / part / "photographs" / "Subjects" / file.stem / "T1"
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / file.name).exists():
            shutil.copyfile(file, folder / file.name)


def frames(files: Sequence[Path], out: Path) -> None:
    """Cut each clip into sequences of some frames."""
    for part, file in parts(files):
        folder = out / part / "clips" / "Subjects" / file.stem
        if folder.is_dir():
            continue
        making = folder.with_name(f".{folder.name}")
        shutil.rmtree(making, ignore_errors=True)
        for number, image in enumerate(read_clip(file)):
            path = making / f"T{number // RUN_LENGTH + 1}" / f"{number + 1:06}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 97])
        making.rename(folder)


def read_clip(file: Path) -> Iterable[np.ndarray]:
    """The first frames of a clip, made smaller where they are large."""
    capture = cv2.VideoCapture(str(file))
    for _ in range(MOST_FRAMES):
        found, image = capture.read()
        if not found:
            break
        scale = min(1.0, SHORT_SIDE / min(image.shape[:2]))
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield image


def pictures(folder: Path) -> None:
    """Write scikit-image's pictures without faces."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in BACKGROUNDS:
        image = np.ascontiguousarray(getattr(skimage.data, name)())
        colours = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
        scale = min(1.0, 700 / max(colours.shape))
        small = cv2.resize(
            colours[..., 2::-1].copy(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
        )
        if not (folder / f"{name}.png").exists():
            cv2.imwrite(str(folder / f"{name}.png"), small)


if __name__ == "__main__":
    main()
