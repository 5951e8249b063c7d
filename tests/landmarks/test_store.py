"""Faces that were found once are there on the next run, and never in part."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import environment
from mounts import small_disk

from faceflow.errors import DatasetError
from faceflow.landmarks.face import Face
from faceflow.landmarks.store import LandmarkStore


def faces(count: int, points: int = 68) -> tuple[Face, ...]:
    """Faces with random landmarks; every second one has no confidence."""
    random = np.random.default_rng(count)
    shapes = random.normal(0, 1e3, (count, points, 2))
    return tuple(Face(s, None if i % 2 else 0.1 * i) for i, s in enumerate(shapes))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_faces_come_back_bit_by_bit(tmp_path: Path, count: int) -> None:
    """Landmarks and confidence, in order, from a store that was closed meanwhile."""
    kept = faces(count)
    with LandmarkStore(tmp_path / "store") as store:
        store.put([(b"a", kept), (b"b", ())])
    with LandmarkStore(tmp_path / "store") as store:
        found = store.get(b"a")
        assert store.get(b"c") is None
    assert found is not None
    assert [face.confidence for face in found] == [face.confidence for face in kept]
    for one, other in zip(found, kept, strict=True):
        assert one.landmarks.dtype == np.float64
        assert np.array_equal(one.landmarks, other.landmarks)
        one.landmarks[0] = 0  # an array of its own


def test_newer_faces_replace_older_ones(tmp_path: Path) -> None:
    """The same key may be found twice."""
    with LandmarkStore(tmp_path / "store") as store:
        store.put([(b"a", faces(1))])
        store.put([(b"a", ())])
        assert store.get(b"a") == ()


@pytest.mark.parametrize("content", [b"no database, but long enough to be seen as none" * 40])
def test_another_file_in_its_place_is_refused(tmp_path: Path, content: bytes) -> None:
    """In one line that names it and says what to do; it stays as it is."""
    path = tmp_path / "landmarks.sqlite"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"landmarks\.sqlite cannot be used: ") as caught:
        LandmarkStore(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    ["faces = 2", "points = 67", "numbers = x'00'", "faces = -1", "numbers = 'text'"],
)
def test_damaged_entry_counts_as_none(tmp_path: Path, change: str) -> None:
    """It is found anew, rather than believed."""
    with LandmarkStore(tmp_path / "store") as store:
        store.put([(b"a", faces(1))])
        with store.transaction() as connection:
            connection.execute(f"UPDATE frame SET {change}")
        assert store.get(b"a") is None


def test_full_disk_is_an_error_of_the_system(tmp_path: Path) -> None:
    """As for every other file; what was kept before is still there."""
    with small_disk(tmp_path / "disk", 64), LandmarkStore(tmp_path / "disk" / "store") as store:
        store.put([(b"first", faces(1))])
        with pytest.raises(OSError, match="No space left") as caught:
            store.put([(bytes([i]), faces(3)) for i in range(100)])
        assert caught.value.errno == errno.ENOSPC
        assert store.get(b"first") is not None
        assert store.get(b"\x00") is None


def test_killed_process_leaves_all_of_a_put_or_none(tmp_path: Path) -> None:
    """Kill -9 at any moment; the next process reads what was finished."""
    code = """
import sys
from pathlib import Path
import numpy as np
from faceflow.landmarks.face import Face
from faceflow.landmarks.store import LandmarkStore
with LandmarkStore(Path(sys.argv[1])) as store:
    for number in range(10**6):
        face = Face(np.full((68, 2), float(number)), 0.5)
        store.put([(b"%d-%d" % (number, i), (face,)) for i in range(20)])
        print(number, flush=True)
"""
    path = tmp_path / "store"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], env=environment(), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(40)][-1]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with LandmarkStore(path) as store:
            for number in range(told + 1):
                assert all(store.get(b"%d-%d" % (number, i)) for i in range(20))
            later = [store.get(b"%d-%d" % (told + 1, i)) is None for i in range(20)]
            assert len(set(later)) == 1
        path.unlink()
