"""The exceptions of the package. Each message says what was given and what is taken."""

from __future__ import annotations


class FaceflowError(Exception):
    """Base of every exception that faceflow raises on purpose."""


class ArrayError(FaceflowError, ValueError):
    """An array argument has a shape, dtype or value that is not taken."""


class FlowFileError(FaceflowError, ValueError):
    """A flow file cannot be read, or a field cannot be written in its format."""


class ModelFileError(FaceflowError, ValueError):
    """A model or its weights cannot be read, or do not fit the network (exit code 2)."""


class BackendError(FaceflowError, RuntimeError):
    """The kernel that ``FACEFLOW_BACKEND`` asks for is not there."""


class ConfigError(FaceflowError, ValueError):
    """An option, or a combination of options, is not taken (exit code 2)."""


class DatasetError(FaceflowError):
    """A dataset on disk cannot be read as one."""


class DetectorError(FaceflowError, RuntimeError):
    """What is to find landmarks does not work at all."""


class ClusterError(FaceflowError, RuntimeError):
    """A cluster, or one of its workers, cannot do its part of a run that has begun."""


class WorkerError(FaceflowError, RuntimeError):
    """A process of this machine that did a part of a run has been killed."""


class TrainingError(FaceflowError, RuntimeError):
    """A training run that has begun cannot go on."""


class FrameError(FaceflowError):
    """One frame cannot be used; `reason` is what its record says.

    Parameters
    ----------
    reason
        A frame's reason as in ``sequence.json``, e.g. ``"truncated_image"``.
    detail
        What was found, in one line.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)  # as they are, so that it can be sent to other processes
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"
