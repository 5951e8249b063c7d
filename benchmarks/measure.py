"""Two calls timed beside each other, so that what else the machine does falls on both."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from faceflow.flow import backend as backends

KERNELS = {"cpp": "C++", "numba": "numba"}


class Target(NamedTuple):
    """What a ratio of subject to reference has to reach."""

    sense: str
    value: float


def at_most(value: float) -> Target:
    """The subject may take `value` times as long as the reference."""
    return Target("at most", value)


def at_least(value: float) -> Target:
    """The subject has to take `value` times as long as the reference."""
    return Target("at least", value)


@dataclass(frozen=True)
class Call:
    """A call to time, its name in the table, and the kernel that has to be chosen before it."""

    name: str
    run: Callable[[], object]
    backend: str | None = None
    before: Callable[[], object] = lambda: None
    """Called before each call, outside the timing."""

    def prepare(self) -> None:
        """Choose the kernel, outside the timing."""
        if self.backend is not None:
            use(self.backend)
        self.before()


def use(backend: str) -> None:
    """Make the public calls run on this kernel."""
    os.environ[backends.VARIABLE] = backend
    backends.choose.cache_clear()
    backends.choose()


def beside(
    benchmark: Any,
    what: str,
    subject: Call,
    reference: Call,
    *,
    target: Target | None,
    rounds: int,
    reference_calls: int = 1,
    warm: bool = True,
    clock: Callable[[], float] = time.perf_counter,
    **notes: object,
) -> None:
    """Time reference and subject in turn, and record the ratio of each round.

    The reference runs in the benchmark's set-up, right before the subject; of several
    `reference_calls` (a short call beside a long one) the median counts. Each timed call follows
    one of its own kind that is not timed, as in a loop: the C library's memset writes past the
    caches, and whoever comes next would pay for fetching the buffer back. Whole runs, which take
    seconds, are not `warm`: none is untimed. `clock` is what both are timed by.
    """
    reference_times: list[float] = []
    subject_times: list[float] = []

    def time_reference() -> None:
        reference.prepare()
        if warm:
            reference.run()
        times = [_seconds(reference.run, clock) for _ in range(reference_calls)]
        reference_times.append(statistics.median(times))
        subject.prepare()
        if warm:
            subject.run()

    def time_subject() -> None:
        subject_times.append(_seconds(subject.run, clock))

    warmup = max(1, rounds // 20) if warm else 0
    benchmark.pedantic(time_subject, setup=time_reference, rounds=rounds, warmup_rounds=warmup)
    if benchmark.disabled:
        return
    subject_times, paired = subject_times[warmup:], reference_times[warmup:]
    ratios = [ours / theirs for ours, theirs in zip(subject_times, paired, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    benchmark.extra_info.update(
        what=what,
        subject=subject.name,
        reference=reference.name,
        subject_s=statistics.median(subject_times),
        reference_s=statistics.median(paired),
        ratio=middle,
        quartiles=[low, high],
        target=target,
        backend=reference.backend if subject.backend is None else subject.backend,
        **notes,
    )


def _seconds(run: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    run()
    return clock() - start


def children_seconds() -> float:
    """CPU time, the system's included, of processes that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
