"""The estimators, by the name that people type."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from faceflow.errors import ConfigError, FaceflowError
from faceflow.files import StrPath, digest_file, os_reason, shown

if TYPE_CHECKING:
    from faceflow.types import AnyArray, Estimator

ESTIMATORS = ("zero", "farneback", "dis", "tvl1", "pcaflow", "deepflow", "face")
"""Their names; each is a module with a function `estimate`."""

RUN_FILES = ("model.onnx", "model.keras")
"""Names of the network in a training run's folder; the first that is there is meant."""

GROUP = "faceflow.estimators"
"""The entry points by which other packages have estimators of their own."""


def find_estimator(name: str) -> Estimator:
    """The estimator of a name; OpenCV is loaded here.

    The same frames give the same bits in any thread of any process of one machine: none of them
    runs on more than one core.

    Parameters
    ----------
    name
        One of `ESTIMATORS`.

    Returns
    -------
    estimate
        A function of two frames, (H, W, 3) uint8 red-green-blue of one size, that gives a flow,
        (H, W, 2) float32; it raises `ArrayError` for frames that it cannot take. It can be pickled.

    Raises
    ------
    ConfigError
        Another name.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> find_estimator("dis")(frame, frame).shape
    (32, 40, 2)
    """
    if name not in ESTIMATORS:
        raise ConfigError(f"estimator {name!r} is not taken: {', '.join(ESTIMATORS)} are")
    module = importlib.import_module(f"faceflow.methods.{name}")
    return cast("Estimator", module.estimate)


def open_estimator(text: str, besides: Sequence[str] = ()) -> Estimator:
    """The estimator of ``NAME`` or ``NAME:PATH``, of this package or of another.

    Other packages name theirs by an entry point of the group ``faceflow.estimators``: a function
    that is given what follows the colon, or None, and gives the estimator. One that has a parameter
    `landmarks` is given those of both frames, (2, N, 2) float64 in pixels, by whoever has them.

    Parameters
    ----------
    text
        As people type it.
    besides
        What whoever calls takes as well, for messages.

    Returns
    -------
    estimate
        As from `find_estimator`; another package's may take longer, or more cores.

    Raises
    ------
    ConfigError
        There is no such estimator, or it cannot be made.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.zeros((32, 40, 3), np.uint8)
    >>> open_estimator("farneback")(frame, frame).shape
    (32, 40, 2)
    """
    name, colon, path = text.partition(":")
    if name in ESTIMATORS:
        if colon:
            raise ConfigError(f"method {text!r} is not taken: {name} needs nothing after its name")
        return find_estimator(name)
    others = installed()
    if name not in others:
        taken = ", ".join((*ESTIMATORS, *others, *besides))
        raise ConfigError(f"method {text!r} is not taken: there is no {name!r} among {taken}")
    return _made(text, others[name], path if colon else None)


def identify_method(text: str) -> str:
    """Tell a method from others that have the same name.

    Parameters
    ----------
    text
        As `open_estimator` takes it.

    Returns
    -------
    identity
        The SHA-256 of the file that the method reads, such as a network's weights; for a method
        without a file, its name.

    Raises
    ------
    ConfigError
        The file cannot be read.

    Examples
    --------
    >>> identify_method("dis")
    'dis'
    """
    name, _, path = text.partition(":")
    file = Path(path) if path else None
    if name == "face":
        file = importlib.import_module("faceflow.methods.face").WEIGHTS
    if file is None:
        return text
    if file.is_dir():
        file = network_file(file)
    try:
        return digest_file(file).hex()
    except OSError as error:
        raise ConfigError(
            f"cannot read {shown(file)} of method {name}: {os_reason(error)}"
        ) from error


def network_file(path: StrPath) -> Path:
    """Return the file itself, or the network of a training run's folder.

    Examples
    --------
    >>> network_file("some/model.keras").as_posix()
    'some/model.keras'
    """
    given = Path(path)
    if not given.is_dir():
        return given
    files = [given / name for name in RUN_FILES]
    return next((file for file in files if file.is_file()), files[-1])


def installed() -> dict[str, EntryPoint]:
    """The entry points of other packages and of the network, by name, in their names' order."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    return {entry.name: entry for entry in found if entry.name not in ESTIMATORS}


def takes_landmarks(estimate: Estimator) -> bool:
    """Whether an estimator has a parameter `landmarks`."""
    try:
        return "landmarks" in inspect.signature(estimate).parameters
    except (TypeError, ValueError):  # of what is not written in Python nothing is known
        return False


def bind_landmarks(estimate: Estimator, landmarks: AnyArray | None) -> Estimator:
    """Give an estimator the landmarks of its frames, if it takes them.

    Parameters
    ----------
    estimate
        From `find_estimator` or `open_estimator`.
    landmarks
        (N, 2) of the first frame or (2, N, 2) of both, pixels; None where none are known.
    """
    if landmarks is None or not takes_landmarks(estimate):
        return estimate
    taking: Any = estimate
    return functools.partial(taking, landmarks=landmarks)


def _made(text: str, entry: EntryPoint, path: str | None) -> Estimator:
    try:
        estimate: Any = entry.load()(path)
    except FaceflowError as error:
        raise ConfigError(f"method {text!r} cannot be used: {error}") from error
    except Exception as error:  # another package's: anything
        reason = f"{type(error).__name__}: {error}"
        raise ConfigError(f"method {text!r} cannot be used: {reason}") from error
    if not callable(estimate):
        raise ConfigError(
            f"method {text!r} cannot be used: {entry.value} gave a {type(estimate).__name__}, "
            "a function of two frames is taken"
        )
    return cast("Estimator", estimate)
