"""Shards: every byte, and the record's frames."""

from __future__ import annotations

import json
import os
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from damage import checked, follow_advice, kinds
from faces import SIZE, make_faces
from generation import generate
from shard_samples import as_used, head, made_up_frames

from faceflow.dataset.records import (
    FrameRecord,
    PairRecord,
    SequenceRecord,
    write_json,
    write_record,
)
from faceflow.dataset.shards.frame import ShardFrame, StoredFlow
from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.write import write_shard
from faceflow.dataset.statistics import flow_statistics
from faceflow.flow.synthesis import flipped_triangles, synthesize


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of three shards, whose landmarks have all their decimals."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), frames=7)
    generate(faces)
    shards = faces.root / "shards"
    pack_files(faces.output, shards, as_used(faces), per_shard=3)
    return shards


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    """A copy that harm may be done to."""
    shutil.copytree(sound, tmp_path / "shards")
    return tmp_path / "shards"


@pytest.mark.parametrize("number", [0, 2])
@pytest.mark.parametrize("suffix", [".tar", ".json"])
@pytest.mark.parametrize("what", ["gone", "cut", "flipped", "folder"])
def test_damaged_shards_are_found(root: Path, number: int, suffix: str, what: str) -> None:
    """A shard and its index go together; the others are sound."""
    path = root / "F001" / "T1" / f"shard-{number:06}{suffix}"
    if what == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif what == "flipped":
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 0x80
        path.write_bytes(data)
    else:
        path.unlink()
        if what == "folder":
            path.mkdir()
    expected = "missing" if what == "gone" else "damaged"
    assert set(kinds(root)) == {expected}
    pair = {f"F001/T1/shard-{number:06}{s}" for s in (".tar", ".json")}
    gone = {f"F001/T1/shard-{number:06}{suffix}"} if what == "gone" else set()
    assert set(checked(root).findings.delete) == pair - gone


def test_deleted_shards_are_missed_and_nothing_else(sound: Path, root: Path) -> None:
    """Following the advice leaves only what has to be made again."""
    shard = root / "F001" / "T1" / "shard-000001.tar"
    os.truncate(shard, 100)
    follow_advice(root)
    assert kinds(root) == {"missing": 1}
    for path in sound.rglob("shard-000001.*"):
        shutil.copy(path, shard.parent)
    assert kinds(root, 10) == {}


def test_shards_of_other_frames_are_found(root: Path) -> None:
    """Sound ones, exchanged; one too many."""
    folder = root / "F001" / "T1"
    for suffix in (".tar", ".json"):
        shutil.copy(folder / f"shard-000000{suffix}", folder / f"shard-000009{suffix}")
        shutil.copy(folder / f"shard-000000{suffix}", folder / f"shard-000001{suffix}")
    found = checked(root)
    assert dict(found.findings.kinds) == {"damaged": 1, "extra": 2}
    assert "has not the frames of its sequence.json" in found.findings.faults[0].line


def test_shards_that_differ_from_the_record_are_found(root: Path) -> None:
    """A frame's fate, triangles and statistics."""
    path = root / "F001" / "T1" / "sequence.json"
    fields = json.loads(path.read_text())
    edits = [
        lambda f: f["frames"][2].update(confidence=0.5),
        lambda f: f["triangles"].pop(),
        lambda f: f["pairs"][3].update(mean_px=f["pairs"][3]["mean_px"] + 1e-4),
    ]
    for edit, sample, kind in zip(edits, (0, 0, 10), ("damaged", "damaged", "record"), strict=True):
        changed = json.loads(json.dumps(fields))
        edit(changed)
        path.write_text(json.dumps(changed))
        assert set(kinds(root, sample)) == {kind}


def test_begun_sequence_is_unfinished(root: Path) -> None:
    """Shards without the record of their sequence."""
    (root / "F001" / "T1" / "sequence.json").unlink()
    assert kinds(root) == {"unfinished": 1}


def stored_dataset(root: Path, offset: float) -> None:
    """Frames with their flow, which is off by so much."""
    names = ["1", "2", "3", "4"]
    frames = list(made_up_frames(names))
    pairs: list[PairRecord] = []
    written: list[ShardFrame] = []
    for one, other in pairwise(frames):
        if one.landmarks is None or other.landmarks is None or one.triangles is None:
            written.append(one)
            continue
        arguments = (one.landmarks, other.landmarks)
        flow, valid = synthesize(*arguments, SIZE, one.triangles, return_valid=True)
        flipped = int(flipped_triangles(*arguments, one.triangles).sum())
        names_of = one.record.name, other.record.name
        numbers = flow_statistics(flow, valid)
        pairs.append(PairRecord(*names_of, "ok", None, None, *numbers, flipped))
        stored = StoredFlow.of(*names_of, (flow + np.float32(offset)).astype(np.float32))
        written.append(ShardFrame(one.record, one.image, one.landmarks, one.triangles, (stored,)))
    written.append(frames[-1])
    folder = root / "F001" / "T1"
    folder.mkdir(parents=True)
    write_shard(folder / "shard-000000.tar", head(5), written)
    records: list[FrameRecord] = [frame.record for frame in frames]
    triangles = frames[0].triangles
    assert triangles is not None
    record = SequenceRecord("F001", "T1", SIZE, triangles.tolist(), records, pairs)
    write_record(folder / "sequence.json", record)
    configuration = {"flow_format": "flo", "image_format": "png", "writer": "shards"}
    totals = {
        "sequences": 1,
        "frames": {"ok": 3, "failed": 1, "skipped": 0},
        "pairs": {"ok": 2, "failed": 0, "skipped": 0},
        "frame_reasons": {"unreadable_image": 1},
        "pair_reasons": {},
    }
    write_json(root / "dataset.json", {"configuration": configuration, "totals": totals})


@pytest.mark.parametrize(("offset", "expected"), [(0, {}), (0.05, {"differs": 2})])
def test_stored_flow_is_compared(tmp_path: Path, offset: float, expected: dict[str, int]) -> None:
    """To the bit: it was made of the landmarks beside it."""
    stored_dataset(tmp_path / "stored", offset)
    assert kinds(tmp_path / "stored") == {}
    assert kinds(tmp_path / "stored", 10) == expected
