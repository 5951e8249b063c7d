"""``report.html``: what a dataset holds, at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from faceflow.execute.cores import allowed_cores
from faceflow.files import atomic_write, shown
from faceflow.report import charts
from faceflow.report.card import Link, make_card
from faceflow.report.motion import measure_face, measure_pixels
from faceflow.report.pictures import wheel
from faceflow.report.players import PlayerList
from faceflow.report.survey import MOST_LISTED, SubjectTotals, Survey
from faceflow.report.template import render
from faceflow.report.tree import Tree, sequence_title

NAME = "report.html"

MOST_SUBJECTS = 40
"""Subjects that have a line of their own."""


def write_report(output: Path, images: bool = True) -> Path:
    """Write ``OUTPUT/report.html``, one page of a few MB however large the dataset is.

    Every record is read once, of the flow, landmarks and images at most some dozens. The same
    dataset gives the same bytes.

    Parameters
    ----------
    output
        A dataset that ``faceflow-gen`` made.
    images
        Whether faces may be seen: if not, the page has no frames and no players, and says so.

    Returns
    -------
    path
        The page.

    Raises
    ------
    DatasetError
        There is no dataset. What is damaged in one is named on the page.
    OSError
        The page cannot be written.
    """
    tree = Tree.open(output)
    players = PlayerList(tree, images)
    survey = Survey(tree, players)
    with ThreadPoolExecutor(len(allowed_cores())) as threads:
        context = _context(tree, survey, players, images, threads)
    text = render("report.html.j2", **context)
    path = output / NAME
    atomic_write(path, text.encode())
    return path


def _context(
    tree: Tree, survey: Survey, players: PlayerList, images: bool, threads: ThreadPoolExecutor
) -> dict[str, Any]:
    pixels = measure_pixels(survey.measured, threads)
    scale = tree.max_flow or charts.round_length(pixels.lengths.quantile(0.9))
    card = partial(make_card, tree, scale=scale, images=images)
    return {
        "images": images,
        "configuration": _plain(tree.configuration),
        "versions": _plain(tree.facts.get("versions")),
        "unfinished": tree.facts.get("totals") is None,
        "problems": [(shown(k), str(v)) for k, v in tree.problems.items()][:MOST_LISTED],
        "more_problems": max(len(tree.problems) - MOST_LISTED, 0),
        "survey": survey,
        "faults": _faults(tree, survey),
        "means": charts.histogram_chart(survey.means, "pairs"),
        "longest": charts.histogram_chart(survey.longest, "pairs"),
        "pixels": charts.histogram_chart(pixels.lengths, "pixels"),
        "pixel_pairs": pixels.pairs,
        "histogram_size": charts.HISTOGRAM_SIZE,
        "face": charts.face_chart(measure_face(survey.measured, tree.placement)),
        "subjects": _subjects(survey),
        "wheel": wheel(),
        "scale": f"{scale:g}",
        "worst": list(threads.map(card, survey.worst)),
        "random": list(threads.map(card, survey.random)),
        "players": _player_data(tree, players),
        "players_left_out": players.left_out,
    }


def _plain(fields: Any) -> dict[str, str]:
    """Options as words; one that is None was not asked for."""
    if not isinstance(fields, Mapping):
        return {}
    words = {True: "yes", False: "no"}
    return {
        shown(name.replace("_", " ")): words[value]
        if isinstance(value, bool)
        else shown(str(value))
        for name, value in fields.items()
        if value is not None
    }


def _faults(tree: Tree, survey: Survey) -> list[dict[str, Any]]:
    return [
        {
            "fault": fault,
            "links": [Link(tree.url(path.record), sequence_title(path)) for path in fault.listed],
            "more": fault.sequences - len(fault.listed),
        }
        for fault in survey.faults
    ]


def _subjects(survey: Survey) -> list[tuple[SubjectTotals, float]]:
    """Those that move most, in natural order, and the others in one; with the bars' shares."""
    everyone = list(survey.subjects.values())
    foremost = sorted(everyone, key=lambda subject: -subject.mean_px)[:MOST_SUBJECTS]
    chosen = {subject.name for subject in foremost}
    lines = [subject for subject in everyone if subject.name in chosen]
    rest = [subject for subject in everyone if subject.name not in chosen]
    if rest:
        others = SubjectTotals(f"{len(rest):,} others, which move less")
        for subject in rest:
            others.merge(subject)
        lines.append(others)
    longest = max((line.mean_px for line in lines), default=0.0)
    return [(line, line.mean_px / max(longest, 1e-9)) for line in lines]


def _player_data(tree: Tree, players: PlayerList) -> dict[str, Any] | None:
    if not players.entries:
        return None
    return {
        # Frames in shards are no files that a page could show.
        "suffix": "" if tree.in_shards else f".{tree.layout('', '').image_format}",
        "from_first": tree.from_first,
        "max_flow": tree.max_flow,
        "own_scale": _own_scale(tree),
        "sequences": players.entries,
    }


def _own_scale(tree: Tree) -> bool:
    """Whether it is recorded that each flow picture has a scale of its own."""
    pictures = tree.facts.get("pictures")
    return isinstance(pictures, dict) and pictures.get("max_flow", 0) is None
