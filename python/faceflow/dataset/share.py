"""Sharing subjects out to the parts of a split."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from faceflow.errors import ConfigError

_STRATA = 10  # subjects in a stratum: 0.8, 0.1, 0.1 comes out even in each


def share_out(
    sizes: Mapping[str, int], fractions: Sequence[float], seed: int = 0
) -> dict[str, int]:
    """Give each subject to a part, so that the parts' sizes come close to the fractions.

    Subjects are ordered by size and cut into strata of ten; the seed orders those of a stratum.
    From the largest on, each goes to the part that it fills least for its fraction (D'Hondt's
    rule), but the last ones to parts that have none yet. Then two of a stratum change places as
    long as that brings the sizes closer.

    Parameters
    ----------
    sizes
        Pairs of each subject, more than 0.
    fractions
        Of each part; one of 0 gets nothing.
    seed
        Others give other parts of much the same sizes.

    Returns
    -------
    parts
        Number of the part of each subject. The order of `sizes` makes no difference.

    Raises
    ------
    ConfigError
        There are fewer subjects than parts.

    Examples
    --------
    >>> share_out({"F001": 90, "F002": 100, "M001": 60}, [0.6, 0.2, 0.2])
    {'F002': 0, 'F001': 1, 'M001': 2}
    """
    wanted = [part for part, fraction in enumerate(fractions) if fraction > 0]
    if len(sizes) < len(wanted):
        raise ConfigError(
            f"{len(sizes)} subjects with flow cannot be split into {len(wanted)} parts"
        )
    strata = list(_strata(sizes, seed))
    targets = [fraction * sum(sizes.values()) for fraction in fractions]
    got = [0] * len(fractions)
    parts: dict[str, int] = {}
    for subject in (subject for stratum in strata for subject in stratum):
        empty = [part for part in wanted if got[part] == 0]
        open_to = empty if len(sizes) - len(parts) <= len(empty) else wanted
        part = min(open_to, key=lambda p: (got[p] + sizes[subject]) / targets[p])
        parts[subject] = part
        got[part] += sizes[subject]
    for stratum in strata:
        _exchange(stratum, parts, sizes, [g - t for g, t in zip(got, targets, strict=True)], got)
    return parts


def _strata(sizes: Mapping[str, int], seed: int) -> Iterator[list[str]]:
    def drawn(subject: str) -> bytes:
        return hashlib.sha256(b"%d/%s" % (seed, os.fsencode(subject))).digest()

    ordered = sorted(sizes, key=lambda subject: (-sizes[subject], drawn(subject)))
    for start in range(0, len(ordered), _STRATA):
        yield sorted(ordered[start : start + _STRATA], key=drawn)


def _exchange(
    stratum: list[str],
    parts: dict[str, int],
    sizes: Mapping[str, int],
    excess: list[float],
    got: list[int],
) -> None:
    """Let two change places while that lessens the sum of the squared excesses."""
    better = True
    while better:
        better = False
        for one, other in combinations(stratum, 2):
            more = sizes[other] - sizes[one]
            p, q = parts[one], parts[other]
            if p != q and more * (excess[p] - excess[q] + more) < -1e-6:
                for part, change in ((p, more), (q, -more)):
                    excess[part] += change
                    got[part] += change
                parts[one], parts[other] = q, p
                better = True
