"""Checkpoints: a network and its optimizer, with the history up to then in the same file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from faceflow.errors import DatasetError
from faceflow.files import shown, temporary_path
from faceflow.learn.training.history import ALWAYS, best_epoch

_ROWS = "faceflow_history"
_MOST_BYTES = 2**26


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written that is there whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there is replaced.
    write
        Writes a file with the name that it is given, which has the suffixes of `path`.
    """
    suffixes = "".join(path.suffixes)
    temporary = temporary_path(path)
    temporary = temporary.with_name(temporary.name + suffixes)
    try:
        write(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def save_checkpoint(path: Path, model: Any, rows: list[dict[str, float]]) -> None:
    """Save what a run goes on from, in one file, so that no part of it is older than another.

    Parameters
    ----------
    path
        Ends with ``.weights.h5``: Keras's file of weights, those of the optimizer among them.
    model
        A compiled ``keras.Model``.
    rows
        An epoch each, as they stand in ``history.csv``.
    """

    def write(temporary: Path) -> None:
        model.save_weights(temporary)
        text = np.frombuffer(json.dumps(rows).encode(), np.uint8)
        with h5py.File(temporary, "r+") as file:
            file.create_dataset(_ROWS, data=text)

    write_whole(path, write)


def keep_best(path: Path, network: Any, rows: list[dict[str, float]]) -> None:
    """Save a network if its last epoch is the best so far.

    That is done after the epoch's checkpoint, and again by a run that goes on from there: so a
    kill never leaves a network of an epoch that the history does not have.

    Parameters
    ----------
    path
        Ends with ``.keras``.
    network
        As it was at the end of the last of those epochs.
    rows
        An epoch each; see `save_checkpoint`.
    """
    if rows and best_epoch(rows) == len(rows) - 1:
        write_whole(path, network.save)


def read_rows(path: Path) -> list[dict[str, float]]:
    """The history up to a checkpoint; empty where there is no file.

    Raises
    ------
    DatasetError
        The file is no checkpoint.
    """
    if not path.exists():
        return []
    try:
        with h5py.File(path, "r") as file:
            stored = file[_ROWS]
            if stored.dtype != np.uint8 or stored.size > _MOST_BYTES:
                raise ValueError(f"{_ROWS} is {stored.dtype} {stored.shape}")
            rows = json.loads(stored[()].tobytes())
        rows = [{str(name): value + 0 for name, value in row.items()} for row in rows]
        _check_rows(rows)
        return rows
    except (OSError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise _refusal(path, error) from error


def _check_rows(rows: list[dict[str, float]]) -> None:
    """Refuse epochs without the columns that each has."""
    for row in rows:
        missing = [name for name in ALWAYS if not math.isfinite(row.get(name, math.nan))]
        if missing:
            raise ValueError(f"an epoch has no {missing[0]}")
        if row.keys() != rows[0].keys():
            raise ValueError("epochs have other columns")


def restore(path: Path, model: Any) -> None:
    """Bring a compiled model, its optimizer too, to where a checkpoint was saved.

    Raises
    ------
    DatasetError
        The file is no checkpoint of this network.
    """
    try:
        model.optimizer.build(model.trainable_variables)
        model.load_weights(path)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: Exception) -> DatasetError:
    why = " ".join(str(error).split())[:200]
    return DatasetError(
        f"{shown(path)} is no checkpoint to go on from: {why}; --overwrite begins anew"
    )
