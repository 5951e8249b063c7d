"""The cores that this process may use."""

from __future__ import annotations

import os


def allowed_cores() -> list[int]:
    """The numbers of the cores, those that the process is bound to where the system tells.

    Examples
    --------
    >>> len(allowed_cores()) >= 1
    True
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return sorted(affinity(0)) if affinity else list(range(os.cpu_count() or 1))
