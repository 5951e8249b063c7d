"""Which kernels run: the compiled extension, or numba."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar, cast

from faceflow.errors import ArrayError, BackendError
from faceflow.types import AnyArray, Flow, Image, Landmarks, Mask, Triangles

VARIABLE = "FACEFLOW_BACKEND"
CHOICES = ("auto", "cpp", "numba")

_P = ParamSpec("_P")
_R = TypeVar("_R")

_MODULES = {"cpp": "faceflow._core", "numba": "faceflow.flow._numba"}


class Kernels(Protocol):
    """What both kernels offer; arrays are C-contiguous and of the exact dtype."""

    def triangulate(self, points: Landmarks) -> Triangles: ...

    def synthesize(
        self,
        source: Landmarks,
        target: Landmarks,
        triangles: Triangles,
        fill: float,
        flow: Flow,
        valid: Mask | None,
    ) -> None: ...

    def synthesize_each(
        self,
        source: Landmarks,
        target: Landmarks,
        triangles: Triangles,
        fill: float,
        flows: list[Flow],
        valids: list[Mask],
    ) -> None: ...

    def synthesize_weighed(
        self,
        source: Landmarks,
        target: Landmarks,
        triangles: Triangles,
        elsewhere: float,
        outs: list[AnyArray],
    ) -> None: ...

    def flipped_triangles(
        self, source: Landmarks, target: Landmarks, triangles: Triangles
    ) -> Mask: ...

    def measure_motion(self, flow: Flow, valid: Mask) -> tuple[int, float, float]: ...

    def score(
        self,
        pred: Flow,
        gt: Flow,
        flags: AnyArray,
        regions: AnyArray,
        difference: AnyArray,
        table: AnyArray,
        endpoints: AnyArray,
        angles: AnyArray,
    ) -> int: ...

    def max_magnitude(self, flow: Flow) -> float: ...

    def colour_flow(self, flow: Flow, max_flow: float, rgb: AnyArray) -> None: ...

    def grey_levels(self, rgb: Image, grey: AnyArray) -> None: ...

    def halve(self, plane: AnyArray, half: AnyArray) -> None: ...

    def band_pass(self, grey: AnyArray, band: AnyArray) -> None: ...

    def local_motion(
        self,
        grey: AnyArray,
        first: AnyArray,
        second: AnyArray,
        flow: Flow,
        features: AnyArray,
    ) -> None: ...


class Choice(NamedTuple):
    """A kernel and why it was taken."""

    backend: str
    reason: str
    kernels: Kernels


def _load(backend: str) -> Kernels:
    return cast(Kernels, importlib.import_module(_MODULES[backend]))


@functools.cache
def choose() -> Choice:
    """Load the kernel that ``FACEFLOW_BACKEND`` names; by default the extension if it is there.

    Decided once for each process.

    Raises
    ------
    BackendError
        The variable holds another word, or the kernel it names cannot be loaded.
    """
    wanted = os.environ.get(VARIABLE) or "auto"
    if wanted not in CHOICES:
        raise BackendError(f"{VARIABLE}={wanted!r} is not taken, only {', '.join(CHOICES)}")
    if wanted != "auto":
        try:
            return Choice(wanted, f"{VARIABLE}={wanted}", _load(wanted))
        except ImportError as error:
            raise BackendError(f"{VARIABLE}={wanted}, but it cannot be loaded: {error}") from error
    try:
        return Choice("cpp", "the compiled extension is installed", _load("cpp"))
    except ImportError as error:
        return Choice("numba", f"no compiled extension: {error}", _load("numba"))


def kernels() -> Kernels:
    """The kernels in use."""
    return choose().kernels


def call(kernel: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Call a kernel that refuses what only it looks at, as each index of triangles.

    Raises
    ------
    ArrayError
        In place of the kernel's ValueError.
    """
    try:
        return kernel(*args, **kwargs)
    except ValueError as error:
        raise ArrayError(str(error)) from error


def backend_info() -> dict[str, Any]:
    """Say which kernels run and why.

    Returns
    -------
    info
        ``backend`` (``"cpp"`` or ``"numba"``), ``reason``, and ``module`` (where it was loaded
        from).

    Raises
    ------
    BackendError
        ``FACEFLOW_BACKEND`` forces a kernel that is not there.

    Examples
    --------
    >>> import faceflow as ff
    >>> ff.backend_info()["backend"] in ("cpp", "numba")
    True
    """
    choice = choose()
    return {
        "backend": choice.backend,
        "reason": choice.reason,
        "module": _MODULES[choice.backend],
    }
