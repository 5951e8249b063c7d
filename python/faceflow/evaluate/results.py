"""``results.json``: everything that is known of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

import faceflow
from faceflow.evaluate.regions import POINTS
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.significance import MEASURES, confidence, difference
from faceflow.evaluate.state import Row, State
from faceflow.evaluate.stats import histogram
from faceflow.evaluate.totals import IN_FACE, WHOLE, MethodTotals, over_rows
from faceflow.files import shown
from faceflow.types import AnyArray


def make_results(evaluation: Evaluation, state: State) -> dict[str, Any]:
    """Put together what was measured.

    Parameters
    ----------
    evaluation
        What is compared.
    state
        Holds an outcome for every method and pair.

    Returns
    -------
    results
        As ``results.json`` has it; the same bits, but for ``seconds``, in whatever order pairs were
        measured.
    """
    options = evaluation.options
    totals = [_totals(evaluation, state, number) for number in range(len(options.methods))]
    results = {}
    for number, (method, total) in enumerate(zip(options.methods, totals, strict=True)):
        results[method] = {
            **total.as_json(),
            "histogram": {
                "epe": histogram(total.whole.counts.endpoints[WHOLE].sum(axis=0)),
                "aae": histogram(total.whole.counts.angles),
            },
            "confidence": _confidence(total),
            "difference": _difference(evaluation, state, number),
            "examples": {
                kind: [list(evaluation.pairs[place].names) for place in places]
                for kind, places in total.examples().items()
            },
        }
    return {
        "faceflow": faceflow.__version__,
        "dataset": shown(options.data.absolute().name),
        "protocol": options.protocol,
        "methods": list(options.methods),
        "versus": options.versus,
        "pairs": len(evaluation.pairs),
        "subjects": len({pair.names.subject for pair in evaluation.pairs}),
        "notes": list(_notes(evaluation, totals)),
        "results": results,
    }


def _totals(evaluation: Evaluation, state: State, number: int) -> MethodTotals:
    totals = MethodTotals()

    def names(row: Row) -> tuple[str, str]:
        return evaluation.pairs[row.place].names[:2]

    for sequence, rows in groupby(state.rows(number), names):
        for row in rows:
            totals.take(row, evaluation.pairs[row.place].names)
        if sequence in totals.by_sequence:
            counts = state.counts(number, evaluation.sequences[sequence])
            totals.finish(sequence, counts)
    return totals


def _confidence(totals: MethodTotals) -> dict[str, list[float] | None]:
    sums = np.array([over_rows(s.table) for s in totals.by_subject.values()], np.object_)
    return {measure: confidence(sums, measure) if len(sums) else None for measure in MEASURES}


def _difference(
    evaluation: Evaluation, state: State, number: int
) -> dict[str, dict[str, float | None] | None] | None:
    versus = evaluation.options.versus
    if versus is None or evaluation.options.methods[number] == versus:
        return None
    sums = _common(evaluation, state, number, evaluation.options.methods.index(versus))
    if sums is None:
        return None
    found = {measure: difference(*sums, measure) for measure in MEASURES}
    return {name: None if d is None else d._asdict() for name, d in found.items()}


def _common(
    evaluation: Evaluation, state: State, one: int, other: int
) -> tuple[AnyArray, AnyArray] | None:
    """(S, 9) of two methods each, over the pairs that both have."""
    sums: dict[str, list[AnyArray]] = {}
    for first, second in zip(state.rows(one), state.rows(other), strict=True):
        if first.sums is None or second.sums is None:
            continue
        subject = evaluation.pairs[first.place].names.subject
        new = [np.array(over_rows(sums), np.object_) for sums in (first.sums, second.sums)]
        before = sums.get(subject)
        sums[subject] = new if before is None else [b + n for b, n in zip(before, new, strict=True)]
    if not sums:
        return None
    one_sums, other_sums = (np.array([pair[k] for pair in sums.values()]) for k in (0, 1))
    return one_sums, other_sums


def _notes(evaluation: Evaluation, totals: list[MethodTotals]) -> Iterator[str]:
    options, pairs = evaluation.options, len(evaluation.pairs)
    if options.protocol == "paper":
        yield (
            "Protocol of the paper: the box of the landmarks and 10 px round it, at 192x256, no "
            "mask, 0 where there is no ground truth. All errors are in pixels of that grid."
        )
    if evaluation.unfinished:
        yield (
            f"{evaluation.unfinished} sequences of the dataset have no sequence.json and are not "
            "looked at: the run that makes it has not ended."
        )
    for method, total in zip(options.methods, totals, strict=True):
        name = shown(method)
        if total.pairs < pairs:
            yield (
                f"{name} was scored on {total.pairs} of {pairs} pairs ({total.failed} failed, "
                f"{total.missing} missing): its figures are of other pairs than those of the rest."
            )
        if total.resized:
            yield f"{name}: {total.resized} fields of another size were resized with their vectors."
    if not any(sum(sums.table[IN_FACE, 0]) for sums in _wholes(totals)):
        yield f"No regions of the face: they are known for landmarks of {POINTS} points."


def _wholes(totals: list[MethodTotals]) -> Iterator[Any]:
    return (total.whole for total in totals)
