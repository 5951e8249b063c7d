"""The face network in training and as it is shipped: one and the same."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from faces import texture, write_image
from training_runs import Told, history, same_run, train

import faceflow as ff
from faceflow.errors import ConfigError, ModelFileError
from faceflow.flow.local_motion import CHANNELS, frame_scales, local_motion
from faceflow.flow.resize import resize_flow
from faceflow.learn.export import export_onnx
from faceflow.learn.networks.face import FaceFlowNet
from faceflow.learn.networks.face_training import (
    EndpointLoss,
    ErrorLoss,
    PictureLoss,
    TwoPasses,
    double,
)
from faceflow.learn.networks.layers import WarpBackward
from faceflow.learn.training.options import TrainOptions
from faceflow.methods import dis
from faceflow.methods.correction import OUTPUTS, CorrectionNetwork, read_network
from faceflow.opencv import cv2

SIDE = 64
FACE = {"network": "face", "size": "64x64", "width": 0.25, "batch_size": 2, "epochs": 2}
FACE |= {"steps_per_epoch": 2, "schedule": "cosine", "learning_rate": 1e-3}


def randomised(seed: int = 3) -> FaceFlowNet:
    """A network whose output is not zero."""
    keras.utils.set_random_seed(seed)
    network = FaceFlowNet()
    rng = np.random.default_rng(seed)
    layer = network.get_layer("output")
    layer.set_weights(
        [rng.normal(0, 0.05, w.shape).astype(np.float32) for w in layer.get_weights()]
    )
    return network


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[FaceFlowNet, Path]:
    """A network, and the same as ONNX."""
    network, path = randomised(), tmp_path_factory.mktemp("onnx") / "face.onnx"
    export_onnx(network, path)
    return network, path


@pytest.mark.parametrize("size", [(16, 16), (32, 64), (96, 48)])
def test_onnx_gives_what_keras_gives(
    exported: tuple[FaceFlowNet, Path], size: tuple[int, int]
) -> None:
    """At any size, to rounding."""
    network, path = exported
    features = np.random.default_rng(0).normal(0, 1, (1, CHANNELS, *size)).astype(np.float32)
    expected = network(np.moveaxis(features, 1, -1)).numpy()
    runner = read_network(np.fromfile(path, np.uint8))
    runner.setInput(features)
    found = np.moveaxis(runner.forward(), 1, -1)
    assert found.shape == (1, *size, OUTPUTS)
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.skipif(not hasattr(cv2.dnn, "ENGINE_NEW"), reason="OpenCV 4 has one engine")
def test_both_engines_of_opencv_5_give_the_same(exported: tuple[FaceFlowNet, Path]) -> None:
    """Whichever a later version takes by default."""
    content = np.fromfile(exported[1], np.uint8)
    features = np.random.default_rng(1).normal(0, 1, (1, CHANNELS, 32, 32)).astype(np.float32)
    outputs = []
    for engine in (cv2.dnn.ENGINE_CLASSIC, cv2.dnn.ENGINE_NEW):
        runner = cv2.dnn.readNetFromONNX(content, engine)
        runner.setInput(features)
        outputs.append(runner.forward())
    np.testing.assert_allclose(*outputs, atol=2e-5)


def test_training_and_prediction_make_the_same_two_passes(
    exported: tuple[FaceFlowNet, Path],
) -> None:
    """What is trained in TensorFlow is what OpenCV and the kernels compute."""
    network, path = exported
    first, second = texture((SIDE, SIDE), 3), texture((SIDE, SIDE), 4)
    initial = dis.estimate(first, second)
    found = CorrectionNetwork(path)(first, second, initial)
    scales = [frame_scales(frame)[1] for frame in (first, second)]
    coarse = local_motion(*scales, resize_flow(initial, (SIDE // 2, SIDE // 2)))
    inputs = {
        "first": first,
        "second": second,
        "initial": initial,
        "coarse": np.moveaxis(coarse, 0, -1),
        "shown": second,
    }
    batch = {name: tf.convert_to_tensor(value[None]) for name, value in inputs.items()}
    outputs = TwoPasses(network, SIDE)(batch)
    np.testing.assert_allclose(found.flow, outputs["fine"][0], atol=1e-3)
    told = np.exp(np.clip(outputs["error"][0, ..., 2], -8, 8) - 2)
    np.testing.assert_allclose(found.error, told, rtol=1e-2)
    np.testing.assert_allclose(outputs["pulled"][0], _pulled(second, found.flow), atol=0.5)


def _pulled(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    return WarpBackward()([image[None].astype(np.float32), -flow[None]])[0].numpy()


def test_untrained_network_gives_dis(tmp_path: Path) -> None:
    """It can only improve on that."""
    export_onnx(FaceFlowNet(), tmp_path / "face.onnx")
    frames = texture((50, 70), 1), texture((50, 70), 2)
    flow = ff.load_model(tmp_path / "face.onnx")(*frames)
    np.testing.assert_array_equal(flow, dis.estimate(*frames))


def test_pulling_back_samples_at_the_flows_ends_and_doubling_is_opencv_s() -> None:
    """Bilinear, so a linear picture has at each place what the place says."""
    y, x = np.mgrid[:20, :30].astype(np.float32)
    image = np.stack([x, y, x + 2 * y], axis=-1)
    flow = np.random.default_rng(0).uniform(-2, 2, (20, 30, 2)).astype(np.float32)
    inside = slice(4, -4), slice(4, -4)
    pulled = _pulled(image, flow)
    u, v = x + flow[..., 0], y + flow[..., 1]
    expected = np.stack([u, v, u + 2 * v], axis=-1)
    np.testing.assert_allclose(pulled[inside], expected[inside], atol=1e-3)
    doubled = cv2.resize(flow, (60, 40), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(double(flow[None])[0], doubled, atol=1e-5)


def test_losses_are_of_the_pixels_that_count() -> None:
    """By hand, of two pixels the second of which has no weight."""
    target = np.array([[[[3.0, 4, 2], [9, 9, 0]]]], np.float32)
    nothing = np.zeros((1, 1, 2, 2), np.float32)
    assert float(EndpointLoss(0.5)(target, nothing)) == pytest.approx(0.5 * 2 * 5 / 2, rel=1e-4)
    told = np.concatenate([nothing, np.full((1, 1, 2, 1), 2 + np.log(5))], axis=-1)
    expected = 2 * (1 + np.log(5)) / 2
    assert float(ErrorLoss(1.0)(target, told.astype(np.float32))) == pytest.approx(
        expected, rel=1e-3
    )
    picture = np.array([[[[10.0, 10, 10, 1]]]], np.float32)
    seen = np.array([[[[13.0, 7, 10]]]], np.float32)
    assert float(PictureLoss(1.0)(picture, seen)) == pytest.approx(np.hypot(2, 0.5), rel=1e-5)


def test_error_loss_is_least_where_the_mean_error_is_told() -> None:
    """So that it is calibrated: errors of 1 and 3 px are told as 2 px."""
    target = np.array([[[[1.0, 0, 1], [3, 0, 1]]]], np.float32)
    losses = []
    for told in (1.0, 1.9, 2.0, 2.1, 4.0):
        spread = np.zeros((1, 1, 2, 3), np.float32)
        spread[..., 2] = np.log(told) + 2
        losses.append(float(ErrorLoss(1.0)(target, spread)))
    assert np.argmin(losses) == 2


@pytest.fixture(scope="module")
def backgrounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture without a face."""
    folder = tmp_path_factory.mktemp("backgrounds")
    write_image(folder / "a.png", texture((90, 120), 8))
    return folder


@pytest.fixture(scope="module")
def plain(training_data: Path, backgrounds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs with real pairs and backgrounds."""
    run = tmp_path_factory.mktemp("face") / "plain"
    more = {"real": training_data, "real_pairs": 1, "backgrounds": backgrounds}
    summary = train(training_data, run, **FACE, **more)
    assert (summary["network"], summary["epochs"]) == ("face", 2)
    return run


def test_run_leaves_a_network_that_predicts_without_keras(plain: Path) -> None:
    """`model.onnx`, which `load_model` takes before `model.keras`."""
    rows = history(plain)
    assert float(rows[-1]["val_epe"]) > 0
    assert float(rows[-1]["pulled_loss"]) > 0
    frames = texture((50, 70), 1), texture((50, 70), 2)
    flow = ff.load_model(plain)(*frames)
    assert (flow.shape, flow.dtype) == ((50, 70, 2), np.float32)
    assert np.array_equal(flow, ff.load_model(plain / "model.onnx")(*frames))


def test_interrupted_run_comes_to_the_same(
    plain: Path, training_data: Path, backgrounds: Path, tmp_path: Path
) -> None:
    """Curve, weights and optimiser, to the last bit."""
    more = {"real": training_data, "real_pairs": 1, "backgrounds": backgrounds}
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(training_data, run, **FACE, **more, told=Told(stop_at=3))
    assert len(history(run)) == 1
    train(training_data, run, **FACE, **more)
    assert same_run(plain, run)
    assert (run / "model.onnx").read_bytes() == (plain / "model.onnx").read_bytes()


def test_weights_to_start_from_are_taken(plain: Path, training_data: Path, tmp_path: Path) -> None:
    """Those of another run; the published network's are refused."""
    start = {**FACE, "epochs": 1, "steps_per_epoch": 1, "learning_rate": 1e-9}
    train(training_data, tmp_path / "run", **start, weights=plain / "model.keras")
    frames = texture((50, 70), 1), texture((50, 70), 2)
    flows = [ff.load_model(run)(*frames) for run in (plain, tmp_path / "run")]
    np.testing.assert_allclose(*flows, atol=1e-3)
    other = tmp_path / "other.keras"
    ff.learn.flownet_s(64, 64, width_multiplier=0.05).save(other)
    with pytest.raises(ModelFileError, match="layer level1 is not in it"):
        train(training_data, tmp_path / "again", **start, weights=other)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"experiment": "exp2I"}, "--experiment must not be given with --network face"),
        ({"size": "64x128"}, "a square is, with --network face"),
        ({"xla": True}, "--xla must not be given with --network face"),
        ({"strategy": "mirrored"}, "--strategy mirrored must not be given"),
        ({"real": Path("d"), "real_pairs": 2}, "--real-pairs 2 is not taken"),
        ({"network": "flownets", "real": Path("d")}, "--real must go with --network face"),
        ({"network": "other"}, "--network 'other' is not taken"),
    ],
)
def test_options_that_do_not_go_together_are_told(options: dict, complaint: str) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigError, match=complaint):
        TrainOptions(Path("data"), Path("run"), **{**FACE, **options})


def test_file_that_is_no_face_network_is_refused(tmp_path: Path) -> None:
    """Whatever it holds, the message names it."""
    frames = texture((32, 32), 1), texture((32, 32), 2)
    path = tmp_path / "a.onnx"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match=r"a\.onnx must hold a face network as ONNX"):
        ff.load_model(path)(*frames)
    with pytest.raises(ModelFileError, match=r"cannot read .*b\.onnx"):
        ff.load_model(tmp_path / "b.onnx")
