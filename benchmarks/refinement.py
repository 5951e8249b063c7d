"""The photometric error of refined landmarks beside others, and what refining costs beside DIS.

python benchmarks/refinement.py FACES, a folder of Subjects and Landmarks: a table in Markdown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import faceflow as ff
from faceflow.images import read_image, swap_colours
from faceflow.methods.registry import bind_landmarks, find_estimator
from faceflow.truth.photometric import face_region, photometric_error
from faceflow.truth.refinement.fusion import Steps, fuse
from faceflow.truth.refinement.motion import DETECTOR_SHARE, cut, face_box, face_size, measure_steps
from faceflow.types import Flow, Image, Landmarks

RUN = 32
Motion = Callable[[Image, Image, Landmarks], Landmarks]


def lucas_kanade(first: Image, second: Image, points: Landmarks) -> Landmarks:
    """(N, 2) displacements by pyramidal Lucas-Kanade; NaN where forward and back disagree."""
    a, b = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (first, second))
    start = points.astype(np.float32)[:, None]
    moved, found, _ = cv2.calcOpticalFlowPyrLK(a, b, start, None)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(b, a, moved, None)
    good = (found & found_back)[:, 0].astype(bool) & (np.hypot(*(back - start)[:, 0].T) < 1)
    return np.where(good[:, None], (moved - start)[:, 0].astype(float), np.nan)


def dis_median(first: Image, second: Image, points: Landmarks) -> Landmarks:
    """(N, 2), the median of DIS flow in 9x9 pixels round each point."""
    flow = find_estimator("dis")(swap_colours(first), swap_colours(second))
    H, W = flow.shape[:2]
    x, y = (np.clip(np.round(points[:, i]), 0, n - 1).astype(int) for i, n in enumerate((W, H)))
    near = [flow[max(r - 4, 0) : r + 5, max(c - 4, 0) : c + 5] for r, c in zip(y, x, strict=True)]
    return np.stack([np.median(patch, axis=(0, 1)) for patch in near])


def refine(images: list[Image], raw: Landmarks, dense: str = "face") -> Landmarks:
    """(T, N, 2) refined with dense flow of a method, from images that are decoded, as in a run."""
    size = images[0].shape[0], images[0].shape[1]
    deviation, triangles = DETECTOR_SHARE * face_size(raw[0]), ff.triangulate(raw[0])
    found = []
    for start in range(0, len(images) - 1, RUN):
        points = raw[start : start + RUN + 1]
        box = face_box(list(points), size)
        assert box is not None
        seen = [
            cut(i, p, box) for i, p in zip(images[start : start + RUN + 1], points, strict=True)
        ]
        found.append(measure_steps(seen, raw.shape[1], triangles, deviation, dense))
    steps = Steps(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    refined: Landmarks = raw + fuse(steps, deviation, raw.shape[1])
    return refined


def row(folder: Path, landmarks: Path) -> tuple[dict[str, float], float]:
    """Errors of a sequence by method, and the cost of refining in costs of DIS."""
    paths = sorted(folder.glob("*.jpg"))
    images = [read_image(path) for path in paths]
    raw = np.stack([np.loadtxt(landmarks / f"{path.stem}_landmarks.txt") for path in paths])
    started = time.process_time()
    refined = refine(images, raw)
    seconds = (time.process_time() - started) / (len(images) - 1)
    by_dis = refine(images, raw, "dis")
    size, errors, dis = images[0].shape[:2], {}, 0.0
    for k in range(len(images) - 1):
        pair = images[k], images[k + 1]

        def mesh(points: Landmarks, moved: Landmarks) -> Flow:
            return ff.synthesize(points, moved, size, ff.triangulate(raw[0]), fill=0)

        flows = {"none": find_estimator("zero")(*pair), "raw": mesh(raw[k], raw[k + 1])}
        for name, motion in (("LK", lucas_kanade), ("DIS median", dis_median)):
            found = motion(*pair, raw[k])
            found = np.where(np.isnan(found), raw[k + 1] - raw[k], found)
            flows[name] = mesh(raw[k], raw[k] + found)
        flows["refined with DIS"] = mesh(by_dis[k], by_dis[k + 1])
        flows["refined"] = mesh(refined[k], refined[k + 1])
        seen = [swap_colours(image) for image in pair]
        flows["face"] = bind_landmarks(find_estimator("face"), raw[k])(*seen)
        flows["Farneback"] = find_estimator("farneback")(*map(swap_colours, pair))
        started = time.process_time()
        flows["DIS"] = find_estimator("dis")(*seen)
        dis += (time.process_time() - started) / (len(images) - 1)
        region = face_region(raw[k], size)
        for name, flow in flows.items():
            errors.setdefault(name, []).append(photometric_error(*pair, flow, region))
    return {name: float(np.mean(found)) for name, found in errors.items()}, seconds / dis


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path)
    faces = parser.parse_args().faces
    cv2.setNumThreads(1)
    rows = []
    for folder in sorted((faces / "Subjects").glob("*/*")):
        name = f"{folder.parent.name}/{folder.name}"
        errors, ratio = row(folder, faces / "Landmarks" / name)
        if not rows:
            print(
                f"| sequence | {' | '.join(errors)} | cost / DIS |\n|{'---|' * (len(errors) + 2)}"
            )
        rows.append([*errors.values(), ratio])
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in rows[-1])} |", flush=True)
    print(f"| mean | {' | '.join(f'{value:.2f}' for value in np.mean(rows, axis=0))} |")


if __name__ == "__main__":
    main()
