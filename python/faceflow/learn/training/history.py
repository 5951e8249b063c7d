"""What became of each epoch: ``history.csv`` and ``loss.png``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from faceflow.files import atomic_write

Row: TypeAlias = Mapping[str, float]
"""An epoch: names of columns -> numbers."""

TIMES = ("seconds", "samples_per_second", "data_wait")
"""The columns that another run of the same epochs has otherwise."""

ALWAYS = ("epoch", "steps", "loss", "epe", "learning_rate", *TIMES)
"""The columns of every run."""

_FIRST = ("epoch", "steps", "loss", "epe", "val_loss", "val_epe", "learning_rate")
_JUDGED = "val_epe"


def make_row(epoch: int, steps: int, logs: Mapping[str, float], rate: float) -> dict[str, float]:
    """An epoch's row, of what Keras tells at its end.

    Parameters
    ----------
    epoch
        From 1.
    steps
        Since the run began.
    logs
        Keras's names and numbers; those of single outputs go after the totals.
    rate
        Learning rate of the next step.
    """
    told = {"epoch": epoch, "steps": steps, "learning_rate": rate, **_plain(logs)}
    first = {name: told.pop(name) for name in _FIRST if name in told}
    return {**first, **dict(sorted(told.items()))}


def _plain(logs: Mapping[str, float]) -> dict[str, float]:
    """With the end-point error named without its output, which Keras adds where there are more."""
    plain = {}
    for name, value in logs.items():
        rest = name.removeprefix("val_")
        short = "epe" if rest.endswith("_epe") else rest
        plain[name[: len(name) - len(rest)] + short] = float(value)
    return plain


def best_epoch(rows: Sequence[Row]) -> int | None:
    """The place of the row with the least validation error, the first of equal ones.

    Examples
    --------
    >>> best_epoch([{"val_epe": 2.0}, {"val_epe": 1.5}, {"val_epe": 1.7}]), best_epoch([{}])
    (1, None)
    """
    judged = [place for place, row in enumerate(rows) if _JUDGED in row]
    return min(judged, key=lambda place: rows[place][_JUDGED], default=None)


def has_stalled(rows: Sequence[Row], patience: int | None) -> bool:
    """Whether the validation error has not gone down for so many epochs.

    Examples
    --------
    >>> rows = [{"val_epe": 1.5}, {"val_epe": 1.7}, {"val_epe": 1.6}]
    >>> has_stalled(rows, 2), has_stalled(rows, 3), has_stalled(rows, None)
    (True, False, False)
    """
    best = best_epoch(rows)
    return patience is not None and best is not None and len(rows) - 1 - best >= patience


def write_history(path: Path, rows: Sequence[Row]) -> None:
    """Write all of it as CSV; numbers are those of the rows to the last bit."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_write(path, text.getvalue().encode())


def write_plot(path: Path, rows: Sequence[Row]) -> None:
    """Draw losses and end-point errors of training and validation over the epochs, as PNG."""
    from matplotlib.figure import Figure  # not pyplot, which looks for a screen

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, what, unit in zip(
        figure.subplots(1, 2), ("loss", "epe"), ("loss", "end-point error, px"), strict=True
    ):
        for name, label in ((what, "training"), (f"val_{what}", "validation")):
            points = [(row["epoch"], row[name]) for row in rows if name in row]
            if points:
                axes.plot(*zip(*points, strict=True), marker=".", label=label)
        axes.set(xlabel="epoch", ylabel=unit, ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=100)
    atomic_write(path, picture.getvalue())
