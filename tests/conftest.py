"""Hypothesis profiles, tests that run over both kernels, and a browser that is started once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from browser import Browser, start_browser
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


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    yield from start_browser(tmp_path_factory.mktemp("profile"))
