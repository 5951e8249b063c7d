"""--masks: what is folded or hidden is no ground truth, however the dataset is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from damage import checked, kinds
from faces import Faces, make_faces, write_points
from generation import by_name, generate, record, tree
from shard_samples import assert_same

import faceflow as ff
from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.unpack import unpack_shards
from faceflow.images import read_image
from faceflow.truth.validity import hidden_pixels


def folding_faces(root: Path) -> Faces:
    """In the second of four frames the lower lip is above the upper one, far."""
    faces = make_faces(root, frames=4)
    points = faces.points("002")
    points[65:68, 1] -= 12
    write_points(faces.text("002"), points)
    return faces


def hidden(faces: Faces, first: str, second: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The flow, hull and hidden pixels of a pair, from the texts."""
    src, dst = faces.points(first), faces.points(second)
    triangles = ff.triangulate(faces.points("001"))
    flow, valid = ff.synthesize(src, dst, (64, 48), triangles, return_valid=True)
    return flow, valid, hidden_pixels(src, dst, triangles, flow, valid)


@pytest.mark.parametrize("outside", ["unknown", "zero", "nan"])
def test_hidden_pixels_are_not_in_the_mask_and_keep_their_flow(
    tmp_path: Path, outside: str
) -> None:
    """In .flo: only the mask, and what is counted of it, says so."""
    faces = folding_faces(tmp_path)
    generate(faces, masks=True, outside=outside)
    for first, second in (("001", "002"), ("002", "003"), ("003", "004")):
        flow, hull, out = hidden(faces, first, second)
        assert out.any() == ("002" in (first, second))
        folder = faces.output / "F001" / "flow_T1"
        mask = read_image(folder / f"{first}_valid.png")[..., 0] > 0
        np.testing.assert_array_equal(mask, hull & ~out)
        np.testing.assert_array_equal(ff.read_flow(folder / f"{first}.flo")[hull], flow[hull])
        assert by_name(record(faces)["pairs"])[first]["valid_px"] == mask.sum()


@pytest.mark.parametrize("flow_format", ["flo", "kitti", "npz"])
def test_shards_and_files_are_true_at_the_same_pixels(tmp_path: Path, flow_format: str) -> None:
    """Written as either, read as samples, and turned into one another; check finds them sound."""
    faces = folding_faces(tmp_path)
    options = {"masks": True, "flow_format": flow_format, "image_format": "png"}
    generate(faces, **options)
    generate(faces, tmp_path / "shards", writer="shards", store_flow=True, **options)
    for one, other in zip(
        ff.open_dataset(faces.output), ff.open_dataset(tmp_path / "shards"), strict=True
    ):
        assert_same(one._replace(landmarks=other.landmarks), other)
    unpack_shards(tmp_path / "shards", tmp_path / "back")
    before, after = (tree(root / "F001" / "flow_T1") for root in (faces.output, tmp_path / "back"))
    assert before == after
    pack_files(faces.output, tmp_path / "packed")
    for root in (faces.output, tmp_path / "shards", tmp_path / "back", tmp_path / "packed"):
        assert kinds(root, 100) == {}


def test_a_mask_with_hidden_pixels_is_found_by_recomputing(tmp_path: Path) -> None:
    """As one that was not made with the flow."""
    faces = folding_faces(tmp_path)
    generate(faces, masks=True)
    path = faces.output / "F001" / "flow_T1" / "002_valid.png"
    _, hull, out = hidden(faces, "002", "003")
    assert out.sum() > 60
    path.write_bytes(_png(hull))
    assert "is ground truth elsewhere" in checked(faces.output, 100).findings.faults[0].line


def _png(mask: np.ndarray) -> bytes:
    from faceflow.images import encode_image

    return encode_image(mask.astype(np.uint8) * np.uint8(255), ".png")
