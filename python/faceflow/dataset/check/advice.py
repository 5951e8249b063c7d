"""What it takes to mend a dataset."""

from __future__ import annotations

import shlex
from pathlib import Path

from faceflow.dataset.check.findings import MENDABLE, Findings
from faceflow.dataset.layout import state_path

_AGAIN = "run the same faceflow-gen command again"


def advice(root: Path, sample: int, findings: Findings) -> list[str]:
    """Lines for the user; none for a sound dataset.

    Parameters
    ----------
    root
        The dataset's folder.
    sample
        Pairs whose flow was recomputed: the same have to be where what is damaged is listed.
    findings
        What is wrong with it.
    """
    lines = []
    if findings.kinds["unreadable"]:
        lines.append("files that cannot be read: let them be read, or delete them; check again")
    if findings.kinds["outside"]:
        lines.append("what links lead to outside of the dataset was not looked at")
    if not any(findings.kinds[kind] for kind in MENDABLE):
        return lines
    if not state_path(root).exists():
        what = "export it again from its source, into a new folder"
        return [*lines, f"to mend it: {what}; or, where faceflow-gen made it, {_AGAIN}"]
    if any("dataset.json" in fault.delete for fault in findings.faults):
        lines.append("the options of the command have to be those that the dataset was made with")
    again = f"{_AGAIN}{_scope(findings)}"
    if findings.deletions == 0:
        return [*lines, f"to mend it: {again}"]
    deep = f" --deep --sample {sample}" if sample else ""
    listing = f"faceflow check {shlex.quote(str(root))}{deep} --list-damaged"
    return [*lines, f"to mend it: {listing} | xargs -0 rm -rf --", f"and then {again}"]


def _scope(findings: Findings) -> str:
    count = len(findings.sequences)
    return f": it makes {count} sequences anew" if count else ""
