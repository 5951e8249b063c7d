"""faceflow-gen as a whole process, beside what no generator can avoid."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from bulk_input import BulkInput, portrait_input, real_input, tiny_input
from measure import Call, at_least, at_most, beside, children_seconds

FRAMES = 4000
SMALL_FRAMES = 8_000  # so that what a run needs once does not count beside them
BP4D = (1392, 1040)
PICTURES = 200
HERE = Path(__file__).parent
GENERATE = "from faceflow.cli.main import main_gen; main_gen()"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BulkInput]:
    """Small frames, of which what is decoded and encoded weighs least."""
    root = tmp_path_factory.mktemp("bulk")
    yield real_input(root, SMALL_FRAMES) or portrait_input(root, SMALL_FRAMES, (480, 480))
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BulkInput]:
    """A third of them, where pictures take long."""
    root = tmp_path_factory.mktemp("few")
    yield real_input(root, FRAMES) or portrait_input(root, FRAMES, (480, 480))
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BulkInput]:
    """Frames of BP4D's size."""
    root = tmp_path_factory.mktemp("large")
    yield portrait_input(root, FRAMES, BP4D)
    shutil.rmtree(root)


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where datasets go, which are large."""
    yield tmp_path / "out"
    shutil.rmtree(tmp_path)


def run(*words: object) -> None:
    """A process of its own, which has to end well."""
    subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True)


def clear(out: Path) -> Callable[[], None]:
    """An empty folder, and nothing else that the disk has to do."""

    def emptied() -> None:
        shutil.rmtree(out, ignore_errors=True)
        os.sync()

    return emptied


def generation(name: str, given: BulkInput, out: Path, *options: object) -> Call:
    """Of a dataset from nothing, nothing refined; on two threads, unless told otherwise."""
    where = () if {"--workers", "--executor"} & set(options) else ("--workers", 2)
    words = ("-c", GENERATE, given.images, out, "--refine", "none", *where, *options)
    return Call(name, lambda: run(*words), before=clear(out))


def floor(name: str, given: BulkInput, out: Path, *options: object) -> Call:
    """What cannot be avoided, on two threads."""
    words = (HERE / "floor.py", given.images, out, 2, *options)
    return Call(name, lambda: run(*words), before=clear(out))


@pytest.mark.parametrize("kind", ["given", "large"])
def test_files(benchmark: Any, request: pytest.FixtureRequest, out: Path, kind: str) -> None:
    data = request.getfixturevalue(kind)
    beside(
        benchmark,
        f"{data.frames:,} frames to files, {data.name}",
        generation("faceflow-gen", data, out),
        floor("decode, resize, encode, write, with flow", data, out, "--flow"),
        target=at_most(1.1),
        rounds=3,
        warm=False,
    )


@pytest.mark.parametrize("kind", ["given", "large"])
def test_rendered(benchmark: Any, request: pytest.FixtureRequest, out: Path, kind: str) -> None:
    data = request.getfixturevalue(kind)
    beside(
        benchmark,
        f"{data.frames:,} frames rendered, to files, {data.name}",
        generation("faceflow-gen --images rendered", data, out, "--images", "rendered"),
        floor("decode, resize, encode, write real ones, with flow", data, out, "--flow"),
        target=at_most(1.3),
        rounds=3,
        warm=False,
    )


@pytest.mark.parametrize("kind", ["given", "large"])
def test_shards(benchmark: Any, request: pytest.FixtureRequest, out: Path, kind: str) -> None:
    data = request.getfixturevalue(kind)
    beside(
        benchmark,
        f"{data.frames:,} frames to shards, {data.name}",
        generation("faceflow-gen --writer shards", data, out, "--writer", "shards"),
        floor("decode, resize, encode", data, out),
        target=at_most(1.1),
        rounds=3,
        warm=False,
    )


def test_pictures(benchmark: Any, few: BulkInput, out: Path, tmp_path: Path) -> None:
    run("-c", GENERATE, few.images, out, "--refine", "none", "--viz", "all", "--limit", PICTURES)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, path in enumerate(islice(sorted(out.glob("*/flow_viz_*/*.png")), 2 * PICTURES)):
        path.rename(pictures / f"{number:04}.png")
    beside(
        benchmark,
        f"{few.frames:,} frames with all pictures, {few.name}",
        generation("faceflow-gen --viz all", few, out, "--viz", "all"),
        floor(
            "the same floor, and the pictures as PNG", few, out, "--flow", "--pictures", pictures
        ),
        target=at_most(1.3),
        rounds=3,
        warm=False,
    )


def test_two_workers(benchmark: Any, given: BulkInput, out: Path) -> None:
    beside(
        benchmark,
        f"{given.frames:,} frames to shards, {given.name}",
        generation("faceflow-gen, 1 worker", given, out, "--writer", "shards", "--workers", 1),
        generation("2 workers", given, out, "--writer", "shards"),
        target=at_least(1.9),
        rounds=3,
        warm=False,
    )


@pytest.mark.parametrize("kind", ["given", "large"])
def test_dask(benchmark: Any, request: pytest.FixtureRequest, out: Path, kind: str) -> None:
    from distributed import LocalCluster

    given = request.getfixturevalue(kind)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        words = ("--writer", "shards", "--executor", "dask", "--scheduler")
        beside(
            benchmark,
            f"{given.frames:,} frames to shards, {given.name}",
            generation("Dask, 2 local workers", given, out, *words, cluster.scheduler_address),
            generation("2 processes of our own", given, out, "--writer", "shards"),
            target=at_most(1.2),
            rounds=3,
            warm=False,
        )


def test_resume(benchmark: Any, tmp_path: Path, out: Path) -> None:
    given = tiny_input(tmp_path / "tiny", sequences=100, length=1000)
    again = ("-c", GENERATE, given.images, out, "--size", "source", "--refine", "none")
    run(*again)
    beside(
        benchmark,
        f"{given.frames:,} frames that are finished, CPU time",
        Call("faceflow-gen again", lambda: run(*again)),
        Call("scandir and stat", lambda: run(HERE / "scan.py", given.images, given.landmarks)),
        target=at_most(2),
        rounds=7,
        clock=children_seconds,
    )


def test_bytes(benchmark: Any, given: BulkInput, out: Path) -> None:
    words = ("-c", GENERATE, given.images, out, "--refine", "none", "--limit", 1000)
    run(*words)
    files = size_of(out)
    clear(out)()
    benchmark.pedantic(run, args=(*words, "--writer", "shards"), rounds=1)
    benchmark.extra_info.update(
        counted=f"bytes for a pair, shards, {given.name}",
        count=size_of(out) // 1000,
        most=files // 20_000,
        peer=f"{files // 1000:,} (our files)",
    )


def size_of(dataset: Path) -> int:
    """Bytes of what is in the subjects' folders."""
    return sum(path.stat().st_size for path in dataset.glob("*/*/*"))
