"""Which pair comes when, and what chance gives it: both follow from a seed and a number alone."""

from __future__ import annotations

import functools

import numpy as np

from faceflow.types import AnyArray


def random_of(seed: int, position: int) -> np.random.Generator:
    """What the example at a position of the whole stream draws from.

    Notes
    -----
    Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011): Philox takes any key,
    also one that is next to another, and is ready at once.
    """
    return np.random.Generator(np.random.Philox(key=seed + (position << 64)))


class Order:
    """Which of some pairs stands at each position of a stream.

    Parameters
    ----------
    count
        How many pairs there are.
    seed
        What the order of each epoch follows from; None for one epoch, in order.

    Examples
    --------
    >>> order = Order(3, seed=5)
    >>> [sorted(order[n] for n in range(start, start + 3)) for start in (0, 3, 600_000)]
    [[0, 1, 2], [0, 1, 2], [0, 1, 2]]
    """

    def __init__(self, count: int, seed: int | None) -> None:
        self.count, self.seed = count, seed

    def __getitem__(self, position: int) -> int:
        epoch, place = divmod(position, self.count)
        if self.seed is None:
            return range(self.count)[position]
        return int(_permutation(self.count, self.seed, epoch)[place])


@functools.lru_cache(maxsize=4)  # examples of two epochs may be in work at once
def _permutation(count: int, seed: int, epoch: int) -> AnyArray:
    rng = np.random.default_rng((seed, epoch))
    return rng.permutation(count).astype(np.int32)
