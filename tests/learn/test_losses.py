"""The published losses against a computation in plain numpy, and their gradients."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from network_samples import make_inputs, make_network, make_targets

import faceflow as ff
from faceflow.learn.experiments import EXPERIMENTS, Experiment, required_outputs
from faceflow.learn.losses import EndpointError, FlowLoss, ReconstructionLoss, compile_losses
from faceflow.types import AnyArray

LAMBDAS = {  # end-point error, reconstruction, angle, smoothness
    "exp1": (1, 0, 0, 0),
    "exp2I": (0.4, 0.6, 0, 0),
    "exp2II": (0.75, 0.25, 0, 0),
    "exp3I": (0.3, 0.4, 0, 0.3),
    "exp3II": (0.3, 0.4, 0.3, 0),
}
SHARES = {1: 5 / 6, 2: 1 / 12, 3: 1 / 18, 4: 1 / 36}
FULL = "Deconv1_prediction"


def plain_total(name: str, outputs: dict[str, AnyArray], targets: dict[str, AnyArray]) -> float:
    """The total loss of a batch, pixel by pixel and in double precision."""
    epe, rec, aae, smooth = LAMBDAS[name]
    pairs = len(outputs[FULL])
    total = 0.0
    for pair in range(pairs):
        for level, share in SHARES.items():
            output = f"Deconv{level}_prediction"
            f, g = outputs[output][pair], targets[output][pair]
            total += epe * share * plain_mean(np.hypot(*np.moveaxis(f - g[..., :2], -1, 0)), g)
        f, g = outputs[FULL][pair].astype(float), targets[FULL][pair].astype(float)
        if aae:
            total += aae * plain_mean(plain_angles(f, g), g)
        if smooth:
            total += smooth * plain_mean(plain_roughness(f), g)
        if rec:
            frame = targets["warped_output"][pair]
            total += rec * plain_huber(outputs["warped_output"][pair], frame)
    return total / pairs


def plain_mean(values: AnyArray, target: AnyArray) -> float:
    counted = values[target[..., 2] == 1]
    return float(counted.astype(float).mean()) if counted.size else 0.0


def plain_angles(f: AnyArray, g: AnyArray) -> AnyArray:
    angles = np.empty(f.shape[:2])
    for at in np.ndindex(*angles.shape):
        a, b = np.array([*g[at][:2], 1.0]), np.array([*f[at], 1.0])
        angles[at] = math.atan2(np.linalg.norm(np.cross(a, b)), a @ b)
    return angles


def plain_roughness(f: AnyArray) -> AnyArray:
    lengths = np.zeros(f.shape[:2])
    H, W = f.shape[:2]
    for y, x in np.ndindex(H, W):
        for channel in (0, 1):
            right = f[y, x + 1, channel] - f[y, x, channel] if x + 1 < W else 0.0
            down = f[y + 1, x, channel] - f[y, x, channel] if y + 1 < H else 0.0
            lengths[y, x] += math.sqrt(right**2 + 0.0001) + math.sqrt(down**2 + 0.0001)
    return lengths


def plain_huber(a: AnyArray, b: AnyArray) -> float:
    distance = np.abs(a.astype(float) - b[..., :3])[b[..., 3] == 1]
    return float(np.where(distance <= 1, distance**2 / 2, distance - 0.5).mean())


def loss_of(loss: keras.losses.Loss, target: AnyArray, predicted: AnyArray) -> AnyArray:
    """A loss for each pair."""
    return loss.call(tf.constant(target), tf.constant(predicted)).numpy()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_total_is_the_published_one(name: str) -> None:
    """Of a fixed batch, a third of whose pixels do not count; and what Keras makes of it."""
    network, experiment = make_network(height=64, width=64), EXPERIMENTS[name]
    inputs, targets = make_inputs(network), make_targets(network, experiment)
    outputs = network.predict_on_batch(inputs)
    network.compile(loss=compile_losses(experiment), run_eagerly=True)
    total = network.test_on_batch(inputs, targets, return_dict=True)["loss"]
    assert total == pytest.approx(plain_total(name, outputs, targets), rel=1e-5)


def test_second_experiment_looks_at_the_moved_frame() -> None:
    """exp2I has its reconstruction loss, which the reference system's script left out."""
    name = "warped_output"
    losses = compile_losses(EXPERIMENTS["exp2I"])
    first, second = np.zeros((1, 8, 8, 3), np.float32), np.full((1, 8, 8, 4), 9, np.float32)
    second[..., 3], second[0, 4:] = 1, [100, 100, 100, 0]  # half of it does not count
    assert loss_of(losses[name], second, first) == pytest.approx([0.6 * 8.5])


@pytest.mark.parametrize("name", ["exp3I", "exp3II"])
def test_third_experiments_look_at_the_full_prediction(name: str) -> None:
    """Its end-point error counts, which a repeated key dropped in the reference system's script."""
    assert compile_losses(EXPERIMENTS[name])[FULL].epe == pytest.approx(0.3 * 5 / 6)


def test_first_experiment_has_all_its_weights() -> None:
    """The reference system's script asked for one that was not there."""
    losses = compile_losses(EXPERIMENTS["exp1"])
    assert sum(loss.epe for loss in losses.values()) == pytest.approx(1)
    assert "Deconv5_prediction" not in losses


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_losses_are_those_of_the_required_outputs(
    epe: float, rec: float, aae: float, smooth: float
) -> None:
    """Of any experiment: what targets have to hold, no more."""
    experiment = Experiment(epe, rec, aae, smooth)
    assert tuple(compile_losses(experiment)) == required_outputs(experiment)


@pytest.mark.parametrize("epe", [0.0, 1.0])
def test_angle_counts_without_end_point_error(epe: float) -> None:
    """An experiment of one's own may have any loss alone."""
    assert FULL in required_outputs(Experiment(epe=epe, aae=1.0))
    assert FULL in required_outputs(Experiment(epe=epe, smooth=1.0))


SPECIAL = {
    "perfect": ([2.0, -1.0, 1.0], [2.0, -1.0]),
    "no motion": ([0.0, 0.0, 1.0], [0.0, 0.0]),
    "parallel": ([1.0, 1.0, 1.0], [3.0, 3.0]),
    "opposite": ([1e4, 0.0, 1.0], [-1e4, 0.0]),
    "not counted": ([0.0, 0.0, 0.0], [5.0, 1.0]),
    "tiny": ([0.0, 0.0, 1.0], [1e-25, 1e-30]),
}


@pytest.mark.parametrize(("target", "predicted"), SPECIAL.values(), ids=SPECIAL)
@pytest.mark.parametrize("loss", [FlowLoss(1.0), FlowLoss(0.0, aae=1.0), FlowLoss(0.0, smooth=1.0)])
def test_gradient_is_finite(loss: FlowLoss, target: list[float], predicted: list[float]) -> None:
    """Also where roots and angles have no derivative; 0 where nothing counts."""
    f = tf.Variable(np.tile(np.float32(predicted), (1, 4, 4, 1)))
    with tf.GradientTape() as tape:
        total = loss(np.tile(np.float32(target), (1, 4, 4, 1)), f)
    gradient = tape.gradient(total, f).numpy()
    assert np.isfinite([total.numpy(), *gradient.ravel()]).all()
    assert gradient.any() <= (target[2] > 0)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_gradients_of_the_network_are_finite(name: str) -> None:
    """Of every weight, also where the two frames are the same and nothing moves."""
    network, experiment = make_network(height=64, width=64), EXPERIMENTS[name]
    frames, targets = make_inputs(network)["pre_input"], make_targets(network, experiment)
    losses = compile_losses(experiment)
    for target in targets.values():
        target[:] = 1
        target[..., :-1] = 0
    if experiment.rec:
        targets["warped_output"][..., :3] = frames
    with tf.GradientTape() as tape:
        outputs = network({"pre_input": frames, "nxt_input": frames})
        total = sum(loss(targets[key], outputs[key]) for key, loss in losses.items())
    gradients = tape.gradient(total, network.trainable_weights)
    assert all(np.isfinite(gradient).all() for gradient in gradients if gradient is not None)


@settings(max_examples=30)
@given(st.integers(0, 2**31))
def test_pixels_that_do_not_count_change_nothing(seed: int) -> None:
    """Whatever is predicted there; a pair without any counts 0."""
    rng = np.random.default_rng(seed)
    weight = (rng.random((2, 6, 7, 1)) < 0.5) * np.float32([1, 0]).reshape(2, 1, 1, 1)
    g = rng.normal(0, 3, (2, 6, 7, 2)) * weight
    target = np.concatenate([g, weight], axis=-1).astype(np.float32)
    one = rng.normal(0, 3, g.shape).astype(np.float32)
    other = np.where(weight > 0, one, one + 7).astype(np.float32)
    loss = FlowLoss(0.5, aae=0.5)
    np.testing.assert_array_equal(loss_of(loss, target, one), loss_of(loss, target, other))
    assert loss_of(loss, target, one)[1] == 0


def test_errors_are_those_of_the_package() -> None:
    """The losses' end-point and angular error are ff.endpoint_error and ff.angular_error."""
    rng = np.random.default_rng(0)
    f, g = (rng.normal(0, 3, (2, 6, 7, 2)).astype(np.float32) for _ in range(2))
    target = np.concatenate([g, np.ones((2, 6, 7, 1), np.float32)], axis=-1)
    epe = [ff.endpoint_error(a, b) for a, b in zip(f, g, strict=True)]
    aae = [math.radians(ff.angular_error(a, b)) for a, b in zip(f, g, strict=True)]
    assert loss_of(FlowLoss(1.0), target, f) == pytest.approx(epe, rel=1e-5)
    assert loss_of(FlowLoss(0.0, aae=1.0), target, f) == pytest.approx(aae, rel=1e-5)


def test_metric_is_the_mean_over_all_pixels_that_count() -> None:
    """Of all batches since it was reset, pixels alike."""
    metric = EndpointError()
    target = np.zeros((2, 4, 4, 3), np.float32)
    target[0, 0, 0, 2] = target[1, ..., 2] = 1
    predicted = np.zeros((2, 4, 4, 2), np.float32)
    predicted[0] = 3, 4
    metric.update_state(target, predicted)
    assert float(metric.result()) == pytest.approx(5 / 17)
    metric.update_state(target[:1], predicted[:1])
    assert float(metric.result()) == pytest.approx(10 / 18)
    metric.reset_state()
    metric.update_state(target[:1], predicted[:1])
    assert float(metric.result()) == 5


@pytest.mark.parametrize(
    "thing", [FlowLoss(0.3, 0.2, 0.1), ReconstructionLoss(0.4), EndpointError()]
)
def test_loss_comes_back_from_its_configuration(thing: keras.losses.Loss) -> None:
    """As a compiled model stores it."""
    stored = keras.saving.serialize_keras_object(thing)
    assert keras.saving.deserialize_keras_object(stored).get_config() == thing.get_config()
