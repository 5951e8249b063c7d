"""Shards as they lie on disk: plain tar files that every reader of WebDataset takes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import environment
from faces import SIZE, moving_face
from fresh_python import run_python
from hypothesis import given
from hypothesis import strategies as st
from shard_samples import head, made_up_frames
from skimage.data import astronaut

from faceflow.dataset.records import FrameRecord
from faceflow.dataset.shards.frame import ShardFrame, StoredFlow
from faceflow.dataset.shards.index import read_index
from faceflow.dataset.shards.names import KINDS, UNIT, escape, frames_per_shard, unescape
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.verify import verify_shard
from faceflow.dataset.shards.write import tar_header, write_shard
from faceflow.errors import DatasetError, FlowFileError
from faceflow.images import encode_image, resize_image

NAMES = ["1", "a b", "two\nlines.v1", "é%", "\udcff"]
LONG = [f"{i}" + "漢." * 60 for i in range(5)]
"""Their member names are longer than USTAR has room for."""


def samples(path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """What any reader of WebDataset sees: consecutive members of one key."""
    key, fields = None, {}
    with tarfile.open(path) as tar:
        for info in tar:
            folder, _, base = info.name.rpartition("/")
            stem, _, extension = base.partition(".")
            if f"{folder}/{stem}" != key:
                if key is not None:
                    yield key, fields
                key, fields = f"{folder}/{stem}", {}
            assert extension not in fields
            stream = tar.extractfile(info)
            assert stream is not None
            fields[extension] = stream.read()
    if key is not None:
        yield key, fields


@pytest.mark.parametrize("names", [NAMES, LONG], ids=["odd", "long"])
def test_webdataset_sees_a_sample_for_each_frame(tmp_path: Path, names: list[str]) -> None:
    """In the order of the sequence, whole, with what each member holds."""
    write_shard(tmp_path / "a.tar", head(), made_up_frames(names, flows=True))
    found = list(samples(tmp_path / "a.tar"))
    assert [unescape(key.split("/")[2]) for key, _ in found] == names
    assert all(key.startswith("F001/T1/") for key, _ in found)
    for number, ((_, fields), frame) in enumerate(
        zip(found[:-1], made_up_frames(names, flows=True), strict=False)
    ):
        assert set(fields) == set(KINDS) - {"jpg"}
        assert fields["png"] == frame.image
        described = json.loads(fields["json"])
        assert described["name"] == names[number] == frame.record.name
        assert (described["number"], described["confidence"]) == (number, 0.5)
        assert described["size"] == list(SIZE)
        expected = {
            "landmarks.npy": frame.landmarks,
            "triangles.npy": frame.triangles,
            "flow_backward.npy": np.load(io.BytesIO(frame.flows[0].npy)),
            "flow.npy": np.load(io.BytesIO(frame.flows[1].npy)),
        }
        for kind, array in expected.items():
            loaded = np.load(io.BytesIO(fields[kind]), allow_pickle=False)
            assert loaded.dtype == array.dtype
            assert np.array_equal(loaded, array, equal_nan=kind.startswith("flow"))


def test_stored_flow_says_whose_it_is(tmp_path: Path) -> None:
    """Which frames a flow runs between, and that it is unknown outside the face."""
    write_shard(tmp_path / "a.tar", head(), made_up_frames(NAMES, flows=True))
    _, fields = list(samples(tmp_path / "a.tar"))[1]
    assert json.loads(fields["json"])["flows"] == [
        {"member": "flow_backward.npy", "first": NAMES[1], "second": NAMES[0]},
        {"member": "flow.npy", "first": NAMES[1], "second": NAMES[2]},
    ]
    flow = np.load(io.BytesIO(fields["flow.npy"]))
    assert flow.shape == (*SIZE, 2)
    assert 0 < np.isnan(flow[..., 0]).sum() < flow[..., 0].size


def test_frame_that_failed_is_a_sample_without_picture(tmp_path: Path) -> None:
    """Nothing is left out, and why is said."""
    write_shard(tmp_path / "a.tar", head(), made_up_frames(NAMES))
    _, fields = list(samples(tmp_path / "a.tar"))[-1]
    assert list(fields) == ["json"]
    described = json.loads(fields["json"])
    assert (described["status"], described["reason"]) == ("failed", "unreadable_image")


@pytest.mark.parametrize("names", [NAMES, LONG], ids=["odd", "long"])
def test_plain_tar_reads_it(tmp_path: Path, names: list[str]) -> None:
    """Lists and unpacks it, into a folder for each sequence."""
    write_shard(tmp_path / "a.tar", head(), made_up_frames(names))
    listed = subprocess.run(
        ["tar", "tf", tmp_path / "a.tar"], capture_output=True, text=True, check=True
    )
    assert listed.stderr == ""
    assert listed.stdout.split() == [m.name for m in read_index(tmp_path / "a.tar").members]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        with tarfile.open("a.tar") as tar:
            for info in tar:
                if len(info.name.rpartition("/")[2]) < 255:
                    tar.extract(info, filter="data")
    escaped = escape(names[0])
    assert len(escaped) > 200 or (tmp_path / "F001" / "T1" / f"{escaped}.png").exists()


def test_headers_tell_nothing_of_the_machine(tmp_path: Path) -> None:
    """No time, no user, no mask of permissions; USTAR where names fit."""
    os.umask(os.umask(0o077))
    write_shard(tmp_path / "a.tar", head(), made_up_frames(NAMES))
    with tarfile.open(tmp_path / "a.tar") as tar:
        for info in tar:
            assert (info.mtime, info.uid, info.gid, info.mode) == (0, 0, 0, 0o644)
            assert (info.uname, info.gname, info.pax_headers) == ("", "", {})
    assert (tmp_path / "a.tar").stat().st_size % tarfile.RECORDSIZE == 0


def test_index_says_where_each_member_lies(tmp_path: Path) -> None:
    """As tarfile finds them, with the hashes of what is there."""
    path = tmp_path / "a.tar"
    written = write_shard(path, head(), made_up_frames(LONG, flows=True))
    assert read_index(path) == written
    data = path.read_bytes()
    assert written.bytes == len(data)
    with tarfile.open(path) as tar:
        found = [(info.name, info.offset_data, info.size) for info in tar]
    assert found == [member[:3] for member in written.members]
    for member in written.members:
        content = data[member.offset : member.offset + member.size]
        assert hashlib.sha256(content).hexdigest() == member.sha256


def test_same_frames_make_the_same_bytes(tmp_path: Path) -> None:
    """Shard and index, in another place, by another process name, at another time."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_shard(tmp_path / name / "s.tar", head(), made_up_frames(NAMES, flows=True))
    for name in ("s.tar", "s.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_sound_shard_verifies(tmp_path: Path) -> None:
    """With names and members of every kind; with no frame at all."""
    for number, names in enumerate((NAMES, LONG)):
        path = tmp_path / f"{number}.tar"
        write_shard(path, head(), made_up_frames(names, flows=True))
        assert verify_shard(path) == []
        assert len(ShardReader(path)) == 5
    write_shard(tmp_path / "none.tar", head(), [])
    assert verify_shard(tmp_path / "none.tar") == []


def test_records_come_back(tmp_path: Path) -> None:
    """So that a run that goes on need not make a whole shard again."""
    write_shard(tmp_path / "a.tar", head(), made_up_frames(NAMES))
    reader = ShardReader(tmp_path / "a.tar")
    records = [reader.record(number) for number in range(5)]
    assert records == [frame.record for frame in made_up_frames(NAMES)]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1", "1", "2"], "would have two frames 1"),
        (["1", "2", "3", "4", "5", "6"], "would have more than 5 frames"),
    ],
)
def test_frames_that_do_not_fit_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    """And nothing is left."""
    with pytest.raises(DatasetError, match=message):
        write_shard(tmp_path / "a.tar", head(), made_up_frames(names))
    assert list(tmp_path.iterdir()) == []


def test_flow_is_stored_as_float16() -> None:
    """To the nearest that it holds; nothing is clipped to infinity."""
    rng = np.random.default_rng(0)
    flow = rng.normal(0, 30, (*SIZE, 2)).astype(np.float32)
    flow[0] = np.nan
    stored = np.load(io.BytesIO(StoredFlow.of("1", "2", flow).npy))
    assert stored.dtype == np.float16
    assert stored.tobytes() == flow.astype(np.float16).tobytes()
    with pytest.raises(FlowFileError, match="float16 takes"):
        StoredFlow.of("1", "2", np.full((*SIZE, 2), 7e4, np.float32))


def test_failure_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    """The shard of an earlier run stays whole, as does its index."""
    path = tmp_path / "a.tar"
    write_shard(path, head(), made_up_frames(NAMES))

    def interrupted() -> Iterator[ShardFrame]:
        yield from list(made_up_frames(LONG))[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shard(path, head(), interrupted())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.tar"]
    assert verify_shard(path) == []


def test_full_disk_passes_and_leaves_nothing(tmp_path: Path) -> None:
    """As an error of the system, while frames are added or when the end is written."""
    code = """
import pathlib, resource, signal, sys
from shard_samples import head, made_up_frames
from faceflow.dataset.shards.write import write_shard
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path, frames = pathlib.Path({path!r}), list(made_up_frames(["1", "2", "3"]))
size = write_shard(path, head(), frames).bytes
path.unlink()
path.with_suffix(".json").unlink()
for limit in (0, 1000, size // 2, size - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_shard(path, head(), frames)
    except OSError as error:
        print(type(error).__name__, end=" ")
"""
    ended = run_python(code.format(path=str(tmp_path / "a.tar")), **_paths())
    assert (ended.stdout, ended.stderr) == ("OSError " * 4, "")
    assert list(tmp_path.iterdir()) == []


def _paths() -> dict[str, str]:
    """What a process of its own needs to import this folder's helpers."""
    here = Path(__file__).parent
    known = environment()["PYTHONPATH"]
    return {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent), known])}


@pytest.mark.parametrize("frames", [0, 1, 3])
def test_killed_writer_leaves_nothing_of_a_final_name(tmp_path: Path, frames: int) -> None:
    """Only a hidden file that the next run takes away."""
    code = """
import os, pathlib, signal
from shard_samples import head, made_up_frames
from faceflow.dataset.shards.write import ShardWriter
frames = made_up_frames(["1", "2", "3", "4"])
with ShardWriter(pathlib.Path({path!r}), head()) as writer:
    for _ in range({frames}):
        writer.add(next(frames))
    os.kill(os.getpid(), signal.SIGKILL)
"""
    path = str(tmp_path / "a.tar")
    ended = run_python(code.format(path=path, frames=frames), **_paths())
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".faceflow-")
    assert left.name.endswith(".tmp")


def test_index_stands_only_for_a_shard_that_is_whole(tmp_path: Path) -> None:
    """Killed between the two, a rewritten shard has no index, rather than the old one."""
    path = tmp_path / "a.tar"
    write_shard(path, head(), made_up_frames(NAMES))
    code = """
import os, pathlib, signal
from shard_samples import head, made_up_frames
from faceflow.dataset.shards import write
write.write_index = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write.write_shard(pathlib.Path({path!r}), head(), made_up_frames(["7", "8"]))
"""
    assert run_python(code.format(path=str(path)), **_paths()).returncode == -signal.SIGKILL
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar"]


def test_one_frame_at_a_time_is_in_memory(tmp_path: Path) -> None:
    """However many a shard has."""
    size = 2**18

    def many() -> Iterator[ShardFrame]:
        for number in range(200):
            yield ShardFrame(FrameRecord(str(number)), bytes([number]) * size, moving_face())

    tracemalloc.start()
    try:
        write_shard(tmp_path / "a.tar", head(200), many())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.tar").stat().st_size > 200 * size
    assert peak < 6 * size


@pytest.mark.parametrize(("image_format", "flows"), [("jpg", 0), ("png", 0), ("jpg", 2)])
def test_shard_of_a_photograph_comes_to_its_bytes(
    tmp_path: Path, image_format: str, flows: int
) -> None:
    """About: a face of 512x384 as recordings show it, upright and of a photograph's sharpness."""
    photograph = resize_image(np.ascontiguousarray(astronaut()[:240, 130:310, ::-1]), (512, 384))
    image = encode_image(photograph, f".{image_format}")
    flow = StoredFlow.of("1", "2", np.zeros((512, 384, 2), np.float32))
    (frame, *_) = made_up_frames(["1", "2"])
    frame = frame._replace(image=image, flows=(flow, flow._replace(backward=True))[:flows])
    frames = [frame._replace(record=FrameRecord(str(number))) for number in range(10)]
    count = frames_per_shard((512, 384), image_format, flows, megabytes=100)
    whole = replace(head(count, image_format), size=(512, 384))
    index = write_shard(tmp_path / "a.tar", whole, frames)
    assert count % UNIT == 0
    assert 0.5 * 100 * 2**20 < index.bytes / 10 * count < 1.5 * 100 * 2**20


@given(
    st.text("abcXYZ019_~%-/", max_size=99).filter(lambda name: not name.endswith("/")),
    st.integers(0, 8**11),
)
def test_header_is_that_of_tarfile(name: str, size: int) -> None:
    """Byte for byte, for names and sizes of any length."""
    info = tarfile.TarInfo(name)
    info.size = size
    assert tar_header(name, size) == info.tobuf(tarfile.PAX_FORMAT, "ascii", "strict")
