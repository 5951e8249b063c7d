"""Which frames make pairs."""

from __future__ import annotations

from collections.abc import Sequence

from faceflow.dataset.layout import PairName


def pair_names(
    frames: Sequence[str], stride: int = 1, from_first: bool = False, direction: str = "forward"
) -> list[PairName]:
    """The pairs of a sequence, in order.

    Frame t goes with frame t + `stride`, or with `from_first` the first frame with every
    `stride`-th after it. ``both`` puts each backward pair after its forward one.

    Examples
    --------
    >>> [(p.first, p.second) for p in pair_names(["a", "b", "c"])]
    [('a', 'b'), ('b', 'c')]
    >>> [p.stem for p in pair_names(["a", "b", "c"], from_first=True, direction="both")]
    ['a_b', 'a_b_backward', 'a_c', 'a_c_backward']
    """
    if from_first:
        steps = [(0, t) for t in range(stride, len(frames), stride)]
    else:
        steps = [(t, t + stride) for t in range(len(frames) - stride)]
    pairs = []
    for early, late in steps:
        if direction != "backward":
            pairs.append(PairName(frames[early], frames[late], False, from_first))
        if direction != "forward":
            pairs.append(PairName(frames[late], frames[early], True, from_first))
    return pairs
