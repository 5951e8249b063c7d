"""The network: its table of layers, and what any Keras model is to do."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from fresh_python import run_python
from network_samples import make_inputs, make_network, make_targets

import faceflow
from faceflow.errors import ConfigError
from faceflow.learn.experiments import EXPERIMENTS
from faceflow.learn.losses import EndpointError, compile_losses
from faceflow.learn.networks import PRESETS, FlowNetS, flownet_s
from faceflow.learn.networks.shapes import weight_shapes

# Name, kernel, channels in, channels out.
TABLE = """
conv1 7 3 64, conv2 5 64 128, conv3 5 128 256, conv_redir 1 256 32,
conv3_1 3 544 256, conv4 3 256 512, conv4_1 3 512 512, conv5 3 512 512,
conv5_1 3 512 512, conv6 3 512 1024, conv6_1 3 1024 1024, Deconv6_prediction 3 1024 2,
deconv5 4 1024 512, iconv5 1 1026 1024, Deconv5_prediction 3 1024 2,
deconv4 4 1024 512, iconv4 1 1026 1024, Deconv4_prediction 3 1024 2,
deconv3 4 1024 256, iconv3 1 514 512, Deconv3_prediction 3 512 2,
deconv2 4 512 128, Deconv2_prediction 3 258 2, deconv1 4 258 64, Deconv1_prediction 3 130 2
"""
PARAMETERS = 49_437_364

OTHER_BACKEND = """
import sys
import keras, numpy as np
from faceflow.learn.experiments import EXPERIMENTS
from faceflow.learn.losses import EndpointError, compile_losses
from faceflow.learn.networks import flownet_s
from network_samples import make_inputs, make_network, make_targets

assert keras.backend.backend() == {backend!r}
network = make_network()
saved = np.load({saved!r})
for name, predicted in network.predict_on_batch(make_inputs(network)).items():
    assert np.allclose(predicted, saved[name], rtol=1e-3, atol=1e-3), name
experiment = EXPERIMENTS["exp3II"]
metrics = {{"Deconv1_prediction": [EndpointError()]}}
network.compile(keras.optimizers.Adam(1e-4), loss=compile_losses(experiment), metrics=metrics)
targets = make_targets(network, experiment)
losses = network.fit(make_inputs(network), targets, epochs=3, verbose=0).history["loss"]
assert losses[2] < losses[0]
begun = flownet_s(64, 128, 0.1).predict_on_batch(make_inputs(network))
assert not begun["Deconv1_prediction"].any()
"""


@pytest.fixture(scope="module")
def paper() -> FlowNetS:
    """As published."""
    return flownet_s(**PRESETS["paper"])


def test_layers_of_paper_are_those_of_the_table(paper: FlowNetS) -> None:
    """By name, kernel and channels, so that published weights fit; 49,437,364 parameters in all."""
    expected = {}
    for row in TABLE.split(","):
        name, kernel, inward, outward = row.split()
        channels = (inward, outward) if not name.startswith("deconv") else (outward, inward)
        shape = (int(kernel), int(kernel), *map(int, channels))
        expected[name] = [shape, (int(outward),)]
    layers = [layer for layer in paper.layers if layer.weights]
    assert {layer.name: [w.shape for w in layer.weights] for layer in layers} == expected
    assert paper.count_params() == PARAMETERS


def test_outputs_of_paper_have_the_published_sizes(paper: FlowNetS) -> None:
    """Of flow at five sizes, and the first frame moved."""
    sizes = {1: (192, 256), 2: (96, 128), 3: (48, 64), 4: (24, 32), 5: (12, 16)}
    expected = {f"Deconv{level}_prediction": size for level, size in sizes.items()}
    assert paper.output_sizes == expected
    shapes = {name: output.shape for name, output in paper.output.items()}
    assert shapes.pop("warped_output") == (None, 384, 512, 3)
    assert shapes == {name: (None, *size, 2) for name, size in expected.items()}


def test_inputs_are_known_by_name(paper: FlowNetS) -> None:
    """Those of the published network."""
    assert {name: i.shape for name, i in paper.input.items()} == {
        "pre_input": (None, 384, 512, 3),
        "nxt_input": (None, 384, 512, 3),
    }


def test_untrained_network_sees_no_motion() -> None:
    """Training begins at no flow, not at what the lot makes of grey levels."""
    network = flownet_s(64, 64, width_multiplier=0.1)
    predicted = network.predict_on_batch(make_inputs(network))
    assert [float(np.abs(predicted[name]).max()) for name in network.output_sizes] == [0.0] * 5


def test_width_multiplier_scales_all_but_the_predictions() -> None:
    """A quarter of the filters, two for each flow."""
    network = flownet_s(64, 64, width_multiplier=0.25)
    filters = {layer.name: layer.weights[-1].shape[0] for layer in network.layers if layer.weights}
    for row in TABLE.split(","):
        name, _, _, outward = row.split()
        assert filters[name] == (2 if "prediction" in name else int(outward) // 4)


@pytest.mark.parametrize("redirect", [None, [(1, 3), (2, 3), (4, 6)]])
@pytest.mark.parametrize("width", [0.05, 0.3])
def test_shapes_are_known_before_the_network_is_made(
    width: float, redirect: list[tuple[int, int]] | None
) -> None:
    """Those of every layer, in its order: files are compared with them."""
    network = FlowNetS(64, 64, width, redirect)
    layers = [layer for layer in network.layers if layer.weights]
    known = weight_shapes(width, redirect or ())
    assert known == {layer.name: [w.shape for w in layer.weights] for layer in layers}


def test_network_is_fitted_and_comes_back_compiled(tmp_path: Path) -> None:
    """With targets for the outputs that have a loss and no others; its losses are stored too."""
    network, experiment = make_network(height=64, width=64), EXPERIMENTS["exp3II"]
    metrics = {"Deconv1_prediction": [EndpointError()]}
    network.compile(keras.optimizers.Adam(1e-4), loss=compile_losses(experiment), metrics=metrics)
    inputs, targets = make_inputs(network), make_targets(network, experiment)
    history = network.fit(inputs, targets, epochs=3, verbose=0).history
    assert history["loss"][2] < history["loss"][0]
    assert set(history) == {"loss", "Deconv1_prediction_epe", *(f"{key}_loss" for key in targets)}
    network.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    for model in (network, loaded):
        model.run_eagerly = True  # nothing is to be compiled once more
        model.reset_metrics()  # Keras 3.12 goes on with those of training
    assert loaded.test_on_batch(inputs, targets) == network.test_on_batch(inputs, targets)
    assert int(loaded.optimizer.iterations) == 3


@pytest.mark.parametrize("vectors", ["crop", "frame"])
def test_saved_model_comes_back(tmp_path: Path, vectors: str) -> None:
    """The same in every bit, and still saying what its vectors are."""
    network = make_network(vectors=vectors, redirect=[(1, 3), (4, 5)])
    network.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    assert isinstance(loaded, FlowNetS)
    assert loaded.get_config() == network.get_config()
    inputs = make_inputs(network)
    expected = network.predict_on_batch(inputs)
    for name, predicted in loaded.predict_on_batch(inputs).items():
        np.testing.assert_array_equal(predicted, expected[name])


def test_configuration_goes_through_json() -> None:
    """And makes a network of the same layers."""
    network = make_network(redirect=[(2, 4)], vectors="frame", name="mine")
    again = FlowNetS.from_config(json.loads(json.dumps(network.get_config())))
    assert again.get_config() == network.get_config()
    assert [w.shape for w in again.weights] == [w.shape for w in network.weights]


def test_mixed_precision_keeps_flow_in_single() -> None:
    """Convolutions are in half precision; what holds pixels is not, and stays close."""
    network = make_network()
    inputs = make_inputs(network)
    expected = network.predict_on_batch(inputs)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        mixed = make_network()
    finally:
        keras.config.set_dtype_policy(before)
    assert mixed.get_layer("conv4").compute_dtype == "bfloat16"
    for name, predicted in mixed.predict_on_batch(inputs).items():
        assert predicted.dtype == np.float32
        np.testing.assert_allclose(predicted, expected[name], atol=0.05 * np.ptp(expected[name]))


def test_redirection_joins_what_it_says() -> None:
    """A quarter of 32 filters of layer 1, of stride 4, go into layer 3; and of layer 4 into 6."""
    network = make_network(width_multiplier=0.25, redirect=[(1, 3), (4, 6)])
    plain = make_network(width_multiplier=0.25)
    for name, into, stride in (("redirect_1_3", "conv3_1", 4), ("redirect_4_6", "conv6_1", 4)):
        layer = network.get_layer(name)
        assert (layer.kernel_size, layer.strides, layer.filters) == ((1, 1), (stride, stride), 8)
        assert layer.output.shape[1:3] == network.get_layer(into).output.shape[1:3]
        taken, before = (n.get_layer(into).weights[0].shape[2] for n in (network, plain))
        assert taken == before + 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"height": 200}, "height is 200, multiples of 64 up to 4096 are taken"),
        ({"width": 0}, "width is 0, multiples of 64 up to 4096 are taken"),
        ({"width_multiplier": 0.0}, "width_multiplier is 0.0, over 0 and up to 4 is taken"),
        ({"width_multiplier": float("nan")}, "width_multiplier is nan, over 0 and up to 4 is"),
        ({"redirect": [(1, 2)]}, r"redirect \(1, 2\) leads into layer 2, which has no second"),
        ({"redirect": [(4, 3)]}, r"redirect \(4, 3\) is not taken: \(i, j\) with i < j"),
        ({"redirect": [(3, 7)]}, r"redirect \(3, 7\) is not taken"),
        ({"redirect": [(1, 3), (1, 3)]}, r"redirect \(1, 3\) is there twice, once is taken"),
        ({"redirect": [(1, 2, 3)]}, r"redirect \(1, 2, 3\) is not taken: two whole numbers"),
        ({"redirect": [(1.5, 3)]}, r"redirect \(1.5, 3\) is not taken: two whole numbers"),
        ({"redirect": ["13"]}, r"redirect \('1', '3'\) is not taken: two whole numbers"),
        ({"redirect": 5}, r"redirect is 5, pairs \(i, j\) are taken"),
        ({"redirect": [5]}, r"redirect is \[5\], pairs \(i, j\) are taken"),
        ({"width_multiplier": "1"}, "width_multiplier is 1, over 0 and up to 4 is taken"),
        ({"width_multiplier": 10**400}, "width_multiplier is 10+, over 0 and up to 4 is taken"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments: dict[str, object], message: str) -> None:
    """In one line that says what is taken."""
    with pytest.raises(ConfigError, match=message):
        flownet_s(**arguments)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_predict_and_learn_the_same(backend: str, tmp_path: Path) -> None:
    """Keras may run on any of its backends."""
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    network = make_network()
    np.savez(tmp_path / "a.npz", **network.predict_on_batch(make_inputs(network)))
    code = OTHER_BACKEND.format(backend=backend, saved=str(tmp_path / "a.npz"))
    here = f"{Path(faceflow.__file__).parents[1]}:{Path(__file__).parents[1]}"
    done = run_python(
        "import warnings; warnings.resetwarnings()\n" + code,
        KERAS_BACKEND=backend,
        PYTHONPATH=here,
        XLA_FLAGS="--xla_backend_optimization_level=0",  # of its time, most would go there
    )
    assert done.returncode == 0, done.stderr
