"""faceflow-gen --executor dask: what is refused, before anything is written."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from clusters import Cluster
from command import Ended, gen
from faces import Faces, make_faces
from fresh_python import packages_without, run_python
from generation import OF_RUN, tree

SOON = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return make_faces(tmp_path, frames=4)


def refused(faces: Faces, *options: object) -> str:
    """The complaint of a run with exit code 2 that left everything as it was."""
    before = tree(faces.root)
    ended: Ended = gen(faces, *options, env=SOON)
    assert (ended.code, ended.out) == (2, ""), ended
    assert tree(faces.root) == before
    assert not faces.output.exists()
    return ended.complaint().removeprefix("faceflow-gen: ")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--executor", "slurm"], "--executor 'slurm' is not taken: local, dask are"),
        (["--scheduler", "tcp://a:1"], "--scheduler is taken with --executor dask only"),
        (["--executor", "dask"], "--executor dask needs --scheduler: the cluster's tcp://host:"),
        (
            ["--executor", "dask", "--scheduler", "tcp://a:1", "--workers", "2"],
            "--workers is not taken with --executor dask: the cluster has its own",
        ),
    ],
    ids=["other", "no dask", "no scheduler", "workers"],
)
def test_options_that_do_not_go_together_are_refused(
    faces: Faces, options: list[str], told: str
) -> None:
    """By name."""
    assert refused(faces, *options).startswith(told)


@pytest.mark.parametrize("scheme", ["tcp://", ""])
def test_scheduler_that_cannot_be_reached_is_refused(faces: Faces, scheme: str) -> None:
    """Once the time is up that Dask's configuration gives it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}127.0.0.1:{free.getsockname()[1]}"
        said = refused(faces, "--executor", "dask", "--scheduler", address)
    assert said.startswith(f"--scheduler {address} cannot be reached: Timed out")


@pytest.mark.parametrize("address", ["carrier-pigeon://loft:1", "tcp://nobody.invalid:8786"])
def test_address_that_is_none_is_refused(faces: Faces, address: str) -> None:
    """A protocol that Dask does not know, a name that nobody has."""
    said = refused(faces, "--executor", "dask", "--scheduler", address)
    assert said.startswith(f"--scheduler {address} cannot be reached: ")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory"),
        ("no JSON", "it holds no address"),
        ("[1]", "it holds no address"),
        ('{"address": 5}', "it holds no address"),
    ],
    ids=str,
)
def test_file_that_is_no_scheduler_s_is_refused(
    faces: Faces, content: str | None, why: str
) -> None:
    """With what is taken."""
    path = faces.root / "scheduler.json"
    if content is not None:
        path.write_text(content)
    said = refused(faces, "--executor", "dask", "--scheduler", path)
    taken = "tcp://host:port or a scheduler's file is"
    assert said == f"--scheduler {path} is not taken ({why}): {taken}"


def test_missing_extra_is_named_with_its_remedy(faces: Faces) -> None:
    """Where distributed is not installed."""
    packages = packages_without(faces.root / "packages", "distributed")
    words = [str(faces.images), str(faces.output), "--executor", "dask", "--scheduler", "tcp://a:1"]
    code = f"from faceflow.cli.main import main_gen; main_gen({words!r})"
    done = run_python(code, package_in=packages, PYTHONPATH=str(packages))
    remedy = "--executor dask needs distributed: pip install 'faceflow[dask]'"
    assert (done.returncode, done.stderr) == (2, f"faceflow-gen: {remedy}\n")
    assert not faces.output.exists()


def test_cluster_without_workers_is_told_at_once(faces: Faces) -> None:
    """Exit code 2; of the dataset there is nothing yet but the log."""
    commands = Cluster(faces.root / "cluster")
    try:
        ended = gen(faces, "--executor", "dask", "--scheduler", commands.file)
    finally:
        commands.close()
    assert (ended.code, ended.out) == (2, "")
    assert "has no workers yet" in ended.complaint()
    assert {path.name for path in faces.output.iterdir()} == OF_RUN


def test_executor_may_stand_in_a_configuration_file(faces: Faces) -> None:
    """As any option."""
    path = faces.root / "options.toml"
    path.write_text('executor = "dask"\nscheduler = "tcp://127.0.0.1:1"\n')
    assert "cannot be reached" in refused(faces, "--config", path)
