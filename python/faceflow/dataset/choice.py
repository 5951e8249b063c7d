"""A few chosen out of very many, in bounded memory."""

from __future__ import annotations

import hashlib
import heapq
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Foremost(Generic[Item]):
    """The items with the largest keys; of equal ones, those that came first.

    Examples
    --------
    >>> foremost = Foremost(2)
    >>> for word in ("fold", "jump", "blink", "mouth"):
    ...     foremost.offer(len(word), word)
    >>> foremost.items()
    ['blink', 'mouth']
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[Any, int, Item]] = []
        self._offered = 0

    def offer(self, key: Any, item: Item) -> None:
        """Take the item if it is among the foremost."""
        self._offered += 1
        entry = (key, -self._offered, item)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        elif key > self._heap[0][0]:
            heapq.heapreplace(self._heap, entry)

    def items(self) -> list[Item]:
        """The items, largest key first."""
        return [item for _, _, item in sorted(self._heap, reverse=True)]


def lot(*names: str) -> int:
    """A number drawn by names: the items with the largest are a random choice, always the same."""
    data = b"/".join(name.encode("utf-8", "surrogateescape") for name in names)
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
