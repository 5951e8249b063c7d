"""Measure flow methods on faces that no network was trained on.

`judging.py FOLDER METHOD...` judges on what `learning.py` held back in FOLDER, and on the real
sequences beside the checkout where they are: rendered pairs, photographs deformed by smooth fields
of another kind than training's, real pairs by their photometric error, frames without motion, and
pictures without faces.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from face_images import REAL

import faceflow as ff
from faceflow.images import read_image, swap_colours
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.methods.registry import bind_landmarks, open_estimator
from faceflow.truth.photometric import face_region, photometric_error

EVERY, EVERY_REAL, SLOW_EVERY = 12, 4, 6
SHORT = 0.5  # px
"""Motion that is looked at by itself."""
SLOW = ("tvl1",)
FACE_POINTS = 68


class Judged(NamedTuple):
    """A pair of frames, red-green-blue, and what is known of it."""

    first: np.ndarray
    second: np.ndarray
    landmarks: np.ndarray
    """(N, 2) of the first frame."""
    flow: np.ndarray | None
    """None where it is not known."""
    region: np.ndarray
    """(H, W) bool: where it is judged."""


class Score(NamedTuple):
    """Errors of one method on one pair."""

    error: float
    short: float
    """Sum of the errors where the true motion is short."""
    short_pixels: int


def judge(folder: Path, methods: Sequence[str]) -> None:
    """Print a table for each set of pairs, DIS being 1."""
    cv2.setNumThreads(1)
    estimators = {name: open_estimator(name) for name in dict.fromkeys((*methods, "dis"))}
    short: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for title, pairs in sets(folder):
        scores: dict[str, list[Score]] = defaultdict(list)
        for number, pair in enumerate(pairs):
            for name, estimate in estimators.items():
                if name not in SLOW or number % SLOW_EVERY == 0:
                    scores[name].append(score(pair, estimate))
        if not scores:
            continue
        print(f"{title} ({len(scores['dis'])} pairs): {row(scores)}", flush=True)
        for name, found in scores.items():
            short[name][0] += sum(one.short for one in found)
            short[name][1] += sum(one.short_pixels for one in found)
    for title, sequence in real_sequences(folder):
        print(f"two steps against one, {title}: {composed(sequence, estimators)}", flush=True)
    means = {name: total / max(pixels, 1) for name, (total, pixels) in short.items()}
    print(f"motion under {SHORT} px: " + ", ".join(f"{n} {v:.4f}" for n, v in means.items()))


def row(scores: dict[str, list[Score]]) -> str:
    """Each method's mean error, its ratio to that of DIS, and pairs on which it is better."""
    cells = []
    for name, found in scores.items():
        step = SLOW_EVERY if name in SLOW else 1
        beside = np.array([one.error for one in scores["dis"][::step]])
        errors = np.array([one.error for one in found])
        better = 100 * np.mean(errors < beside)
        called = name.partition(":")[0]
        cells.append(
            f"{called} {errors.mean():.4f} ({errors.mean() / beside.mean():.3f}, {better:.0f} %)"
        )
    return "; ".join(cells)


def score(pair: Judged, estimate: Callable) -> Score:
    """End-point error where flow is known, else the photometric error."""
    flow = bind_landmarks(estimate, pair.landmarks)(pair.first, pair.second)
    if pair.flow is None:
        frames = swap_colours(pair.first), swap_colours(pair.second)
        return Score(photometric_error(*frames, flow, pair.region), 0.0, 0)
    errors = np.hypot(*(flow - pair.flow).transpose(2, 0, 1))
    is_short = pair.region & (np.hypot(*pair.flow.transpose(2, 0, 1)) < SHORT)
    return Score(float(errors[pair.region].mean()), float(errors[is_short].sum()), is_short.sum())


def sets(folder: Path) -> Iterator[tuple[str, Iterator[Judged]]]:
    """Every set of pairs that there is."""
    for name in ("clean", "varied"):
        if REAL.is_dir():
            yield f"rendered M004, {name}", rendered(own_motion(folder, name), 1)
        yield f"rendered, held back, {name}", rendered(folder / f"judged_{name}", EVERY)
    held = folder / "held"
    for title, frames in (
        ("portraits held back", list(photographs(held / "photographs"))),
        ("faces", list(real_frames(9))),
    ):
        for noise in (False, True):
            called = f"{title}, smooth fields{', noise' if noise else ''}"
            yield called, deformed(frames, noise, 100 + 5000 * noise)
        yield f"{title}, noise alone", still(frames)
    for title, sequence in real_sequences(folder):
        yield f"real {title}", real(sequence, EVERY_REAL)
    yield "no face: scikit-image's stereo pair", stereo()


def real_sequences(folder: Path) -> Iterator[tuple[str, Path]]:
    """The real sequences beside the checkout, and the clips that were held back."""
    for sequence in sorted(REAL.glob("*/*")) if REAL.is_dir() else []:
        yield "/".join(sequence.parts[-2:]), sequence
    for subject in sorted((folder / "held" / "clips" / "Subjects").glob("*")):
        yield subject.name, subject / "T1"


def composed(sequence: Path, estimators: dict[str, Callable]) -> str:
    """How far the flow of two steps is from that of one double step, px in the face."""
    files = sorted(sequence.glob("*.jpg"))
    landmarks = sequence.parents[2] / "Landmarks"
    distances = defaultdict(list)
    for number in range(0, len(files), 4 * EVERY_REAL):
        trio, points = files[number : number + 3], landmarks_of(landmarks, files[number])
        if len(trio) < 3 or points is None:
            continue
        a, b, c = (swap_colours(read_image(one)) for one in trio)
        region = face_region(points, a.shape[:2])
        for name in estimators.keys() - SLOW:
            estimate = bind_landmarks(estimators[name], points)
            first, second, both = estimate(a, b), estimate(b, c), estimate(a, c)
            moved = np.dstack([ff.warp(second[..., i].copy(), first) for i in range(2)])
            left = np.hypot(*(first + moved - both).transpose(2, 0, 1))
            distances[name].append(left[region].mean())
    return ", ".join(f"{name.partition(':')[0]} {np.mean(d):.4f}" for name, d in distances.items())


def own_motion(folder: Path, name: str) -> Path:
    """Render M004 with its own motion."""
    from learning import run

    out = folder / f"m004_{name}"
    how = ["--images", "rendered", "--size", "source", "--writer", "shards"]
    how += ["--image-format", "png"]
    vary = "all" if name == "varied" else "none"
    run("gen", REAL, out, "--subjects", "M004", *how, "--vary", vary, "--seed", 5)
    return out


def hull(landmarks: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The pixels within the landmarks."""
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(landmarks).astype(np.int32)), 1)
    return mask.astype(bool)


def rendered(dataset: Path, step: int) -> Iterator[Judged]:
    """Pairs of a dataset, within the face."""
    pairs = ff.open_dataset(dataset)
    for number in range(0, len(pairs), step):
        sample = pairs[number]
        first, second = (np.ascontiguousarray(frame) for frame in sample.frames)
        landmarks = sample.landmarks[0][:FACE_POINTS]
        yield Judged(
            first, second, landmarks, sample.flow, hull(landmarks, first.shape) & sample.valid
        )


def photographs(folder: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Portraits and their landmarks."""
    for file in sorted((folder / "Subjects").glob("*/*/*.jpg")):
        found = landmarks_of(folder / "Landmarks", file)
        if found is not None:
            yield swap_colours(read_image(file)), found


def landmarks_of(landmarks: Path, file: Path) -> np.ndarray | None:
    """A frame's landmarks, as text or CSV."""
    folder = landmarks.joinpath(*file.parts[-3:-1])
    text = folder / f"{file.stem}_landmarks.txt"
    if text.exists():
        return np.loadtxt(text)
    faces = read_image_csv(folder / f"{file.stem}.csv")
    return faces[0].landmarks if faces else None


def real_frames(step: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Some frames of the real sequences, and their landmarks."""
    for file in sorted(REAL.glob("*/*/*.jpg"))[3::step] if REAL.is_dir() else []:
        found = landmarks_of(REAL.with_name("Landmarks"), file)
        if found is not None:
            yield swap_colours(read_image(file)), found


def deformed(
    frames: Sequence[tuple[np.ndarray, np.ndarray]], noise: bool, seed: int
) -> Iterator[Judged]:
    """Photographs, deformed; frame 2 is the photograph."""
    for number, (image, landmarks) in enumerate(frames):
        rng = np.random.default_rng(seed + number)
        flow = waves_and_bumps(rng, image.shape, float(np.exp(rng.uniform(np.log(0.4), np.log(5)))))
        H, W = image.shape[:2]
        places = np.stack(np.meshgrid(np.arange(W), np.arange(H)), axis=-1).astype(np.float32)
        border = {"borderMode": cv2.BORDER_REFLECT_101}
        x, y = np.moveaxis(places + flow, -1, 0)
        first = cv2.remap(image, x, y, cv2.INTER_LANCZOS4, **border)
        points = landmarks.astype(np.float32)
        for _ in range(10):  # the points of frame 1 that show the landmarks
            moved = cv2.remap(flow, *points.T[:, None].copy(), cv2.INTER_LINEAR, **border)[0]
            points = (landmarks - moved).astype(np.float32)
        pair = [other_shot(rng, frame) for frame in (first, image)] if noise else [first, image]
        yield Judged(*pair, points.astype(float), flow, hull(points, image.shape))


def waves_and_bumps(
    rng: np.random.Generator, shape: tuple[int, ...], amplitude: float
) -> np.ndarray:
    """A smooth field: plane waves and Gaussian bumps."""
    H, W = shape[:2]
    y, x = np.mgrid[:H, :W].astype(np.float32)
    field = np.zeros((H, W, 2), np.float32)
    for axis in range(2):
        for _ in range(6):
            length = np.exp(rng.uniform(np.log(40), np.log(300)))
            turn, phase = rng.uniform(0, 2 * np.pi, 2)
            along = (np.cos(turn) * x + np.sin(turn) * y) * 2 * np.pi / length
            field[..., axis] += np.float32(length / 300) * np.sin(along + phase)
        for _ in range(8):
            middle, spread = rng.uniform(0.2, 0.8, 2) * (W, H), rng.uniform(12, 60)
            distance = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * spread**2)
            field[..., axis] += np.float32(rng.normal() * spread / 60) * np.exp(-distance)
    return field * np.float32(amplitude / np.hypot(*field.transpose(2, 0, 1)).mean())


def other_shot(rng: np.random.Generator, frame: np.ndarray) -> np.ndarray:
    """The frame with noise, another gain and another offset."""
    values = frame * rng.uniform(0.95, 1.05) + rng.uniform(-6, 6) + rng.normal(0, 2.5, frame.shape)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def still(frames: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[Judged]:
    """Frames that differ by noise alone: the error is the length of the flow."""
    for number, (image, landmarks) in enumerate(frames[::3]):
        rng = np.random.default_rng(number)
        noisy = [image + rng.normal(0, 2.5, image.shape) for _ in range(2)]
        pair = [np.clip(np.rint(frame), 0, 255).astype(np.uint8) for frame in noisy]
        flow = np.zeros((*image.shape[:2], 2), np.float32)
        yield Judged(*pair, landmarks, flow, hull(landmarks, image.shape))


def real(sequence: Path, step: int) -> Iterator[Judged]:
    """Neighbouring frames of a real sequence."""
    files = sorted(sequence.glob("*.jpg"))
    landmarks = sequence.parents[2] / "Landmarks"
    for one, other in list(pairwise(files))[::step]:
        found = landmarks_of(landmarks, one)
        if found is not None:
            pair = [swap_colours(read_image(file)) for file in (one, other)]
            yield Judged(*pair, found, None, face_region(found, pair[0].shape[:2]))


def stereo() -> Iterator[Judged]:
    """A motorcycle from two places, at half size: the whole frame is looked at."""
    import skimage.data

    left, right, disparity = skimage.data.stereo_motorcycle()
    H, W = left.shape[0] // 2, left.shape[1] // 2
    pair = [cv2.resize(frame, (W, H), interpolation=cv2.INTER_AREA) for frame in (left, right)]
    disparity = cv2.resize(disparity, (W, H), interpolation=cv2.INTER_NEAREST) / 2
    known = np.isfinite(disparity)
    flow = np.stack([-np.where(known, disparity, 0), np.zeros((H, W))], axis=-1).astype(np.float32)
    corners = np.array([[0.0, 0], [W - 1, 0], [W - 1, H - 1], [0, H - 1]])
    yield Judged(*pair, corners, flow, known)


if __name__ == "__main__":
    judge(Path(sys.argv[1]).absolute(), sys.argv[2:] or ["face", "farneback", "tvl1"])
