"""A pair of the sample: its pictures, numbers and files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from faceflow.errors import FaceflowError
from faceflow.files import shown
from faceflow.report import charts
from faceflow.report.pair import difference, read_pair_flow, read_pair_frames, warped_back
from faceflow.report.pictures import Picture, flow_picture, inside
from faceflow.report.tree import MadePair, Tree

_LONGEST = 240  # side of a picture, px


class Link(NamedTuple):
    """A file beside the page."""

    address: str
    text: str


@dataclass
class Card:
    """What the page shows of a pair."""

    title: str
    numbers: dict[str, str]
    links: list[Link]
    pictures: list[Picture] = field(default_factory=list)
    problem: str | None = None
    """Why it has no pictures."""


def make_card(tree: Tree, pair: MadePair, scale: float, images: bool) -> Card:
    """Read a pair for the page.

    Parameters
    ----------
    tree
        Its dataset.
    pair
        Which.
    scale
        Length of full colour, px.
    images
        Whether its frames may be seen.
    """
    card = Card(pair.title, _numbers(pair), _links(tree, pair, images))
    try:
        card.pictures = _pictures(pair, scale, images)
    except FaceflowError as error:
        card.problem = str(error)
    return card


def _numbers(pair: MadePair) -> dict[str, str]:
    record = pair.record
    return {
        "mean": f"{charts.number(record.mean_px or 0)} px",
        "longest": f"{charts.number(record.max_px or 0)} px",
        "flipped triangles": str(record.flipped),
        "pixels": f"{record.valid_px:,}",
    }


def _links(tree: Tree, pair: MadePair, images: bool) -> list[Link]:
    layout, name = pair.layout, pair.name
    record = Link(tree.url(layout.record), "record")
    if layout.in_shards:
        return [record]
    frames = (name.first, name.second) if images else ()
    links = [Link(tree.url(layout.flow(name)), "flow"), record]
    return links + [Link(tree.url(layout.image(f)), f"frame {shown(f)}") for f in frames]


def _pictures(pair: MadePair, scale: float, images: bool) -> list[Picture]:
    flow = read_pair_flow(pair)
    drawn = inside(flow_picture(flow, scale), "flow", _LONGEST)
    if not images:
        return [drawn]
    first, second = read_pair_frames(pair)
    left = difference(first, warped_back(second, flow), flow)
    return [
        inside(first, "first frame", _LONGEST),
        inside(second, "second frame", _LONGEST),
        drawn,
        inside(left, "left after warping, 8x", _LONGEST),
    ]
