"""What is compared: estimators, the labels themselves, and files of other programs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from faceflow.dataset.reader import Sample
from faceflow.errors import ArrayError, ConfigError
from faceflow.evaluate.protocol import View
from faceflow.flow.checks import given
from faceflow.flow.resize import resize_flow
from faceflow.methods.external import FlowFolder
from faceflow.methods.registry import bind_landmarks, open_estimator
from faceflow.types import Flow

LABEL = "landmarks"
"""The method that is the dataset's own flow."""

FILES = "flo"
"""The method whose flow lies in a folder."""


class Found(NamedTuple):
    """A method's flow of one pair."""

    flow: Flow
    """Of what methods look at under the protocol."""
    resized: bool = False
    """Whether the field was of another size."""


class Method(ABC):
    """Gives the flow of a pair."""

    @abstractmethod
    def flow(self, view: View, whole: Sample, stem: str) -> Found | None:
        """The flow from the first frame to the second; None where the method has none.

        Parameters
        ----------
        view
            The pair as the protocol shows it.
        whole
            All of it.
        stem
            What its flow file is called.

        Raises
        ------
        Exception
            Whatever an estimator raises that cannot do it.
        """


class Estimated(Method):
    """What an estimator finds in the two frames."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._estimate = open_estimator(text, (LABEL, f"{FILES}:DIR"))

    def flow(self, view: View, whole: Sample, stem: str) -> Found:
        """See `Method`."""
        seen = view.seen
        first, second = (np.ascontiguousarray(frame) for frame in seen.frames)
        flow: Any = bind_landmarks(self._estimate, seen.landmarks)(first, second)
        if not isinstance(flow, np.ndarray) or flow.shape != (*seen.valid.shape, 2):
            found = given(flow) if isinstance(flow, np.ndarray) else type(flow).__name__
            raise ArrayError(f"it gave {found}, {(*seen.valid.shape, 2)} float32 is taken")
        return Found(np.ascontiguousarray(flow, np.float32))


class Labels(Method):
    """The dataset's own flow: its photometric error says how true labels are."""

    def flow(self, view: View, whole: Sample, stem: str) -> Found:
        """See `Method`."""
        return Found(view.seen.flow)


class Files(Method):
    """What another program computed."""

    def __init__(self, folder: FlowFolder) -> None:
        self._folder = folder

    def flow(self, view: View, whole: Sample, stem: str) -> Found | None:
        """See `Method`."""
        path = self._folder.find(whole.names.subject, whole.names.sequence, stem)
        if path is None:
            return None
        flow, (H, W) = self._folder.read(path), whole.valid.shape
        return Found(view.cut(resize_flow(flow, (H, W))), flow.shape[:2] != (H, W))


def open_method(text: str, negated: bool = False) -> Method:
    """The method of what people type.

    Parameters
    ----------
    text
        ``landmarks``, ``flo:DIR``, or as `open_estimator` takes it.
    negated
        Whether files hold minus the flow.

    Raises
    ------
    ConfigError
        There is no such method, or it cannot be used.
    """
    name, _, path = text.partition(":")
    if name == LABEL:
        if text != LABEL:
            raise ConfigError(f"method {text!r} is not taken: {name} needs nothing after its name")
        return Labels()
    if name == FILES:
        if not path:
            raise ConfigError("method flo needs a folder: flo:DIR")
        return Files(FlowFolder(Path(path), negated))
    return Estimated(text)
