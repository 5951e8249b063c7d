"""Which frames make pairs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pairing:
    """The pairs of a sequence, none of which is written down: a sequence may have 100,000.

    Frame t goes with frame t + `stride`, or with `from_first` the first frame with every
    `stride`-th after it. ``both`` puts each backward pair after its forward one.

    Examples
    --------
    >>> Pairing().ending_at(1)
    [(0, 1)]
    >>> Pairing(from_first=True, direction="both").ending_at(2)
    [(0, 2), (2, 0)]
    """

    stride: int = 1
    from_first: bool = False
    direction: str = "forward"

    @property
    def reach(self) -> int:
        """How many frames after a frame the pairs that begin there end, at most; with `from_first`
        0, as its pairs are counted with the frame that they end at."""
        return 0 if self.from_first else self.stride

    def ending_at(self, late: int) -> list[tuple[int, int]]:
        """The pairs (first, second) whose later frame is `late`."""
        early = 0 if self.from_first else late - self.stride
        if early < 0 or late <= early or (self.from_first and late % self.stride):
            return []
        forward, backward = [(early, late)], [(late, early)]
        if self.direction == "both":
            return forward + backward
        return backward if self.direction == "backward" else forward

    def count(self, frames: int) -> int:
        """How many pairs the first so many frames make."""
        steps = (frames - 1) // self.stride if self.from_first else frames - self.stride
        return self._each * max(steps, 0)

    def frames_for(self, pairs: int) -> int:
        """How many frames make at least so many pairs."""
        steps = -(-pairs // self._each)
        if steps <= 0:
            return 0
        return steps * self.stride + 1 if self.from_first else steps + self.stride

    @property
    def _each(self) -> int:
        return 2 if self.direction == "both" else 1
