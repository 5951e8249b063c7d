"""Examples by their position in the stream that a network is trained on."""

from __future__ import annotations

from collections.abc import Mapping

from faceflow.learn.data.example import Begun, begin_example
from faceflow.learn.data.index import Pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.order import Order, random_of
from faceflow.types import AnyArray


class Examples:
    """What `make_pipeline` gives, one by one and without TensorFlow: a data set for PyTorch.

    The example at a position depends on nothing but the pairs, the options and the position, and so
    is the same in any thread or process, in any order. With `shuffle` there is one at each position
    from 0 on without end; ``len`` is that of an epoch.

    Parameters
    ----------
    pairs
        From `open_pairs`.
    options
        How examples are made.
    """

    def __init__(self, pairs: Pairs, options: PipelineOptions) -> None:
        self.pairs, self.options = pairs, options
        self._order = Order(len(pairs), options.seed if options.shuffle else None)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, position: int) -> dict[str, AnyArray]:
        """The example, see `make_example`.

        Raises
        ------
        DatasetError
            As from `make_example`.
        IndexError
            There is none at the position.
        """
        return self.begin(position).finish()

    def begin(self, position: int, out: Mapping[str, AnyArray] | None = None) -> Begun:
        """The example but for its frames, in memory that may be given; see `begin_example`."""
        rng = random_of(self.options.seed, position)
        return begin_example(self.pairs, self._order[position], self.options, rng, out)
