"""Flow of a sample of pairs, recomputed from the landmarks as used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from faceflow.dataset.check.findings import Fault, Part
from faceflow.dataset.check.inside import inner_name
from faceflow.dataset.check.opened import DrawnPair
from faceflow.dataset.check.recompute import Recomputed
from faceflow.dataset.shards.names import index_path, shard_path
from faceflow.dataset.shards.npy import encode_npy
from faceflow.dataset.shards.read import ShardReader
from faceflow.errors import DatasetError, FaceflowError, FrameError
from faceflow.files import shown
from faceflow.flow.triangulation import triangulate
from faceflow.flowio import read_flow
from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.types import Flow, Landmarks, Mask, Size


def check_pair(drawn: DrawnPair) -> Part:
    """Recompute the flow of one pair, having decoded its files."""
    part = Part(flows=1)
    check = _check_in_shards if drawn.opened.tree.in_shards else _check_in_files
    try:
        check(drawn, part)
    except FaceflowError as error:
        line = error.detail if isinstance(error, FrameError) else str(error)
        part.faults.append(Fault("differs", drawn.opened.name, f"{drawn.title}: {line}"))
    return part


def _check_in_files(drawn: DrawnPair, part: Part) -> None:
    layout, name = drawn.opened.layout, drawn.name
    frames = (name.first, name.second)
    size = drawn.opened.record.size
    if size is None:
        raise DatasetError("its sequence has no size")
    if not _decodes(drawn, part, size):
        return
    src, dst = (_read_landmarks(layout.landmarks(frame)) for frame in frames)
    triangles, own = drawn.opened.triangles, False
    if triangles is None:
        triangles, own = triangulate(src), True
    recomputed = Recomputed(src, dst, size, triangles, own)
    flow, valid = _stored_flow(drawn)
    problem = recomputed.flow_problem(flow, valid, drawn.opened.tree.flow_format)
    if problem is None and drawn.opened.tree.outside == "zero" and flow[~valid].any():
        problem = "is not zero outside of its mask"
    if problem is not None:
        paths = [layout.flow(name), *(layout.landmarks(frame) for frame in frames)]
        paths += [layout.valid(name)] if drawn.opened.tree.has_masks else []
        delete = tuple(inner_name(layout, path) for path in paths)
        line = f"{shown(delete[0])} {problem}, by the landmarks of its frames"
        part.faults.append(Fault("differs", drawn.opened.name, line, delete))
    else:
        _check_statistics(drawn, part, recomputed)


def _decodes(drawn: DrawnPair, part: Part, size: Size) -> bool:
    """Whether the pair's files can be decoded; those that cannot are noted."""
    layout, name, before = drawn.opened.layout, drawn.name, len(part.faults)

    def note(path: Path, line: str) -> None:
        inner = inner_name(layout, path)
        part.faults.append(Fault("differs", drawn.opened.name, line, (inner,)))

    images = [layout.image(frame) for frame in (name.first, name.second)]
    images += [layout.valid(name)] if drawn.opened.tree.has_masks else []
    for path in images:
        try:
            if read_image(path).shape[:2] != size:
                note(path, f"{shown(inner_name(layout, path))} has another size when decoded")
        except FrameError as error:
            note(path, error.detail)
    try:
        read_flow(layout.flow(name))
    except FaceflowError as error:
        note(layout.flow(name), str(error))
    return len(part.faults) == before


def _stored_flow(drawn: DrawnPair) -> tuple[Flow, Mask]:
    layout, tree = drawn.opened.layout, drawn.opened.tree
    flow, valid = read_flow(layout.flow(drawn.name), return_valid=True)
    if not tree.has_masks:
        return flow, valid
    mask = read_image(layout.valid(drawn.name))[..., 0]
    if not np.isin(mask, (0, 255)).all():
        raise DatasetError(f"{shown(layout.valid(drawn.name).name)} has values beside 0 and 255")
    if tree.outside != "zero" and not np.array_equal(mask > 0, valid):
        raise DatasetError(f"{shown(layout.valid(drawn.name).name)} is not that of its flow")
    return flow, mask > 0


def _read_landmarks(path: Path) -> Landmarks:
    (face,) = read_image_csv(path)
    return face.landmarks


def _check_statistics(drawn: DrawnPair, part: Part, recomputed: Recomputed) -> None:
    if problem := recomputed.statistics_problem(drawn.record):
        names = f"pair {shown(drawn.name.first)} -> {shown(drawn.name.second)}"
        part.faults.append(drawn.opened.fault(f"is wrong: {names} {problem}"))


def _check_in_shards(drawn: DrawnPair, part: Part) -> None:
    size, folder = drawn.opened.record.size, drawn.opened.layout.records
    if size is None:
        raise DatasetError("its sequence has no size")
    per_shard = ShardReader(shard_path(folder, 0)).head.frames_per_shard
    readers = [ShardReader(shard_path(folder, n // per_shard)) for n in drawn.numbers]
    places = [n % per_shard for n in drawn.numbers]
    first, second = (r.geometry(place) for r, place in zip(readers, places, strict=True))
    if first is None or second is None:
        raise DatasetError("one of its frames has no landmarks")
    own = drawn.opened.triangles is None
    recomputed = Recomputed(first[0], second[0], size, first[1], own)
    problem = _stored_problem(drawn, readers[0], places[0], recomputed)
    if problem is not None:
        paths = (readers[0].path, index_path(readers[0].path))
        delete = tuple(inner_name(drawn.opened.layout, path) for path in paths)
        line = f"{drawn.title}: {problem}"
        part.faults.append(Fault("differs", drawn.opened.name, line, delete))
    else:
        _check_statistics(drawn, part, recomputed)


def _stored_problem(
    drawn: DrawnPair, reader: ShardReader, place: int, recomputed: Recomputed
) -> str | None:
    """What is wrong with flow that is stored; it was made from these very landmarks."""
    (data,) = reader.read(place, "json")
    flows = json.loads(data or b"{}").get("flows", [])
    for stored in flows if isinstance(flows, list) else []:
        if (stored["first"], stored["second"]) == (drawn.name.first, drawn.name.second):
            (member,) = reader.read(place, stored["member"])
            if member != encode_npy(recomputed.flow.astype(np.float16)):
                return f"the stored {stored['member']} is not that of its landmarks"
    return None
