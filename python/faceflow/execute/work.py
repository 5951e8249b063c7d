"""What work is: stages, one after the other, of parts that may run anywhere and at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple, TypeAlias, TypeVar

Result = TypeVar("Result")

Task: TypeAlias = Callable[[], Any]
"""A part: a call without arguments."""


class Stream(NamedTuple):
    """A stage of any number of parts, made as there is room for them; their results go to whoever
    runs the work, and are not kept."""

    function: Callable[[Any, Any], Any]
    """A part is a call of it with `shared` and an item."""

    shared: Any
    """What all parts need, which may be large: it is sent once, not with each part."""

    items: Iterator[Any]

    @classmethod
    def of_tasks(cls, tasks: Iterator[Task]) -> Stream:
        """Parts that have nothing in common."""
        return cls(_call, None, tasks)


def _call(_shared: None, task: Task) -> Any:
    return task()


Work: TypeAlias = Generator[list[Task] | Stream, list[Any], Result]
"""Yields one stage after the other; is sent what its parts returned, in order (of a `Stream`
nothing); returns."""
