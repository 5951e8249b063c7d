"""Matching things with things at the least total cost."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]


def assign(costs: Floats, most: float) -> Ints:
    """Match rows with columns at the least total cost, where being left alone costs a row `most`.

    Shortest augmenting paths (Jonker and Volgenant 1987, Computing 38:325-340). Infinite costs
    are never taken. Gives one column for each row, -1 where it is left alone.
    """
    (useful,) = np.nonzero((costs < most).any(axis=0))
    alone = np.where(np.eye(len(costs), dtype=bool), most, np.inf)
    costs = np.concatenate([costs[:, useful], alone], axis=1)
    cheapest = costs.argmin(axis=1)
    if len(set(cheapest.tolist())) < len(costs):
        cheapest = _cheapest(costs)
    columns: Ints = np.append(useful, np.full(len(costs), -1))[cheapest]
    return columns


def _cheapest(costs: Floats) -> Ints:
    """The column of each row, every one another, of the least total cost."""
    row_of = np.full(costs.shape[1], -1)
    u, v = np.zeros(len(costs)), np.zeros(costs.shape[1])
    for row in range(len(costs)):
        _augment(costs, row, row_of, u, v)
    (taken,) = np.nonzero(row_of >= 0)
    columns: Ints = taken[np.argsort(row_of[taken])]
    return columns


def _augment(costs: Floats, row: int, row_of: Ints, u: Floats, v: Floats) -> None:
    """Match one more row, moving others along the cheapest path; `u`, `v` are the potentials."""
    cheapest = np.full(len(v), np.inf)
    before = np.full(len(v), -1)
    visited = np.zeros(len(v), bool)
    column, reached = -1, row
    while reached >= 0:
        cost = costs[reached] - u[reached] - v
        better = ~visited & (cost < cheapest)
        cheapest[better], before[better] = cost[better], column
        column = int(np.argmin(np.where(visited, np.inf, cheapest)))
        step = cheapest[column]
        u[row] += step
        u[row_of[visited]] += step
        v[visited] -= step
        cheapest[~visited] -= step
        visited[column] = True
        reached = int(row_of[column])
    while column >= 0:
        previous = int(before[column])
        row_of[column] = row if previous < 0 else row_of[previous]
        column = previous
