"""What no generator can avoid, in plain OpenCV.

`floor.py IMAGES OUT THREADS [--flow] [--pictures DIR]`: each frame is decoded, resized to 512x384
as faceflow-gen does, and encoded as JPEG; with --flow the image is written, and a flow field's
bytes; with --pictures as many pictures as faceflow-gen draws are encoded as PNG and written, those
of DIR in turn.
"""

from __future__ import annotations

import argparse
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

H, W = 512, 384
HEADER = b"PIEH" + np.array([W, H], "<i4").tobytes()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("threads", type=int)
    parser.add_argument("--flow", action="store_true")
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    field = np.random.default_rng(0).normal(size=(H, W, 2)).astype(np.float32)
    pictures = (
        [cv2.imread(str(path)) for path in sorted(options.pictures.iterdir())]
        if options.pictures
        else []
    )
    jobs = []
    for folder in sorted(options.images.glob("*/*")):
        place = options.out / folder.parent.name / folder.name
        place.mkdir(parents=True)
        jobs += [(folder / name, place / Path(name).stem) for name in sorted(os.listdir(folder))]
    turns = itertools.cycle(pictures) if pictures else None
    work = partial(make, field if options.flow else None, turns)
    with ThreadPoolExecutor(options.threads) as pool:
        for _ in pool.map(work, jobs, chunksize=8):
            pass


def make(field: Any, turns: Any, job: tuple[Path, Path]) -> None:
    """One frame, and what goes with it."""
    source, target = job
    with open(source, "rb") as file:
        image = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
    shrinks = image.shape[0] >= H and image.shape[1] >= W
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(image, (W, H), interpolation=method)
    _, encoded = cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, 95])
    if field is None:
        return
    with open(f"{target}.jpg", "wb") as file:
        file.write(encoded.data)
    with open(f"{target}.flo", "wb") as file:
        file.write(HEADER)
        file.write(field.data)
    for number, picture in enumerate(itertools.islice(turns, 2) if turns else ()):
        _, encoded = cv2.imencode(".png", picture)
        with open(f"{target}_{number}.png", "wb") as file:
            file.write(encoded.data)


if __name__ == "__main__":
    main()
