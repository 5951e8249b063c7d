"""What it takes to mend a dataset."""

from __future__ import annotations

import shlex
from pathlib import Path

from faceflow.dataset.check.findings import MENDABLE, Findings
from faceflow.dataset.layout import state_path
from faceflow.dataset.tree import DatasetTree


def advice(root: Path, tree: DatasetTree | None, findings: Findings) -> list[str]:
    """Lines for the user; none for a sound dataset.

    Parameters
    ----------
    root
        The dataset's folder.
    tree
        The dataset; None where ``dataset.json`` cannot be read.
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
        return [*lines, f"to mend it: {what}; or, where faceflow-gen made it, {_again(root, 0)}"]
    if tree is None:
        lines.append("the options of the command have to be those that the dataset was made with")
    return [*lines, f"to mend it: {_again(root, findings.deletions)}{_scope(findings)}"]


def _again(root: Path, deletions: int) -> str:
    path = shlex.quote(str(root))
    deleting = f"faceflow check {path} --list-damaged | xargs -0 rm -rf --"
    then = "run the same faceflow-gen command again"
    return f"{deleting}\nand then {then}" if deletions else then


def _scope(findings: Findings) -> str:
    count = len(findings.sequences)
    return f": it makes {count} sequences anew" if count else ""
