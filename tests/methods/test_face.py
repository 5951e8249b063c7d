"""The face network that comes with the package: what it gives, and that it is the one it says."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from command import run
from faces import texture, write_image, write_points
from fresh_python import packages_without, run_python

import faceflow as ff
from faceflow.errors import ArrayError, ConfigError
from faceflow.methods import dis, face
from faceflow.methods.correction import CorrectionNetwork
from faceflow.opencv import cv2

FACE = np.array([[180.0, 90], [270, 90], [270, 190], [225, 205], [180, 190]])
"""Round the face in scikit-image's picture of an astronaut."""


def deformed(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The astronaut deformed by plane waves, the picture itself, and the true flow."""
    second = np.ascontiguousarray(skimage.data.astronaut())
    H, W = second.shape[:2]
    x, y = np.meshgrid(np.arange(W, dtype=np.float32), np.arange(H, dtype=np.float32))
    flow = np.stack([1.5 * np.sin(y / 23 + 1) + 0.8, 1.2 * np.cos(x / 31 - y / 40)], axis=-1)
    flow = flow.astype(np.float32)
    first = cv2.remap(second, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LANCZOS4)
    rng = np.random.default_rng(0)
    if noise:
        frames = (frame + rng.normal(0, noise, frame.shape) for frame in (first, second))
        first, second = (np.clip(np.rint(frame), 0, 255).astype(np.uint8) for frame in frames)
    return first, second, flow


def error(flow: np.ndarray, true: np.ndarray, region: np.ndarray) -> float:
    return float(np.hypot(*(flow - true).transpose(2, 0, 1))[region].mean())


def in_face(size: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillConvexPoly(mask, FACE.astype(np.int32), 1)
    return mask.astype(bool)


@pytest.mark.parametrize(("noise", "most"), [(0.0, 0.6), (2.5, 0.7)])
def test_flow_of_a_face_is_far_truer_than_that_of_dis(noise: float, most: float) -> None:
    """Of a person and a motion that it was not trained on, with landmarks and without."""
    first, second, true = deformed(noise)
    region = in_face(first.shape)
    before = error(dis.estimate(first, second), true, region)
    for landmarks in (None, FACE):
        assert error(face.estimate(first, second, landmarks), true, region) < most * before


def test_told_error_tells_where_the_flow_is_off() -> None:
    """In the mean it is the error, and pixels that it doubts are further off than others."""
    first, second, true = deformed(2.5)
    flow, told = ff.estimate_flow(first, second, return_error=True)
    region = in_face(first.shape)
    found = np.hypot(*(flow - true).transpose(2, 0, 1))
    assert 0.5 < told[region].mean() / found[region].mean() < 2
    doubted = told > np.quantile(told, 0.8)
    assert found[doubted].mean() > 2 * found[~doubted].mean()


def test_outside_of_the_face_is_dis() -> None:
    """To the bit beyond what the network looks at, and without a step at its border."""
    first, second, _ = deformed()
    flow, initial = face.estimate(first, second, FACE), dis.estimate(first, second)
    differs = (flow != initial).any(axis=-1)
    rows, columns = np.nonzero(differs)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    assert top > 20
    assert left > 100
    assert bottom < 300
    assert right < 380
    change = np.abs(flow - initial).max(axis=-1)
    border = np.concatenate([change[top], change[bottom], change[:, left], change[:, right]])
    assert border.max() < 0.1 * change.max()


def test_landmarks_of_both_frames_widen_what_is_seen() -> None:
    """A face that moves out of its box is followed."""
    first, second, _ = deformed()
    alone = face.estimate(first, second, FACE)
    both = face.estimate(first, second, np.stack([FACE, np.add(FACE, (60, 0))]))
    assert (alone != both).any()
    assert np.array_equal(alone, face.estimate(first, second, FACE.tolist()))


def test_identical_frames_do_not_move() -> None:
    """Not by the least."""
    frame = texture((64, 80), 1)
    flow, told = ff.estimate_flow(frame, frame.copy(), return_error=True)
    assert not flow.any()
    assert not told.any()


def test_noise_alone_moves_less_than_dis_says() -> None:
    """Frames that differ by nothing else."""
    frame = np.ascontiguousarray(skimage.data.astronaut()[:256, 96:352])
    rng = np.random.default_rng(1)
    noisy = (frame + rng.normal(0, 2.5, frame.shape) for _ in range(2))
    first, second = (np.clip(np.rint(one), 0, 255).astype(np.uint8) for one in noisy)
    lengths = [
        np.hypot(*flow.transpose(2, 0, 1)).mean()
        for flow in (face.estimate(first, second), dis.estimate(first, second))
    ]
    assert lengths[0] < lengths[1]


@pytest.mark.parametrize("size", [(12, 12), (33, 47), (64, 31), (97, 160)])
def test_frames_of_any_size(size: tuple[int, int]) -> None:
    """They are grown to what the network takes, and the flow is cut again."""
    first, second = texture(size, 1), texture(size, 2)
    for landmarks in (None, np.array([[2.0, 2], [9, 3], [5, 10]])):
        flow = face.estimate(first, second, landmarks)
        assert (flow.shape, flow.dtype) == ((*size, 2), np.float32)
        assert np.isfinite(flow).all()


@pytest.mark.parametrize(
    "landmarks",
    [
        np.array([[-500.0, -500], [-400, -480], [-450, -300]]),
        np.array([[30.0, 30], [30, 30], [30, 30]]),
        np.array([[-90.0, -70], [400, 10], [60, 900]]),
    ],
)
def test_landmarks_anywhere(landmarks: np.ndarray) -> None:
    """Outside of the frame, in one point, or all around it."""
    flow = face.estimate(texture((90, 120), 1), texture((90, 120), 2), landmarks)
    assert np.isfinite(flow).all()


@pytest.mark.parametrize(
    ("first", "landmarks", "complaint"),
    [
        (np.zeros((40, 40), np.uint8), None, "first is"),
        (np.zeros((40, 40, 3), np.float32), None, "first is"),
        (np.zeros((40, 41, 3), np.uint8), None, "one size is taken"),
        (np.zeros((40, 40, 3), np.uint8), [[1, 2], [3, np.nan], [5, 6]], "is not finite"),
        (np.zeros((40, 40, 3), np.uint8), [[1, 2]], "3 to"),
        (np.zeros((40, 40, 3), np.uint8), [1, 2, 3], "landmarks is"),
    ],
)
def test_what_is_no_frame_or_landmarks_is_refused(
    first: np.ndarray, landmarks: object, complaint: str
) -> None:
    """Before anything is estimated, equal frames or not."""
    with pytest.raises(ArrayError, match=complaint):
        ff.estimate_flow(first, np.zeros((40, 40, 3), np.uint8), landmarks=landmarks)


def test_only_the_face_network_tells_an_error() -> None:
    """Others are refused when they are asked."""
    frame = texture((40, 40), 1)
    with pytest.raises(ConfigError, match="return_error must go with the method 'face', got 'dis'"):
        ff.estimate_flow(frame, frame, method="dis", return_error=True)


def test_threads_find_the_same() -> None:
    """OpenCV's networks cannot be shared; each thread has its own."""
    first, second, _ = deformed()
    expected = face.estimate(first, second, FACE).tobytes()
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda _: face.estimate(first, second, FACE).tobytes(), range(8))
    assert set(found) == {expected}


def test_frames_of_other_sizes_before_change_nothing() -> None:
    """OpenCV's networks remember the first size that they saw; ours must not."""
    first, second, _ = deformed()
    flows = []
    for before in ((), (32, 64, 128)):
        network = CorrectionNetwork(face.WEIGHTS)
        for side in before:
            face.correct_dis(network, first[:side, :side], second[:side, :side])
        flows.append(face.correct_dis(network, first, second, FACE).flow.tobytes())
    assert flows[0] == flows[1]


def test_backends_find_the_same() -> None:
    """The same bits by C++ and by numba."""
    code = (
        "import hashlib, numpy as np, faceflow as ff\n"
        "rng = np.random.default_rng(0)\n"
        "first = rng.integers(0, 256, (70, 90, 3)).astype(np.uint8)\n"
        "flow = ff.estimate_flow(first, np.roll(first, 1, axis=1))\n"
        "print(hashlib.sha256(flow.tobytes()).hexdigest())"
    )
    done = [run_python(code, FACEFLOW_BACKEND=backend) for backend in ("cpp", "numba")]
    assert [one.returncode for one in done] == [0, 0], done[1].stderr
    assert done[0].stdout == done[1].stdout


def test_weights_are_those_of_the_card() -> None:
    """The card tells their digest, what they were trained on and on what terms."""
    content = face.WEIGHTS.read_bytes()
    card = face.card()
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert len(content) <= 4 * 2**20
    for key in ("data", "training", "figures", "limits", "terms"):
        assert card[key]


def test_documentation_names_the_weights_that_are_there() -> None:
    """A card that was not renewed with the weights would mislead."""
    page = Path(__file__).parents[2] / "docs" / "network.md"
    assert face.card()["sha256"] in page.read_text()


def test_doctor_tells_the_card() -> None:
    """In its text and as JSON."""
    assert face.card()["sha256"][:12] in run("faceflow", "doctor").out
    told = json.loads(run("faceflow", "doctor", "--json").out)
    assert told["face network"]["sha256"] == face.card()["sha256"]


@pytest.mark.parametrize("absent", ["tensorflow", "keras", "onnx"])
def test_it_needs_nothing_of_training(tmp_path: Path, absent: str) -> None:
    """A plain installation predicts."""
    packages = packages_without(tmp_path / "packages", absent)
    code = (
        "import numpy as np, faceflow as ff\n"
        "frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)\n"
        "print(ff.estimate_flow(frame, np.roll(frame, 1, axis=1)).shape)\n"
        f"import sys; assert {absent!r} not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "(64, 64, 2)\n"), done.stderr


def test_predict_takes_it_by_default(tmp_path: Path) -> None:
    """Two images; with landmarks, it looks at the face."""
    first, second, _ = deformed()
    for name, frame in (("a", first), ("b", second)):
        write_image(tmp_path / f"{name}.png", frame[..., ::-1])
    images = [tmp_path / "a.png", tmp_path / "b.png"]
    write_points(tmp_path / "a_landmarks.txt", FACE)
    for more, landmarks in (([], None), (["--landmarks-dir", tmp_path], FACE)):
        out = tmp_path / f"out{len(more)}"
        ended = run("faceflow", "predict", *images, "--out", out, *more)
        assert (ended.code, ended.err) == (0, "")
        expected = ff.estimate_flow(first, second, landmarks=landmarks)
        np.testing.assert_array_equal(ff.read_flow(out / "a.flo"), expected)
