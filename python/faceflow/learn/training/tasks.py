"""Kinds of networks in training: a class each for the network, its losses and its examples."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import keras

from faceflow.errors import ConfigError
from faceflow.images import read_image
from faceflow.learn.data.face_examples import FaceExamples, FaceOptions
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.learn.data.pipeline import make_face_pipeline
from faceflow.learn.experiments import EXPERIMENTS, required_outputs
from faceflow.learn.losses import EndpointError, compile_losses
from faceflow.learn.networks import flownet_s
from faceflow.learn.networks.face import FaceFlowNet
from faceflow.learn.networks.face_training import TwoPasses, compile_face_losses
from faceflow.learn.networks.names import PREDICTIONS
from faceflow.learn.training.devices import Trained
from faceflow.learn.training.stream import divided, training_stream, validation_stream
from faceflow.learn.weights import load_weights

if TYPE_CHECKING:
    from faceflow.learn.training.options import TrainOptions
    from faceflow.learn.training.pairs import ChosenPairs

_MOST_JUDGED = 512
"""Pairs that the face network is validated on."""


class Task(Protocol):
    """A kind of network in training."""

    network: Any
    """The network that training is for, a ``keras.Model``."""
    model: Any
    """The model that Keras fits, which contains the network."""
    losses: dict[str, keras.losses.Loss]
    judged: ClassVar[str]
    """The output whose end-point error is reported."""
    clip: ClassVar[float | None]
    """Length that each weight array's gradient is cut to."""

    def start_from(self, weights: Path) -> None:
        """Load the weights to start from."""

    def training(self, start_step: int) -> Any:
        """Batches without end."""

    def validation(self, replicas: int) -> Any | None:
        """Every pair for validation once; None where there is none."""

    def export(self, path: Path) -> None:
        """Write the network for prediction without Keras, if it can be."""


def make_task(options: TrainOptions, pairs: ChosenPairs) -> Task:
    """Make the network of a run, which is not compiled yet."""
    if options.network == "face":
        return FaceTask(options, pairs)
    return FlowNetSTask(options, pairs)


class FlowNetSTask:
    """FlowNetS with the losses of an experiment."""

    judged: ClassVar[str] = PREDICTIONS[0]
    clip: ClassVar[float | None] = None

    def __init__(self, options: TrainOptions, pairs: ChosenPairs) -> None:
        self._options, self._pairs = options, pairs
        self.network = flownet_s(options.height, options.columns, options.width)
        experiment = EXPERIMENTS[options.experiment]
        self._outputs = tuple(required_outputs(experiment))
        outputs = {name: self.network.output[name] for name in self._outputs}
        self.model = Trained(self.network.input, outputs)
        self.losses = compile_losses(experiment)

    def start_from(self, weights: Path) -> None:
        """See `Task`."""
        load_weights(self.network, weights)
        self.network.vectors = "crop"  # what it learns here, whatever it learnt before

    def training(self, start_step: int) -> Any:
        """See `Task`."""
        taken = self._options, self.network.output_sizes, self._outputs
        return training_stream(self._pairs.train, *taken, start_step=start_step)

    def validation(self, replicas: int) -> Any | None:
        """See `Task`."""
        judging = self._pairs.validation
        taken = self._options, self.network.output_sizes, self._outputs
        return judging and validation_stream(judging, *taken, replicas)

    def export(self, path: Path) -> None:
        """See `Task`; prediction with it needs Keras."""


class FaceTask:
    """The face network, in two passes."""

    judged: ClassVar[str] = "fine"
    clip: ClassVar[float | None] = 1.0

    def __init__(self, options: TrainOptions, pairs: ChosenPairs) -> None:
        self._options, self._pairs = options, pairs
        self.network = FaceFlowNet()
        self.model = TwoPasses(self.network, options.height)
        self.losses = compile_face_losses()

    def start_from(self, weights: Path) -> None:
        """See `Task`."""
        load_weights(self.network, weights)

    def training(self, start_step: int) -> Any:
        """See `Task`."""
        examples = FaceExamples(
            self._pairs.train,
            self._example_options(shuffle=True),
            self._real,
            self._backgrounds,
        )
        return divided(make_face_pipeline(examples, start_step), self._options.workers)

    def validation(self, replicas: int) -> Any | None:
        """See `Task`."""
        judging = self._pairs.validation
        if judging is None:
            return None
        step = -(-len(judging) // _MOST_JUDGED)
        examples = FaceExamples(judging.every(step), self._example_options(shuffle=False))
        return divided(make_face_pipeline(examples), self._options.workers)

    def export(self, path: Path) -> None:
        """See `Task`."""
        from faceflow.learn.export import export_onnx

        export_onnx(self.network, path)

    def _example_options(self, shuffle: bool) -> FaceOptions:
        options = self._options
        real = options.real_pairs if shuffle and options.real is not None else 0
        return FaceOptions(options.batch_size, options.height, real, options.seed, shuffle)

    @cached_property
    def _real(self) -> Pairs | None:
        return None if self._options.real is None else open_pairs(self._options.real)

    @cached_property
    def _backgrounds(self) -> list[Any]:
        return [] if self._options.backgrounds is None else _pictures(self._options.backgrounds)


def _pictures(folder: Path) -> list[Any]:
    """Read all pictures of a folder, in natural order."""
    from faceflow.sequences import open_sequence

    sequence = open_sequence(folder)
    if not sequence.images:
        raise ConfigError(f"--backgrounds {folder} must have pictures, got none")
    return [read_image(sequence.folder / name) for name in sequence.images]


def compile_task(task: Task, optimizer: Any, xla: bool) -> None:
    """Give a task's model its optimizer, losses and the metric that is reported."""
    task.model.compile(
        optimizer,
        loss=task.losses,
        metrics={task.judged: [EndpointError(name="epe")]},
        jit_compile=xla,
    )
