"""Shards and indexes that are damaged, or made to do harm."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import make_faces
from file_kinds import make_folder, make_link_to_itself, make_pipe, reading_refused
from shard_samples import head, made_up_frames, make_both

from faceflow.dataset.shards.dataset import ShardsDataset
from faceflow.dataset.shards.frame import ShardFrame
from faceflow.dataset.shards.names import split_member
from faceflow.dataset.shards.read import ShardReader
from faceflow.dataset.shards.unpack import unpack_shards
from faceflow.dataset.shards.verify import verify_shard
from faceflow.dataset.shards.write import ShardWriter, write_shard
from faceflow.errors import DatasetError

NAMES = ["1", "2.v", "3"]
OTHER = b'{"name": "2", "status": "ok", "reason": null, "detail": null, "confidence": null}'
"""A frame's JSON, but another frame's."""
VALUES = [None, -1, 0, 1, 2**31, 2**63, 1e308, "", "../x", [], {}, True, [1], "\ud800", "a\nb"]


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """A sound shard with members of every kind."""
    path = tmp_path / "a.tar"
    write_shard(path, head(), made_up_frames(NAMES, flows=True))
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of one sequence in two shards."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), frames=5)
    return make_both(faces, per_shard=3)[1]


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edit a JSON file."""
    fields = json.loads(path.read_text())
    edit(fields)
    path.write_text(json.dumps(fields))


def complaint(path: Path) -> str:
    """What the reader and the verifier say alike, on one line that names the file."""
    with pytest.raises(DatasetError) as caught:
        ShardReader(path)
    (problem,) = verify_shard(path)
    assert str(caught.value) == problem
    assert problem.isprintable()
    assert len(problem) < 600
    assert path.with_suffix(".json").name in problem
    return problem


def set_member(field: str, value: Any, number: int = 1) -> Callable[[dict[str, Any]], object]:
    """An edit of one member in an index."""
    return lambda fields: fields["members"][number].__setitem__(field, value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (set_member("offset", 2**40), "the shard at"),
        (set_member("offset", 2**70), "whole number"),
        (set_member("offset", -512), "whole number"),
        (set_member("offset", 0), "in what is before it"),
        (set_member("offset", 1537), "in what is before it"),
        (set_member("offset", True), "whole number"),
        (set_member("offset", "1536"), "whole number"),
        (set_member("size", 2**61), "the shard at"),
        (set_member("size", 1e300), "whole number"),
        (set_member("size", None), "whole number"),
        (set_member("sha256", "0" * 63), "SHA-256"),
        (set_member("sha256", 7), "a string is taken"),
        (set_member("name", "../../../x.png"), "the name of no member"),
        (set_member("name", "/F001/T1/1.png"), "the name of no member"),
        (set_member("name", "F001/T1/%2E%2E%2Fx.png"), "the name of no member"),
        (set_member("name", "F001/T1/a%00.png"), "the name of no member"),
        (set_member("name", "F001/T1/%31.png"), "the name of no member"),
        (set_member("name", "F001/T1/1.exe"), "the name of no member"),
        (set_member("name", "F001/T1/1.png\n"), "the name of no member"),
        (set_member("name", "F001/T2/1.png"), "of another sequence or out of order"),
        (set_member("name", "F001/T1/3.png"), "of another sequence or out of order"),
        (set_member("name", "F001/T1/1.json"), "of another sequence or out of order"),
        (set_member("name", "F001/T1/2%2Ev.json"), "of another sequence or out of order"),
        (set_member("name", "x" * 10**6), "the name of no member"),
        (lambda fields: fields["members"].pop(0), "out of order"),
        (lambda fields: fields["members"].reverse(), "in what is before it"),
        (lambda fields: fields.update(members=[[]]), "no list of objects"),
        (lambda fields: fields.update(members={}), "no list of objects"),
        (lambda fields: fields.update(members=[{}]), "it has no 'name'"),
        (lambda fields: fields.update(schema=2), "schema 2, 1 is taken"),
        (lambda fields: fields.update(frames=10**12), "frames"),
        (lambda fields: fields.update(frames=2), "it has 3 frames and says 2"),
        (lambda fields: fields.update(frames_per_shard=0), "frames"),
        (lambda fields: fields.update(first=1), "begins at 1"),
        (lambda fields: fields.update(size=[0, 5]), "is taken"),
        (lambda fields: fields.update(size="5x5"), "is taken"),
        (lambda fields: fields.update(image_format="exe"), "jpg and png are taken"),
        (lambda fields: fields.update(subject="\ud800"), "cannot be the name of a file"),
        (lambda fields: fields.update(subject=None), "a string is taken"),
        (lambda fields: fields.pop("bytes"), "it has no 'bytes'"),
    ],
)
def test_index_that_lies_is_refused(
    shard: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    """Before anything of the shard is read, or memory taken for it."""
    change(shard.with_suffix(".json"), edit)
    assert message in complaint(shard)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"[" * 10**6, b"\xff", b"{}", b"null"])
def test_index_of_another_kind_is_refused(shard: Path, content: bytes) -> None:
    """Empty, cut short, no JSON."""
    shard.with_suffix(".json").write_bytes(content)
    complaint(shard)


@pytest.mark.parametrize("make", [make_folder, make_pipe, make_link_to_itself])
def test_what_is_no_file_is_refused(shard: Path, make: Callable[[Path], None]) -> None:
    """Nothing waits for the writer of a pipe."""
    reader = ShardReader(shard)
    shard.unlink()
    make(shard)
    with pytest.raises(DatasetError, match=r"a\.tar cannot be read"):
        reader.read(0, "json")
    assert "cannot be read" in verify_shard(shard)[0]


def test_file_that_may_not_be_read_is_told(shard: Path) -> None:
    """With the system's reason."""
    with reading_refused(shard):
        assert "Permission denied" in verify_shard(shard)[0]


@pytest.mark.parametrize("size", [0, 1, 512, 5000])
def test_shard_cut_short_or_grown_is_told(shard: Path, size: int) -> None:
    """Its size is that of its index."""
    reader, data = ShardReader(shard), shard.read_bytes()
    for content in (data[:size], data + bytes(size + 1)):
        shard.write_bytes(content)
        with pytest.raises(DatasetError, match=rf"a\.tar has {len(content)} bytes, by its index"):
            reader.read(0, "json")
        assert f"has {len(content)} bytes" in verify_shard(shard)[0]


def test_every_changed_byte_is_found(shard: Path) -> None:
    """In headers, members, what fills them up, and the end."""
    data = shard.read_bytes()
    for position in [*range(0, len(data), 1009), *range(0, 1536, 5), len(data) - 1]:
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        shard.write_bytes(damaged)
        problems = verify_shard(shard)
        assert len(problems) == 1, position
        assert problems[0].isprintable()


class TamperedWriter(ShardWriter):
    """Writes another content of one member of the first frame, with its right size and hash."""

    def __init__(self, path: Path, kind: str, content: bytes) -> None:
        super().__init__(path, ShardReader(path).head)
        self.kind, self.content = kind, content

    def _add_member(self, name: str, data: bytes) -> None:
        tampered = len(self._names) == 1 and split_member(name)[2] == self.kind
        super()._add_member(name, self.content if tampered else data)


def tamper(shard: Path, frames: Iterable[ShardFrame], kind: str, content: bytes) -> None:
    """Write a shard anew with another content of a member."""
    with TamperedWriter(shard, kind, content) as writer:
        for frame in frames:
            writer.add(frame)
        writer.publish()


def saved(array: Any, **options: Any) -> bytes:
    """What numpy.save writes."""
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


class Evil:
    """Unpickled, it would make a folder."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (Path("evil"),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        bytes(200),
        saved(np.zeros((3, 2), np.float32)),
        saved(np.zeros((3, 3))),
        saved(np.zeros(6)),
        saved(np.asfortranarray(np.zeros((3, 2)))),
        saved(np.zeros((3, 2), ">f8")),
        saved(np.zeros((3, 2)))[:-1],
        saved(np.zeros((3, 2))) + b"x",
        saved(np.zeros((3, 2))).replace(b"(3, 2)", b"(9, 2)"),
        saved(np.zeros((3, 2))).replace(b"(3, 2), }   ", b"(-1, 2), }  "),
        saved(np.array([Evil()], object), allow_pickle=True),
        pickle.dumps(Evil()),
    ],
)
def test_arrays_of_other_kinds_are_refused(
    shard: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Pickles above all, which are never looked into."""
    monkeypatch.chdir(tmp_path)
    tamper(shard, made_up_frames(NAMES), "landmarks.npy", content)
    with pytest.raises(DatasetError, match=r"a\.tar: 1\.landmarks\.npy is no \.npy of") as caught:
        ShardReader(shard).geometry(0)
    assert str(caught.value).isprintable()
    assert not Path("evil").exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"{}", b'{"name": "1"}', b"[" * 10**5, b"\xff\xfe", OTHER]
)
def test_json_of_another_kind_is_refused(shard: Path, content: bytes) -> None:
    """With the frame's name."""
    tamper(shard, made_up_frames(NAMES), "json", content)
    with pytest.raises(DatasetError, match=r"a\.tar: 1\.json is no record of a frame") as caught:
        ShardReader(shard).record(0)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("png", b"", "finds no image in its 0 bytes"),
        ("png", b"\x89PNG\r\n\x1a\n", "IEND"),
        ("landmarks.npy", saved(np.full((68, 2), np.nan)), "is not finite"),
        ("landmarks.npy", saved(np.zeros((2, 2))), "points"),
        ("landmarks.npy", saved(np.zeros((66, 2))), "landmarks"),
        ("triangles.npy", saved(np.full((3, 3), 68, np.int32)), "68"),
        ("triangles.npy", saved(np.full((3, 3), -1, np.int32)), "-1"),
    ],
)
def test_members_that_make_no_sample_are_told(
    tmp_path: Path, kind: str, content: bytes, message: str
) -> None:
    """By the shard and the frame, as an error of the package."""
    faces = make_faces(tmp_path, frames=2)
    path = make_both(faces, image_format="png")[1]
    (shard,) = path.rglob("*.tar")
    frames = list(made_up_frames(["001", "002", "003"]))[:2]
    write_shard(shard, ShardReader(shard).head, frames)
    assert len(ShardsDataset(path)[0].landmarks) == 2
    tamper(shard, frames, kind, content)
    with pytest.raises(DatasetError, match=r"shard-000000\.tar: 001") as caught:
        ShardsDataset(path)[0]
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def read_everything(root: Path, output: Path) -> None:
    """In each way there is."""
    with error_or_none():
        dataset = ShardsDataset(root)
        for number in range(len(dataset)):
            with error_or_none():
                dataset[number]
    with error_or_none():
        unpack_shards(root, output)
    for path in sorted(root.rglob("*.tar")):
        assert all(problem.isprintable() for problem in verify_shard(path))


@contextlib.contextmanager
def error_or_none() -> Iterator[None]:
    """Nothing happens within, or an error of the package that is one line."""
    said = ""
    try:
        yield
    except DatasetError as error:
        said = str(error)
    assert said.isprintable()


@pytest.mark.parametrize("seed", range(40))
def test_damage_at_random_is_an_error_or_a_sample(sound: Path, tmp_path: Path, seed: int) -> None:
    """No other exception, no crash, no file outside the folder it is unpacked to."""
    choose = random.Random(seed)
    root = tmp_path / "damaged"
    shutil.copytree(sound, root)
    for path in sorted(root.rglob("shard-*")):
        data = bytearray(path.read_bytes())
        for _ in range(choose.randrange(1, 6)):
            data[choose.randrange(len(data))] = choose.randrange(256)
        if choose.random() < 0.2:
            del data[choose.randrange(len(data)) :]
        path.write_bytes(data)
    before = names_but(tmp_path, "out")
    read_everything(root, tmp_path / "out")
    assert names_but(tmp_path, "out") == before


@pytest.mark.parametrize("name", ["shard-000000.json", "sequence.json", "dataset.json"])
@pytest.mark.parametrize("seed", range(25))
def test_any_value_in_any_place_is_an_error_or_a_sample(
    sound: Path, tmp_path: Path, name: str, seed: int
) -> None:
    """Of an index, a record or the configuration."""
    choose = random.Random(seed)
    root = tmp_path / "damaged"
    shutil.copytree(sound, root)
    (path,) = root.rglob(name)
    change(path, lambda fields: replace_value(fields, choose))
    before = names_but(tmp_path, "out")
    read_everything(root, tmp_path / "out")
    assert names_but(tmp_path, "out") == before


def replace_value(fields: Any, choose: random.Random) -> None:
    """Put something else in a place of a JSON value, at any depth."""
    key = choose.choice(list(fields) if isinstance(fields, dict) else range(len(fields)))
    if isinstance(fields[key], dict | list) and fields[key] and choose.random() < 0.8:
        replace_value(fields[key], choose)
    else:
        fields[key] = choose.choice(VALUES)


def names_but(root: Path, other: str) -> list[Path]:
    """All that is below a folder, but for what is below one of its own."""
    return sorted(p for p in root.rglob("*") if p.relative_to(root).parts[0] != other)


def test_shards_of_another_sequence_are_told(sound: Path, tmp_path: Path) -> None:
    """One that was exchanged for its neighbour, and one that is not there."""
    root = tmp_path / "moved"
    shutil.copytree(sound, root)
    folder = root / "F001" / "T1"
    for suffix in (".tar", ".json"):
        shutil.copy(folder / f"shard-000000{suffix}", folder / f"shard-000001{suffix}")
    dataset = ShardsDataset(root)
    assert dataset[0].names.first == "001"
    with pytest.raises(DatasetError, match=r"shard-000001\.tar has not the frames of its seq"):
        dataset[3]
    (folder / "shard-000001.json").unlink()
    with pytest.raises(DatasetError, match=r"shard-000001\.json cannot be read: No such file"):
        ShardsDataset(root)[3]


@pytest.mark.parametrize("name", ["../../../x", "a/b", "..", "a\0b"])
def test_names_never_leave_the_output(sound: Path, tmp_path: Path, name: str) -> None:
    """Where a record and an index agree on one that would."""
    root = tmp_path / "hostile" / "root"
    shutil.copytree(sound, root)
    text = json.dumps(name)[1:-1]
    path = root / "F001" / "T1" / "sequence.json"
    path.write_text(path.read_text().replace('"001"', f'"{text}"'))
    with pytest.raises(DatasetError):
        unpack_shards(root, tmp_path / "hostile" / "out")
    assert {p.name for p in tmp_path.iterdir()} == {"hostile"}


def test_member_names_are_those_of_frames() -> None:
    """Nothing that an escaped name could not be."""
    for name in ("a.json", "a/b.json", "a//b.json", "a/b/c/d.json", "a/./b.json", "a/b/.json"):
        with pytest.raises(DatasetError, match="is the name of no member"):
            split_member(name)
