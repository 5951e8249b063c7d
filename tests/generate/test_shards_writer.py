"""--writer shards: the flow of the files writer, through kills, failures and retries."""

from __future__ import annotations

import io
import json
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import gen, run, start
from faces import make_faces, moving_face, texture, write_image, write_points
from generation import generate, record, tree
from mounts import grow, small_disk
from shard_samples import as_used

import faceflow as ff
from faceflow.dataset.shards.pack import pack_files
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.unpack import unpack_shards
from faceflow.dataset.shards.verify import verify_shard
from faceflow.errors import ConfigError
from faceflow.files import TEMPORARY_PREFIX
from faceflow.generate.config import GenerateConfig

SHARDS = {"writer": "shards", "shard_mb": 1}
"""At 64x48 px a shard of 1 MB has 128 frames, four units."""


def shards_of(root: Path) -> list[Path]:
    """All of a dataset."""
    return sorted(root.glob("*/*/shard-*.tar"))


def assert_same_samples(files: Path, shards: Path) -> None:
    """Frames, flow, validity, landmarks and names, bit by bit."""
    one, other = ff.open_dataset(files), ff.open_dataset(shards)
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        assert a.names == b.names
        for x, y in zip(a[:4], b[:4], strict=True):
            assert (x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"outside": "zero", "image_format": "png"},
        {"triangulation": "each", "direction": "both", "stride": 3},
        {"from_first": True, "direction": "both", "viz": "all"},
        {"flow_format": "npz", "size": (40, 60)},
        {"store_flow": True, "direction": "both"},
    ],
    ids=str,
)
def test_samples_are_those_of_the_files_writer(tmp_path: Path, options: dict[str, Any]) -> None:
    """With frames that fail in between, and several shards to a sequence."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=140)
    faces.text("033", sequence="T2").unlink()
    faces.image("050", sequence="T1").write_bytes(b"")
    files = {name: value for name, value in options.items() if name != "store_flow"}
    summary = generate(faces, workers=2, **files)
    kept = generate(faces, tmp_path / "shards", workers=2, **SHARDS, **options)
    assert kept["totals"] == summary["totals"]
    assert_same_samples(faces.output, tmp_path / "shards")
    for name in ("T1", "T2"):
        path = Path("F001", name, "sequence.json")
        assert (faces.output / path).read_bytes() == (tmp_path / "shards" / path).read_bytes()
    found = shards_of(tmp_path / "shards")
    assert len(found) >= 4
    assert not any(verify_shard(path) for path in found)
    assert not list((tmp_path / "shards").glob("*/*/parts"))


def test_shards_are_those_that_export_makes(tmp_path: Path) -> None:
    """Byte by byte, but for the landmarks, which files keep to 3 decimals; and back in files."""
    faces = make_faces(tmp_path, frames=100)
    generate(faces)
    generate(faces, tmp_path / "shards", writer="shards")
    pack_files(faces.output, tmp_path / "packed", as_used(faces))
    for path in shards_of(tmp_path / "shards"):
        other = tmp_path / "packed" / path.relative_to(tmp_path / "shards")
        assert path.read_bytes() == other.read_bytes()
    unpack_shards(tmp_path / "shards", tmp_path / "files")
    ours = {k: v for k, v in tree(faces.output).items() if k.startswith("F001")}
    assert ours == {k: v for k, v in tree(tmp_path / "files").items() if k.startswith("F001")}


def test_workers_make_no_difference(tmp_path: Path) -> None:
    """One or four."""
    faces = make_faces(tmp_path, ("F1", "F2"), frames=150)
    generate(faces, workers=1, **SHARDS)
    generate(faces, tmp_path / "four", workers=4, **SHARDS)
    assert tree(faces.output) == tree(tmp_path / "four")


@pytest.mark.parametrize("from_first", [False, True])
def test_stored_flow_is_that_of_the_pairs(tmp_path: Path, from_first: bool) -> None:
    """float16, NaN where it is no ground truth; each member says between which frames."""
    faces = make_faces(tmp_path, frames=5)
    options: dict[str, Any] = {"direction": "both", "from_first": from_first}
    generate(faces, store_flow=True, **SHARDS, **options)
    dataset = ff.open_dataset(faces.output)
    expected = {(s.names.first, s.names.second): s.flow.astype(np.float16) for s in dataset}
    reader = ShardReader(shards_of(faces.output)[0])
    found = {}
    for number in range(5):
        fields = json.loads(reader.read(number, "json")[0] or b"")
        for told in fields.get("flows", []):
            (data,) = reader.read(number, told["member"])
            found[told["first"], told["second"]] = np.load(io.BytesIO(data or b""))
    assert found.keys() == expected.keys()
    for pair, flow in expected.items():
        assert found[pair].tobytes() == flow.tobytes()


def test_flow_that_float16_does_not_hold_fails_its_pair(tmp_path: Path) -> None:
    """And no other; without stored flow there is nothing to fail."""
    faces = make_faces(tmp_path, frames=4)
    write_points(faces.text("003"), moving_face() + 7e4)
    summary = generate(faces, store_flow=True, **SHARDS)
    assert summary["totals"]["pair_reasons"] == {"degenerate": 1, "write_error": 1}
    assert [pair["status"] for pair in record(faces)["pairs"]] == ["ok", "failed", "skipped"]
    assert generate(faces, tmp_path / "bare", **SHARDS)["totals"]["pairs"]["failed"] == 0


def test_finished_shards_are_left_alone(tmp_path: Path) -> None:
    """Nothing is written but the summaries."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=40)
    generate(faces, **SHARDS)
    before = {path: path.stat().st_mtime_ns for path in shards_of(faces.output)}
    generate(faces, **SHARDS)
    assert {path: path.stat().st_mtime_ns for path in shards_of(faces.output)} == before


def test_what_failed_is_tried_again_and_the_rest_taken_over(tmp_path: Path) -> None:
    """The unit that failed is made anew, its neighbours come from the shard that is replaced."""
    faces = make_faces(tmp_path, frames=120)
    blocked = faces.output / "F001" / "flow_viz_T1" / "041_tri.png"
    blocked.mkdir(parents=True)  # a folder in the place of a picture of the second unit
    summary = generate(faces, viz="mesh", **SHARDS)
    assert summary["totals"]["pair_reasons"] == {"write_error": 1}
    mark(shards_of(faces.output)[0], 5, 40, 70)
    blocked.rmdir()
    assert generate(faces, viz="mesh", **SHARDS)["totals"]["pairs"]["failed"] == 0
    reader = ShardReader(shards_of(faces.output)[0])
    marked = [(reader.image(number) or b"").startswith(MARK) for number in (5, 40, 70)]
    assert marked == [True, False, True]
    generate(faces, tmp_path / "clean", viz="mesh", **SHARDS)
    others, clean = tree(faces.output), tree(tmp_path / "clean")
    differing = {k for k in clean if others[k] != clean[k]}
    assert differing - {"report.html"} == {"F001/T1/shard-000000.tar"}  # of which it shows pairs


MARK = b"a mark"


def mark(shard: Path, *numbers: int) -> None:
    """Write over the beginning of some pictures, which tells whether they are made again."""
    reader, data = ShardReader(shard), bytearray(shard.read_bytes())
    for number in numbers:
        place = data.index(reader.image(number) or b"none")
        data[place : place + len(MARK)] = MARK
    shard.write_bytes(data)


@pytest.mark.parametrize("gone", ["shard-000000.tar", "shard-000001.json", "sequence.json"])
def test_shard_that_has_gone_is_made_again(tmp_path: Path, gone: str) -> None:
    """Or its index, or the record; the same bytes."""
    faces = make_faces(tmp_path, frames=140)
    generate(faces, **SHARDS)
    before = tree(faces.output)
    (faces.output / "F001" / "T1" / gone).unlink()
    generate(faces, **SHARDS)
    assert tree(faces.output) == before


def test_changed_image_is_made_anew(tmp_path: Path) -> None:
    """As if the sequence had never been made."""
    faces = make_faces(tmp_path, frames=40)
    generate(faces, **SHARDS)
    write_image(faces.image("005"), texture((64, 48), 999))
    generate(faces, **SHARDS)
    generate(faces, tmp_path / "clean", **SHARDS)
    assert tree(faces.output) == tree(tmp_path / "clean")


def test_thirty_kills_at_any_moment_change_nothing(tmp_path: Path) -> None:
    """Kill -9 again and again, then the command once more."""
    faces = make_faces(tmp_path, ("F1", "F2"), sequences=("T1", "T2"), frames=110)
    size = ["--size", "384x288", "--image-format", "png"]
    words = [*size, "--writer", "shards", "--shard-mb", "6", "--workers", "2"]
    options = {"size": (384, 288), "image_format": "png", "writer": "shards", "shard_mb": 6}
    generate(faces, tmp_path / "clean", workers=2, **options)
    moments = np.random.default_rng(1)
    begun = 0
    for _ in range(30):
        process = start("faceflow-gen", faces.images, faces.output, *words)
        while process.poll() is None and not (faces.output / "faceflow.log").exists():
            time.sleep(0.002)
        time.sleep(moments.uniform(0.1, 0.6))
        begun += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert begun > 15
    assert run("faceflow-gen", faces.images, faces.output, *words).code == 0
    assert tree(faces.output) == tree(tmp_path / "clean")


def test_full_disk_stops_and_is_gone_on_from(tmp_path: Path) -> None:
    """Exit code 1 and one line; with room, the same command ends with the same bytes."""
    faces = make_faces(tmp_path, ("F1", "F2"), frames=200)
    generate(faces, tmp_path / "clean", **SHARDS)
    disk = tmp_path / "disk"
    with small_disk(disk, 1000):
        ended = gen(faces, "--writer", "shards", "--shard-mb", "1", output=disk / "out")
        assert (ended.code, ended.complaint()[:32]) == (1, "faceflow-gen: No space left on d")
        assert not list((disk / "out").rglob(f"*/{TEMPORARY_PREFIX}*"))
        grow(disk, 20_000)
        assert gen(faces, "--writer", "shards", "--shard-mb", "1", output=disk / "out").code == 0
        assert tree(disk / "out") == tree(tmp_path / "clean")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"store_flow": True}, "--store-flow is taken with --writer shards only"),
        ({"shard_mb": 7}, "--shard-mb 7 is taken with --writer shards only"),
        ({"writer": "shards", "shard_mb": 0}, "--shard-mb 0 is not taken"),
        ({"writer": "tar"}, "--writer 'tar' is not taken: files, shards are"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], told: str) -> None:
    """In one line that names them."""
    with pytest.raises(ConfigError, match=told):
        GenerateConfig(**options)


def test_files_and_shards_are_not_mixed(tmp_path: Path) -> None:
    """Nor shards of two sizes; unless all is made anew."""
    faces = make_faces(tmp_path)
    generate(faces)
    ended = gen(faces, "--writer", "shards")
    assert ended.code == 2
    assert "--writer 'files', now it is 'shards'" in ended.complaint()
    generate(faces, overwrite=True, **SHARDS)
    generate(faces, tmp_path / "clean", **SHARDS)
    fresh = {k: v for k, v in tree(faces.output).items() if "/flow_" not in k}
    assert {k: v for k, v in fresh.items() if not k.endswith(".csv")} == tree(tmp_path / "clean")
    assert gen(faces, "--writer", "shards", "--shard-mb", "2").code == 2
