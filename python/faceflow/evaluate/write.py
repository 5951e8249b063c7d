"""What a comparison leaves on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from faceflow.dataset.records import write_json
from faceflow.evaluate.page import write_page
from faceflow.evaluate.results import make_results
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.state import State
from faceflow.evaluate.tables import csv_parts, summary
from faceflow.files import atomic_write


def write_results(
    evaluation: Evaluation, state: State, out: Path, images: bool = True
) -> dict[str, Any]:
    """Write ``results.json``, ``results.csv``, ``summary.md`` and ``report.html``.

    All but the seconds is the same in whatever order, and by however many workers, pairs were
    measured.

    Parameters
    ----------
    evaluation, state
        What was compared, and what was found.
    out
        The folder, which is there.
    images
        Whether faces may be seen on the page.

    Returns
    -------
    results
        What ``results.json`` holds.

    Raises
    ------
    OSError
        From the file system, as it came.
    """
    results = make_results(evaluation, state)
    write_json(out / "results.json", results)
    atomic_write(out / "results.csv", csv_parts(evaluation, state))
    atomic_write(out / "summary.md", summary(results).encode("utf-8", "backslashreplace"))
    write_page(results, evaluation.look, out / "report.html", images)
    return results
