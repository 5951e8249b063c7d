"""A comparison of methods on a dataset."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from faceflow import opencv
from faceflow.dataset.check.records import unfinished_sequences
from faceflow.dataset.layout import configuration_path, lock_path, log_path
from faceflow.dataset.log import claimed
from faceflow.dataset.reader import Sample
from faceflow.dataset.tree import DatasetTree
from faceflow.errors import ConfigError
from faceflow.evaluate.measure import (
    Bench,
    Measured,
    Outcome,
    PairToMeasure,
    Reader,
    measure_pair,
    predict,
)
from faceflow.evaluate.methods import open_method
from faceflow.evaluate.options import EvaluationOptions
from faceflow.evaluate.pairs import choose_pairs, digest
from faceflow.evaluate.state import Counts, Row, State
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Stream, Work
from faceflow.files import shown
from faceflow.progress import Progress
from faceflow.types import Flow

_log = logging.getLogger("faceflow")

_STATE = "progress.sqlite"

_EVERY_S = 2.0
"""How much is measured again after a kill."""

Look = Callable[[str, tuple[str, str, str, str]], tuple[Sample, Flow]]
"""Of a method and a pair's subject, sequence, first and second frame: what is scored, and the
method's flow, computed again."""


class Evaluation:
    """A run: what is compared, and on which pairs.

    Parameters
    ----------
    options
        What is compared.

    Raises
    ------
    ConfigError
        No such method or part, no pair, or no dataset.
    DatasetError
        A record of the dataset is damaged.
    """

    def __init__(self, options: EvaluationOptions) -> None:
        self.options = options
        if not configuration_path(options.data).exists():
            raise ConfigError(f"DATA {shown(options.data)} is no dataset: it has no dataset.json")
        tree = DatasetTree.open(options.data)
        self.pairs = choose_pairs(tree, options)
        self.unfinished = sum(1 for _ in unfinished_sequences(tree))
        """Sequences of the dataset that have no record."""
        methods = [open_method(text, options.negated) for text in options.methods]
        self.bench = Bench(Reader(options.data, options.protocol), methods)

    @cached_property
    def sequences(self) -> dict[tuple[str, str], int]:
        """Subject and sequence -> number, in the dataset's order."""
        names = dict.fromkeys(pair.names[:2] for pair in self.pairs)
        return {name: number for number, name in enumerate(names)}

    @contextlib.contextmanager
    def opened(self, out: Path, overwrite: bool, lock: bool = True) -> Iterator[State]:
        """Claim the output folder, and go on with what is in it.

        Raises
        ------
        ConfigError
            It holds something else, or a comparison with other options.
        """
        check_output(out, self.options.data)
        begun = {**self.options.as_json(), "pairs": digest(self.pairs, self.options.data)}
        with claimed(out, lock=lock), State(out / _STATE) as state:
            before = state.options()
            if before is None or overwrite:
                state.begin(begun)
            elif before != begun:
                raise ConfigError(f"OUT {shown(out)} {_difference(before, begun)}")
            yield state

    def measure(self, state: State, progress: Progress, workers: int | None = None) -> None:
        """Measure what is not measured yet; what failed or was missing is tried again."""
        keeper = _Keeper(self, state, progress)
        progress.start("pairs", len(keeper.parts))
        methods = ", ".join(map(shown, self.options.methods))
        _log.info("%d of %d pairs to measure: %s", len(keeper.parts), len(self.pairs), methods)

        def work() -> Work[None]:
            yield Stream(measure_pair, self.bench, iter(keeper.parts))

        try:
            with opencv.one_thread():
                for _ in LocalExecutor(workers).run([work()], keeper.take):
                    pass
        finally:
            keeper.keep()

    def look(self, method: str, names: tuple[str, str, str, str]) -> tuple[Sample, Flow]:
        """See `Look`.

        Raises
        ------
        Exception
            The pair cannot be read, or the method fails.
        """
        wanted = tuple(names)
        pair = next(pair for pair in self.pairs if tuple(pair.names) == wanted)
        return predict(self.bench, self.options.methods.index(method), pair)


class _Keeper:
    """Takes what is measured, and keeps it every few seconds."""

    def __init__(self, evaluation: Evaluation, state: State, progress: Progress) -> None:
        self._evaluation = evaluation
        self._state = state
        self._progress = progress
        self._rows: list[tuple[int, Row]] = []
        self._counts: dict[tuple[int, int], Counts] = {}
        self._kept = time.monotonic()
        self._whole = True
        done = [state.done(number) for number in range(len(evaluation.options.methods))]
        self.parts = [
            PairToMeasure(place, pair, methods)
            for place, pair in enumerate(evaluation.pairs)
            if (methods := tuple(m for m, places in enumerate(done) if place not in places))
        ]

    def take(self, part: Any) -> None:
        """Keep a pair."""
        assert isinstance(part, Measured)
        pair = self._evaluation.pairs[part.place]
        sequence = self._evaluation.sequences[pair.names[:2]]
        self._whole = False  # until counts and rows agree: Ctrl-C may come in between
        for number, outcome in part.outcomes.items():
            self._rows.append((number, _row(part.place, outcome)))
            if outcome.score is not None:
                self._counted(number, sequence).add(outcome.score)
        self._whole = True
        failed = any(outcome.problem is not None for outcome in part.outcomes.values())
        self._progress.advance(1, int(failed))
        if time.monotonic() - self._kept > _EVERY_S:
            self.keep()

    def _counted(self, method: int, sequence: int) -> Counts:
        key = (method, sequence)
        if key not in self._counts:
            self._counts[key] = self._state.counts(method, sequence)
        return self._counts[key]

    def keep(self) -> None:
        """Write down what was taken since."""
        if self._rows and self._whole:
            self._state.put(self._rows, self._counts)
        self._rows, self._counts = [], {}
        self._kept = time.monotonic()


def _row(place: int, outcome: Outcome) -> Row:
    """Without the counts, which are large and are kept for a whole sequence."""
    table = None if outcome.score is None else outcome.score.table
    return Row(place, outcome.seconds, outcome.resized, table, outcome.problem)


def check_output(out: Path, data: Path) -> None:
    """Refuse an output folder whose files would be lost.

    Raises
    ------
    ConfigError
        It is the dataset, another dataset, no folder, or holds files of something else.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"OUT {shown(out)} is no folder")
    if configuration_path(out).exists() or (out.exists() and out.samefile(data)):
        raise ConfigError(f"OUT {shown(out)} holds a dataset; results go to a folder of their own")
    ours = (out / _STATE).exists() or log_path(out).exists()
    if out.exists() and not ours and set(out.iterdir()) - {lock_path(out)}:
        raise ConfigError(
            f"OUT {shown(out)} holds other files; results go to a folder of their own"
        )


def _difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What is not as it was, in words."""
    again = "; --overwrite begins anew"
    for name, value in before.items():
        if now.get(name) != value and name != "pairs":
            option = {"methods": "method"}.get(name, name)
            words = " ".join(value) if isinstance(value, list) else value
            given = "without" if words in (None, False) else f"with {shown(str(words))} for"
            return f"was made {given} --{option}{again}"
    return f"was made of another dataset, or of this one before it changed{again}"
