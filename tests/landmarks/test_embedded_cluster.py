"""dlib's detector on the workers of a cluster."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from clusters import generate_on, local_cluster
from distributed import Client
from embedded_sequences import portrait, write_frames
from faces import Faces
from fresh_python import packages_without, run_python
from generation import generate, tree

from faceflow.landmarks.embedded import embedded_detector
from faceflow.landmarks.options import LandmarkOptions

LOOK = """
import pickle, sys
from faceflow.errors import DetectorError
detector = pickle.loads(bytes.fromhex(sys.argv[1]))
assert "dlib" not in sys.modules
try:
    detector.versions()
except DetectorError as error:
    print(error)
"""


def loaded_dlib() -> bool:
    return "dlib" in sys.modules


def test_cluster_finds_the_same_landmarks(tmp_path: Path) -> None:
    """They are looked for there, kept here, and the dataset is the same to the byte."""
    faces = Faces(tmp_path)
    faces.landmarks.mkdir()
    write_frames(faces.images / "F001" / "T1", map(portrait, range(70)))
    write_frames(faces.images / "F001" / "T2", map(portrait, range(100, 110)))
    options = {"landmarks": LandmarkOptions("dlib"), "size": (96, 96)}
    with local_cluster() as workers:
        summary = generate_on(workers.scheduler_address, faces, **options)
        with Client(workers.scheduler_address, set_as_default=False) as client:
            assert all(client.run(loaded_dlib).values())
    assert summary["totals"]["frames"]["ok"] == 80
    generate(faces, tmp_path / "local", workers=2, **options)
    assert tree(faces.output) == tree(tmp_path / "local")


def test_detector_travels_without_its_model() -> None:
    """95 MB are loaded where they are needed, once for all parts; a scheduler needs none."""
    sent = pickle.dumps(embedded_detector())
    assert len(sent) < 1000
    assert pickle.loads(sent) is pickle.loads(sent)
    assert pickle.loads(sent).keys([b"one"]) == embedded_detector().keys([b"one"])


def test_worker_without_dlib_is_named(tmp_path: Path) -> None:
    """As one of another version is."""
    packages = packages_without(tmp_path / "packages", "dlib")
    sent = pickle.dumps(embedded_detector()).hex()
    code = f"import sys; sys.argv.append({sent!r}){LOOK}"
    done = run_python(code, package_in=packages, PYTHONPATH=str(packages))
    assert done.stderr == ""
    assert done.stdout.endswith(": --landmarks dlib needs dlib: pip install 'faceflow[dlib]'\n")
    sent = pickle.dumps(embedded_detector()).replace(b"dlib 2", b"dlib 1").hex()
    done = run_python(f"import sys; sys.argv.append({sent!r}){LOOK}")
    assert " has dlib 2" in done.stdout
    assert "; the run needs dlib 1" in done.stdout
