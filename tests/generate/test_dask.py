"""The same dataset, made on a cluster: also where workers die, and where the run is stopped."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clusters import Cluster, cluster, generate_on, local_cluster, worker_pids
from command import run, start
from distributed import Client, LocalCluster
from faces import Faces, make_faces
from generation import generate, record, tree
from mounts import small_disk

from faceflow.files import TEMPORARY_PREFIX
from faceflow.truth.render_options import RenderOptions

LONG = 120
LARGE = {"size": (384, 288), "viz": "all", "image_format": "png"}
WORDS = ["--size", "384x288", "--viz", "all", "--image-format", "png"]


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """Two processes."""
    with local_cluster() as workers:
        yield workers


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """One long sequence: work for seconds."""
    return make_faces(tmp_path_factory.mktemp("long"), frames=LONG)


@pytest.fixture(scope="module")
def clean(long: Faces) -> dict[str, bytes]:
    """The tree of a run of it on this machine."""
    generate(long, long.root / "clean", workers=2, **LARGE)
    return tree(long.root / "clean")


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers and their scheduler, started as commands."""
    with cluster(tmp_path_factory.mktemp("cluster") / "files") as commands:
        yield commands


def flows(output: Path) -> int:
    """How many there are by now."""
    return len(list(output.glob("*/flow_*/*.flo")))


@pytest.mark.parametrize(
    "options",
    [
        {"viz": "all", "direction": "both"},
        {"from_first": True, "masks": True, "flow_format": "kitti"},
        {"stride": 3, "triangulation": "each", "outside": "zero", "flow_format": "npz"},
    ],
    ids=str,
)
def test_cluster_makes_no_difference(
    workers: LocalCluster, tmp_path: Path, options: dict[str, object]
) -> None:
    """Every byte of the tree, of several sequences, one of them long, with a frame that fails."""
    faces = make_faces(tmp_path, ("F1",), ("T1", "T2"), 20)
    make_faces(tmp_path, ("F2",), ("T1",), 100)
    faces.text("005", "F1", "T2").unlink()
    summary = generate_on(workers.scheduler_address, faces, **options)
    assert summary == generate(faces, tmp_path / "local", **options)
    assert tree(faces.output) == tree(tmp_path / "local")
    assert len(record(faces, "F2")["frames"]) == 100


def test_rendered_sequences_are_the_same(workers: LocalCluster, tmp_path: Path) -> None:
    """Own motions and transferred ones, with all that is drawn by lot."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=40)
    for motions in (None, faces.landmarks):
        rendering = RenderOptions("rendered", motions, 1.5, "homography", "all", seed=3)
        outputs = [tmp_path / f"{where}_{motions is None}" for where in ("here", "cluster")]
        generate(faces, outputs[0], rendering=rendering)
        generate_on(workers.scheduler_address, faces, outputs[1], rendering=rendering)
        assert tree(outputs[0]) == tree(outputs[1])


def test_workers_of_several_threads_make_no_difference(tmp_path: Path) -> None:
    """OpenCV, too, is kept to one thread in each of them."""
    faces = make_faces(tmp_path, ("F1", "F2"), frames=70)
    with local_cluster(workers=1, threads=4) as workers:
        generate_on(workers.scheduler_address, faces, viz="mesh")
    generate(faces, tmp_path / "local", viz="mesh")
    assert tree(faces.output) == tree(tmp_path / "local")


def test_run_may_go_on_with_another_executor(workers: LocalCluster, tmp_path: Path) -> None:
    """The cluster is no part of what defines a dataset; what is finished is left alone."""
    faces = make_faces(tmp_path, sequences=("T1", "T2"), frames=40)
    generate(faces, selection={"sequences": "T1"})
    generate_on(workers.scheduler_address, faces)
    before = {path: path.stat().st_mtime_ns for path in faces.output.rglob("*.flo")}
    generate(faces)
    assert {path: path.stat().st_mtime_ns for path in faces.output.rglob("*.flo")} == before
    generate(faces, tmp_path / "local")
    assert tree(faces.output) == tree(tmp_path / "local")


def in_the_middle(output: Path, act: Callable[[], None]) -> Callable[[], int]:
    """Act once a fifth of `long` is made; a function that waits, and tells how much there was."""
    seen: list[int] = []

    def wait() -> None:
        while flows(output) < 24:
            time.sleep(0.005)
        act()
        seen.append(flows(output))

    thread = threading.Thread(target=wait)
    thread.start()

    def ended() -> int:
        thread.join()
        return seen[0]

    return ended


def test_killed_worker_changes_nothing(
    workers: LocalCluster, long: Faces, clean: dict[str, bytes], tmp_path: Path
) -> None:
    """Its units go elsewhere: the same bytes, each frame once, and no half file left."""
    address = workers.scheduler_address
    victim = worker_pids(address)[0]
    ended = in_the_middle(tmp_path, lambda: os.kill(victim, signal.SIGKILL))
    summary = generate_on(address, long, tmp_path, **LARGE)
    assert 0 < ended() < LONG - 1
    assert victim not in worker_pids(address)
    assert (summary["totals"]["frames"]["ok"], summary["totals"]["pairs"]["ok"]) == (LONG, LONG - 1)
    assert tree(tmp_path) == clean


def test_all_workers_may_die_if_others_come(
    long: Faces, clean: dict[str, bytes], tmp_path: Path
) -> None:
    """As jobs that reach their time limit, and those that follow them."""
    with cluster(tmp_path / "cluster", 1) as commands:

        def replace() -> None:
            commands.processes[-1].kill()
            commands.add_worker()

        ended = in_the_middle(tmp_path / "data", replace)
        generate_on(commands.file, long, tmp_path / "data", **LARGE)
        assert 0 < ended() < LONG - 1
    assert tree(tmp_path / "data") == clean


def test_what_a_killed_worker_leaves_is_taken_away(
    workers: LocalCluster, long: Faces, clean: dict[str, bytes], tmp_path: Path
) -> None:
    """Hidden files beside images, pictures and records, before the sequence counts as finished."""

    def leave() -> None:
        for folder in ("flow_T1", "flow_viz_T1", "T1"):
            (tmp_path / "F001" / folder / f"{TEMPORARY_PREFIX}1-ab.tmp").write_bytes(b"half")

    ended = in_the_middle(tmp_path, leave)
    generate_on(workers.scheduler_address, long, tmp_path, **LARGE)
    assert 0 < ended() < LONG - 1
    assert tree(tmp_path) == clean


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_interrupted_run_ends_on_the_workers_too_and_goes_on(
    commands: Cluster,
    long: Faces,
    clean: dict[str, bytes],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """Exit code 130, one line; nothing is written afterwards; the same command goes on."""
    words = [long.images, tmp_path, *WORDS, "--executor", "dask", "--scheduler", commands.file]
    process = start("faceflow-gen", *words)
    while flows(tmp_path) < 20:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)
    process.send_signal(number)
    out, err = process.communicate()
    files = tree(tmp_path)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "faceflow-gen: interrupted; the same command goes on"
    wait_until_idle(commands)
    assert tree(tmp_path) == files
    files.pop("dataset.json")
    assert files.items() <= clean.items()
    assert 0 < len(files) < len(clean) - 2
    assert run("faceflow-gen", *words).code == 0
    assert tree(tmp_path) == clean


def wait_until_idle(commands: Cluster) -> None:
    with Client(scheduler_file=str(commands.file), set_as_default=False) as client:
        while any(client.call_stack().values()):
            time.sleep(0.05)


def test_killed_run_goes_on(
    commands: Cluster, long: Faces, clean: dict[str, bytes], tmp_path: Path
) -> None:
    """At once: what workers still have of the run that was killed gets out of the way."""
    words = [long.images, tmp_path, *WORDS, "--executor", "dask", "--scheduler", commands.file]
    for pairs in (10, 60):
        process = start("faceflow-gen", *words)
        while flows(tmp_path) < pairs:
            assert process.poll() is None, process.communicate()
            time.sleep(0.005)
        process.kill()
        process.communicate()
    assert run("faceflow-gen", *words).code == 0
    wait_until_idle(commands)
    assert tree(tmp_path) == clean


def test_paths_may_be_relative(
    commands: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though workers have folders of their own that they work in."""
    faces = make_faces(tmp_path / "here")
    generate(faces, tmp_path / "local")
    words = ["--executor", "dask", "--scheduler", commands.file.name, "--size", "source"]
    (faces.root / commands.file.name).write_bytes(commands.file.read_bytes())
    landmarks = ["--landmarks-dir", "Landmarks"]
    ended = run("faceflow-gen", "Subjects", "dataset", *words, *landmarks, cwd=faces.root)
    assert (ended.code, ended.err) == (0, "")
    assert tree(faces.output) == tree(tmp_path / "local")


def test_disk_that_is_full_for_a_worker_ends_the_run(workers: LocalCluster, tmp_path: Path) -> None:
    """With the system's error, as on this machine."""
    faces = make_faces(tmp_path, frames=40)
    with small_disk(faces.output, 300):
        with pytest.raises(OSError, match="No space left on device") as caught:
            generate_on(workers.scheduler_address, faces)
        assert caught.value.errno == errno.ENOSPC


def test_output_that_a_worker_cannot_write_ends_the_run(
    workers: LocalCluster, tmp_path: Path
) -> None:
    """And says which."""
    faces = make_faces(tmp_path)
    blocked = faces.output / "F001" / "flow_T1" / "002.jpg"
    blocked.mkdir(parents=True)
    with pytest.raises(IsADirectoryError) as caught:
        generate_on(workers.scheduler_address, faces)
    assert caught.value.filename2 == str(blocked)
