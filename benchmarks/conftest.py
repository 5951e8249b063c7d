"""Fixtures of all benchmarks, and what the run's record says of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from face import Pair, face_pair
from measure import use

from faceflow.flow import backend as backends

PACKAGES = (
    "numpy",
    "numba",
    "opencv-contrib-python-headless",
    "dlib-bin",
    "distributed",
    "scipy",
    "matplotlib",
)


def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: Any) -> None:
    """Add what the ratios depend on."""
    machine_info["cores"] = os.cpu_count()
    machine_info["versions"] = {name: version(name) for name in (*PACKAGES, "scikit-image")}


@pytest.fixture(autouse=True)
def _own_choice_of_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the next test the kernel that the user chose."""
    monkeypatch.setenv(backends.VARIABLE, os.environ.get(backends.VARIABLE, "auto"))
    yield
    backends.choose.cache_clear()


@pytest.fixture(params=["cpp", "numba"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each kernel in turn."""
    use(request.param)
    return request.param


@pytest.fixture
def pair() -> Pair:
    """The face of 68 landmarks that fills the frame of 512x384."""
    return face_pair()
