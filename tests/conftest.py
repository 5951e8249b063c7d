"""Hypothesis profiles, and tests that run over both kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from faceflow.flow.backend import VARIABLE, choose

settings.register_profile("here", deadline=None, max_examples=60)
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="module", params=["cpp", "numba"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kernel in use, each in turn. Modules ask for it by `usefixtures`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, request.param)
        choose.cache_clear()
        yield request.param
    choose.cache_clear()
