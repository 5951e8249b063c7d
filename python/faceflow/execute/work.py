"""What work is: stages, one after the other, of parts that may run anywhere and at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias, TypeVar

Result = TypeVar("Result")

Task: TypeAlias = Callable[[], Any]
"""A part: a call without arguments."""

Work: TypeAlias = Generator[list[Task], list[Any], Result]
"""Yields the parts of one stage after the other; is sent what they returned, in order; returns."""
