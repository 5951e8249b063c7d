"""Systems of linear equations, solved by the same operations on every machine."""

from __future__ import annotations

import numpy as np

from faceflow.types import AnyArray

_ITERATIONS = 30


def solve(matrix: AnyArray, right: AnyArray) -> AnyArray:
    """Solve a positive definite system by conjugate gradients, preconditioned by its diagonal.

    Not by LAPACK, whose threads would fight with ours for the cores, and whose last bits depend on
    how many there are. The number of iterations is fixed: what is left is far below what images
    can say.

    Parameters
    ----------
    matrix
        (n, n) float64, symmetric, positive definite.
    right
        (n, c) float64.

    Returns
    -------
    solution
        (n, c) float64.

    Notes
    -----
    M. R. Hestenes and E. Stiefel, *Methods of conjugate gradients for solving linear systems*,
    1952.

    Examples
    --------
    >>> import numpy as np
    >>> solve(np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([[3.0], [4.0]])).round(6)
    array([[1.],
           [1.]])
    """
    inverse = 1 / np.diagonal(matrix)[:, None]
    solution = np.zeros_like(right)
    rest = right.copy()
    scaled = inverse * rest
    direction = scaled
    size = (rest * scaled).sum(axis=0)
    for _ in range(_ITERATIONS):
        image = np.einsum("ij,jc->ic", matrix, direction)
        length = _ratio(size, (direction * image).sum(axis=0))
        solution = solution + length * direction
        rest = rest - length * image
        scaled = inverse * rest
        size, before = (rest * scaled).sum(axis=0), size
        direction = scaled + _ratio(size, before) * direction
    return solution


def _ratio(above: AnyArray, below: AnyArray) -> AnyArray:
    """0 where nothing is left to be done."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
