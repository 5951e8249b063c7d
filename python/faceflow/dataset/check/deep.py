"""Flow of a sample of pairs, recomputed from the landmarks as used."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from faceflow.dataset.check.findings import Fault, Part
from faceflow.dataset.check.inside import Look, inner_name, is_link_out, look_at
from faceflow.dataset.check.looks import Looks
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
from faceflow.types import Flow, Landmarks, Mask, Size, Triangles

_Geometry: TypeAlias = tuple[Landmarks, Triangles]


def check_pair(drawn: DrawnPair) -> Part:
    """Recompute the flow of one pair, having decoded its files."""
    part = Part(flows=1)
    check = _check_in_shards if drawn.opened.tree.in_shards else _check_in_files
    size = drawn.opened.record.size
    try:
        if size is None:
            raise DatasetError("its sequence has no size")
        check(drawn, part, size)
    except FaceflowError as error:
        line = error.detail if isinstance(error, FrameError) else str(error)
        part.faults.append(Fault("differs", drawn.opened.name, f"{drawn.title}: {line}"))
    return part


def _check_in_files(drawn: DrawnPair, part: Part, size: Size) -> None:
    layout, name = drawn.opened.layout, drawn.name
    frames = (name.first, name.second)
    decoded = [_decodes(drawn, part, *file) for file in _files(drawn, size)]
    if not all(decoded):
        return
    src, dst = (_read_landmarks(layout.landmarks(frame)) for frame in frames)
    triangles, own = drawn.opened.triangles, False
    if triangles is None:
        triangles, own = triangulate(src), True
    hidden = drawn.opened.tree.without_hidden
    recomputed = Recomputed(src, dst, size, triangles, own, hidden)
    flow, valid = read_flow(layout.flow(name), return_valid=True)
    mask = _read_mask(layout.valid(name)) if drawn.opened.tree.has_masks else valid
    problem = _mask_problem(drawn, flow, valid, mask)
    problem = problem or recomputed.flow_problem(flow, mask, drawn.opened.tree.flow_format)
    if problem is not None:
        paths = [layout.flow(name), *(layout.landmarks(frame) for frame in frames)]
        paths += [layout.valid(name)] if drawn.opened.tree.has_masks else []
        delete = tuple(inner_name(layout, path) for path in paths)
        line = f"{shown(delete[0])} {problem}, by the landmarks of its frames"
        part.faults.append(Fault("differs", drawn.opened.name, line, delete))
    else:
        _check_statistics(drawn, part, recomputed)


def _files(drawn: DrawnPair, size: Size) -> Iterator[tuple[Path, Look, Callable[[Path], Size]]]:
    """Each file of the pair, how it was looked at, and how its size is had by decoding it."""
    layout, name = drawn.opened.layout, drawn.name
    looks = Looks(size, layout.image_format)
    for frame in (name.first, name.second):
        yield layout.image(frame), looks.image, lambda path: read_image(path).shape[:2]
        path = layout.landmarks(frame)
        yield path, looks.landmarks(path, lambda _: None), lambda _: size
    if drawn.opened.tree.has_masks:
        yield layout.valid(name), looks.mask, lambda path: read_image(path).shape[:2]
    yield layout.flow(name), looks.flow, lambda path: read_flow(path).shape[:2]


def _decodes(
    drawn: DrawnPair, part: Part, path: Path, look: Look, decode: Callable[[Path], Size]
) -> bool:
    """Whether a file can be decoded; what was not found by looking at it is noted."""
    layout = drawn.opened.layout
    if look_at(layout, path, look) is not None:
        return False
    inner = inner_name(layout, path)
    try:
        if decode(path) == drawn.opened.record.size:
            return True
        line = f"{shown(inner)} has another size when it is decoded"
    except FaceflowError as error:
        line = error.detail if isinstance(error, FrameError) else str(error)
    part.faults.append(Fault("differs", drawn.opened.name, line, (inner,)))
    return False


def _read_mask(path: Path) -> Mask:
    values = read_image(path)[..., 0]
    if not np.isin(values, (0, 255)).all():
        raise DatasetError(f"{shown(path.name)} has values beside 0 and 255")
    mask: Mask = values > 0
    return mask


def _mask_problem(drawn: DrawnPair, flow: Flow, valid: Mask, mask: Mask) -> str | None:
    """How flow and mask contradict one another."""
    tree = drawn.opened.tree
    if tree.without_hidden and tree.flow_format == "flo":  # which has flow where it is hidden too
        return "has no flow where its mask is ground truth" if (mask & ~valid).any() else None
    if tree.outside != "zero":
        return None if np.array_equal(mask, valid) else "is ground truth elsewhere than its mask"
    return "is not zero outside of its mask" if flow[~mask].any() else None


def _read_landmarks(path: Path) -> Landmarks:
    (face,) = read_image_csv(path)
    return face.landmarks


def _check_statistics(drawn: DrawnPair, part: Part, recomputed: Recomputed) -> None:
    if problem := recomputed.statistics_problem(drawn.record):
        names = f"pair {shown(drawn.name.first)} -> {shown(drawn.name.second)}"
        part.faults.append(drawn.opened.fault(f"is wrong: {names} {problem}"))


def _check_in_shards(drawn: DrawnPair, part: Part, size: Size) -> None:
    found = _read_shards(drawn)
    if found is None:
        return
    reader, place, (src, triangles), (dst, _) = found
    own, hidden = drawn.opened.triangles is None, drawn.opened.tree.without_hidden
    recomputed = Recomputed(src, dst, size, triangles, own, hidden)
    problem = _stored_problem(drawn, reader, place, recomputed)
    if problem is not None:
        paths = (reader.path, index_path(reader.path))
        delete = tuple(inner_name(drawn.opened.layout, path) for path in paths)
        line = f"{drawn.title}: {problem}"
        part.faults.append(Fault("differs", drawn.opened.name, line, delete))
    else:
        _check_statistics(drawn, part, recomputed)


def _read_shards(drawn: DrawnPair) -> tuple[ShardReader, int, _Geometry, _Geometry] | None:
    """The first frame's shard and place in it, and both geometries; None where damage was told."""
    folder, root = drawn.opened.layout.records, drawn.opened.layout.root
    shards = [shard_path(folder, number // drawn.opened.per_shard) for number in drawn.numbers]
    if any(is_link_out(root, one) for path in shards for one in (path, index_path(path))):
        return None
    places = [number % drawn.opened.per_shard for number in drawn.numbers]
    try:
        readers = [ShardReader(path) for path in shards]
        first, second = (r.geometry(place) for r, place in zip(readers, places, strict=True))
    except (DatasetError, IndexError):
        return None
    return None if first is None or second is None else (readers[0], places[0], first, second)


def _stored_problem(
    drawn: DrawnPair, reader: ShardReader, place: int, recomputed: Recomputed
) -> str | None:
    """What is wrong with flow that is stored; it was made from these very landmarks."""
    (data,) = reader.read(place, "json")
    names = (drawn.name.first, drawn.name.second)
    try:
        flows = json.loads(data or b"{}").get("flows", [])
        kinds = [flow["member"] for flow in flows if (flow["first"], flow["second"]) == names]
        members = reader.read(place, *kinds)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return f"its JSON has flows that are none: {error!a:.100}"
    known = np.where(recomputed.valid[..., None], recomputed.flow, np.float32(np.nan))
    expected = encode_npy(known.astype(np.float16))
    wrong = [kind for kind, member in zip(kinds, members, strict=True) if member != expected]
    return f"the stored {wrong[0]} is not that of its landmarks" if wrong else None
