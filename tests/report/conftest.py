"""The browser, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser, start_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium."""
    yield from start_browser(tmp_path_factory.mktemp("profile"))
