"""Parts of work on a cluster's workers, and workers that do not suit."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dask
import pytest
from clusters import TESTS, Cluster, cluster, executing, local_cluster, worker_pids
from distributed import Client, LocalCluster
from fresh_python import packages_without
from parts import Mortal, attempt, fail, fail_after, length, linger, meet, power

import faceflow
from faceflow.errors import ClusterError, ConfigError, FrameError
from faceflow.execute.dask import DaskExecutor
from faceflow.execute.executor import Executor
from faceflow.execute.local import LocalExecutor
from faceflow.execute.work import Stream, Work


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalCluster]:
    """Two processes."""
    with local_cluster() as workers:
        yield workers


def counted(base: int, count: int) -> Work[list[Any]]:
    """A stage whose results are kept, in order, then a stream."""
    kept = yield [partial(power, base, exponent) for exponent in range(count)]
    assert (yield Stream(power, base, iter(range(count)))) == []
    return [value for _, value in kept]


@pytest.mark.parametrize("where", ["local", "dask"])
def test_works_give_their_results_and_advance_is_told_of_each_part(
    workers: LocalCluster, tmp_path: Path, where: str
) -> None:
    """On either executor; also works that have nothing to do."""

    def check(executor: Executor) -> None:
        told: list[tuple[int, int]] = []
        works = [counted(base, count) for base, count in ((2, 9), (3, 0), (5, 20))]
        results = list(executor.run(works, told.append))
        powers = [[base**i for i in range(count)] for base, count in ((3, 0), (2, 9), (5, 20))]
        assert sorted(results) == sorted(powers)
        expected = [(i, base**i) for base, count in ((2, 9), (5, 20)) for i in range(count)]
        assert sorted(told) == sorted(2 * expected)

    if where == "local":
        check(LocalExecutor(2))
    else:
        with executing(workers.scheduler_address, tmp_path) as executor:
            check(executor)
            check(executor)  # as for landmarks, then for frames


def stream(function: Any, shared: Any, count: int) -> Work[None]:
    yield Stream(function, shared, iter(range(count)))


def test_one_work_is_shared_out_to_all_workers(workers: LocalCluster, tmp_path: Path) -> None:
    """One long sequence does not hold up the end."""
    (tmp_path / "pids").mkdir()
    pids: list[int] = []
    with executing(workers.scheduler_address, tmp_path / "data") as executor:
        list(executor.run([stream(meet, tmp_path / "pids", 12)], pids.append))
    assert set(pids) == set(worker_pids(workers.scheduler_address))
    assert len(pids) == 12


def test_what_parts_share_may_be_large(workers: LocalCluster, tmp_path: Path) -> None:
    """As the plan of a sequence of a million frames; Dask's warning of it would fail this."""
    told: list[int] = []
    with executing(workers.scheduler_address, tmp_path) as executor:
        list(executor.run([stream(length, bytes(24 * 2**20), 3)], told.append))
    assert told == 3 * [24 * 2**20]


def test_worker_that_joins_gets_parts(tmp_path: Path) -> None:
    """A cluster may grow while it works."""
    (tmp_path / "pids").mkdir()
    pids: list[int] = []
    with (
        cluster(tmp_path / "cluster", 1) as commands,
        executing(commands.file, tmp_path / "data") as executor,
    ):
        commands.add_worker()
        list(executor.run([stream(meet, tmp_path / "pids", 12)], pids.append))
    assert len(set(pids)) == 2


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/data/flow/001.flo"),
        FrameError("no_face", "no face was found"),
        ConfigError("not taken"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_parts_are_those_of_this_machine(
    workers: LocalCluster, tmp_path: Path, error: Exception
) -> None:
    """Of the same class, with the same words."""

    def work() -> Work[None]:
        yield [partial(fail, error)]

    told = []
    with executing(workers.scheduler_address, tmp_path) as cluster:
        for executor in (LocalExecutor(1), cluster):
            with pytest.raises(type(error)) as caught:
                list(executor.run([work()], lambda part: None))
            told.append((type(caught.value), str(caught.value), caught.value.args))
    assert told[0] == told[1]


def test_part_that_kills_its_workers_is_told(tmp_path: Path) -> None:
    """It does not take one after the other for ever; the exit code of a run is 1."""
    dead = tmp_path / "dead"
    allowed = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    with (
        cluster(tmp_path / "cluster", 3, **allowed) as commands,
        executing(commands.file, tmp_path / "data") as executor,
        pytest.raises(ClusterError, match=r"^2 workers died of the same part \(attempt\), the"),
    ):
        list(executor.run([stream(attempt, dead, 1)], lambda part: None))
    assert len(set(dead.read_text().split())) == 2


def test_parts_have_ended_when_a_run_that_is_stopped_has(
    workers: LocalCluster, tmp_path: Path
) -> None:
    """They notice by the marker, which has gone, and those that wait do not begin."""
    (tmp_path / "parts").mkdir()
    with executing(workers.scheduler_address, tmp_path / "data") as executor:
        shared = tmp_path / "parts", executor.stopped
        works = [failure_after(tmp_path / "parts"), stream(linger, shared, 50)]
        with pytest.raises(FrameError, match="bad_landmarks"):
            list(executor.run(works, lambda part: None))
        assert list((tmp_path / "data").iterdir()) == []
        begun = len(list((tmp_path / "parts").iterdir()))
        assert 0 < begun < 4
        assert not any(workers_at_work(workers))


def failure_after(folder: Path) -> Work[None]:
    """Fails once a part of another work is under way."""
    yield [partial(fail_after, folder)]


def workers_at_work(workers: LocalCluster) -> list[Any]:
    with Client(workers.scheduler_address, set_as_default=False) as client:
        return list(client.call_stack().values())


def test_part_that_lost_sight_of_the_output_fails(workers: LocalCluster, tmp_path: Path) -> None:
    """What was cut short there must not pass for done here."""
    with executing(workers.scheduler_address, tmp_path) as executor:
        (marker,) = tmp_path.iterdir()
        marker.unlink()
        with pytest.raises(ClusterError, match=r"does not see this run's .*No such file"):
            list(executor.run([counted(2, 3)], lambda part: None))


def refused(scheduler: object, output: Path, *inputs: Path) -> str:
    """Why the executor does not begin; it leaves nothing."""
    output.mkdir(exist_ok=True)
    with (
        DaskExecutor(str(scheduler), output, inputs, print) as executor,
        pytest.raises(ConfigError) as caught,
        executor.ready(),
    ):
        pass
    assert list(output.iterdir()) == []
    return str(caught.value)


def test_cluster_without_workers_is_refused(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", 0) as commands:
        said = refused(commands.file, tmp_path / "data")
    assert said.startswith(f"the cluster of {commands.file} has no workers yet")


def test_input_that_a_worker_does_not_see_is_refused(workers: LocalCluster, tmp_path: Path) -> None:
    said = refused(workers.scheduler_address, tmp_path / "data", tmp_path, tmp_path / "nowhere")
    assert f" cannot read {tmp_path / 'nowhere'}: a file system that all share is needed" in said
    assert said.endswith("(of 2 workers, 2 are unfit)")


def test_output_that_a_worker_does_not_see_is_refused(tmp_path: Path) -> None:
    """Its folder of that name is another one."""
    (tmp_path / "data").mkdir()
    apart = f"mount -t tmpfs none '{tmp_path / 'data'}'"
    if subprocess.run(["unshare", "--mount", "sh", "-c", apart], capture_output=True).returncode:
        pytest.skip("no mounts of a process's own")
    with cluster(tmp_path / "cluster", 1) as commands:
        commands.add_worker(["unshare", "--mount", "sh", "-c", f'{apart} && exec "$@"', "sh"])
        commands.wait_for(2)
        said = refused(commands.file, tmp_path / "data")
    place = tmp_path / "data"
    assert f" does not see OUTPUT {place}: a file system that all share is needed" in said
    assert said.endswith("(of 2 workers, 1 are unfit)")


def add_worker_without(commands: Cluster, packages: Path) -> None:
    """A worker that has only the packages of a folder."""
    commands.add_worker(python=["-S"], variables={"PYTHONPATH": f"{packages}{os.pathsep}{TESTS}"})


def older(folder: Path) -> Path:
    """Every package installed here, and an old faceflow."""
    packages = packages_without(folder, "faceflow")
    source = Path(faceflow.__file__).parent
    shutil.copytree(source, packages / "faceflow", ignore=shutil.ignore_patterns("__pycache__"))
    init = packages / "faceflow" / "__init__.py"
    text = init.read_text()
    init.write_text(text.replace(f'"{faceflow.__version__}"', '"0.0.1"'))
    return packages


def test_worker_with_another_version_is_refused(tmp_path: Path) -> None:
    """By its address, with what it has and what is needed."""
    with cluster(tmp_path / "cluster", 0) as commands:
        add_worker_without(commands, older(tmp_path / "packages"))
        commands.wait_for(1)
        said = refused(commands.file, tmp_path / "data")
    assert said.startswith("worker tcp://127.0.0.1:")
    assert said.endswith(f" has faceflow 0.0.1, this machine {faceflow.__version__}")


def test_worker_without_the_package_is_refused(tmp_path: Path) -> None:
    with cluster(tmp_path / "cluster", 0) as commands:
        add_worker_without(commands, packages_without(tmp_path / "packages", "faceflow"))
        commands.wait_for(1)
        assert refused(commands.file, tmp_path / "data").endswith(" has no faceflow")


def test_worker_with_other_kernels_is_refused(tmp_path: Path) -> None:
    """The colours of pictures may differ by one level between them."""
    other = "numba" if faceflow.backend_info()["backend"] == "cpp" else "cpp"
    with cluster(tmp_path / "cluster", 0) as commands:
        commands.add_worker(variables={"FACEFLOW_BACKEND": other})
        commands.wait_for(1)
        assert f" has kernel {other}, this machine " in refused(commands.file, tmp_path / "data")


def test_unfit_worker_that_joins_ends_the_run(tmp_path: Path) -> None:
    """Whatever it would have written, it writes nothing."""
    folder = older(tmp_path / "packages")
    with (
        cluster(tmp_path / "cluster", 1) as commands,
        executing(commands.file, tmp_path / "data") as executor,
    ):
        add_worker_without(commands, folder)
        commands.wait_for(2)
        with pytest.raises(ClusterError, match=r"has faceflow 0\.0\.1, this machine"):
            list(executor.run([counted(2, 100)], lambda part: None))


def test_worker_without_the_package_that_joins_harms_nothing(tmp_path: Path) -> None:
    """It ends of the first part that it is sent, and the part goes to another."""
    with (
        cluster(tmp_path / "cluster", 1) as commands,
        executing(commands.file, tmp_path / "data") as executor,
    ):
        add_worker_without(commands, packages_without(tmp_path / "packages", "faceflow"))
        commands.wait_for(2)
        results = list(executor.run([counted(2, 100)], lambda part: None))
    assert results == [[2**exponent for exponent in range(100)]]


def test_scheduler_that_is_lost_is_told(tmp_path: Path) -> None:
    """Once it did not come back; the exit code of a run is 1."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        cluster(tmp_path / "cluster", 1) as commands,
        executing(commands.file, tmp_path / "data") as executor,
    ):
        results = executor.run([counted(2, 3) for _ in range(3)], lambda part: None)
        next(results)
        commands.processes[0].kill()
        lost = r"^the scheduler .* was lost; the same command goes on$"
        with pytest.raises(ClusterError, match=lost):
            list(results)


@pytest.fixture
def lonely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Cluster, DaskExecutor, list[str]]]:
    """A cluster of one worker that gets another one when the executor says that it has none."""
    monkeypatch.setattr("faceflow.execute.dask._LONELY_S", 0.1)
    told: list[str] = []
    with cluster(tmp_path / "cluster", 1) as commands:

        def tell(line: str) -> None:
            told.append(line)
            commands.add_worker()

        with executing(commands.file, tmp_path / "data", told=tell) as executor:
            yield commands, executor, told


def test_lost_workers_are_told_once_and_waited_for(
    lonely: tuple[Cluster, DaskExecutor, list[str]],
) -> None:
    """A run without workers does not stand still in silence."""
    commands, executor, told = lonely
    results = []
    for result in executor.run([counted(2, 30) for _ in range(4)], lambda part: None):
        if not results:
            commands.processes[1].kill()
            commands.processes[1].wait()
        results.append(result)
    assert told == ["the cluster has no workers; waiting for one"]
    assert len(results) == 4


def test_result_that_dies_with_its_worker_is_made_again(
    lonely: tuple[Cluster, DaskExecutor, list[str]], tmp_path: Path
) -> None:
    """The only worker dies after its part has ended and before the result was fetched."""
    commands, executor, told = lonely

    def work() -> Work[list[Any]]:
        return (yield [partial(Mortal, tmp_path / "dead"), partial(power, 2, 3)])

    ((mortal, eight),) = executor.run([work()], lambda part: None)
    assert told == ["the cluster has no workers; waiting for one"]
    assert commands.processes[1].wait() == -signal.SIGKILL
    assert (mortal.mark.exists(), eight) == (True, (3, 8))


def test_cluster_that_does_not_answer_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that stands still keeps its connection; what is waited for is told."""
    monkeypatch.setattr("faceflow.execute.cluster._QUIET_S", 0.5)
    monkeypatch.setattr("faceflow.execute.cluster._LONGEST_S", 2.0)
    monkeypatch.setattr("faceflow.execute.dask._LONELY_S", 0.1)
    monkeypatch.setattr("faceflow.execute.dask._FAREWELL_S", 1.0)
    told: list[str] = []
    silent = r"^the list of workers of the cluster .* did not come within 2 s"
    with cluster(tmp_path / "cluster", 1) as commands:
        stop = partial(commands.processes[0].send_signal, signal.SIGSTOP)
        with executing(commands.file, tmp_path / "data", told=told.append) as executor:
            works = [counted(2, 3) for _ in range(9)]
            with pytest.raises(ClusterError, match=silent):
                list(executor.run(works, lambda part: stop()))
        waited = f"waiting for the list of workers of the cluster {commands.file}"
        assert set(told) == {waited}


def test_worker_that_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that stands still does not hold up a run's start for ever."""
    monkeypatch.setattr("faceflow.execute.cluster._QUIET_S", 0.5)
    monkeypatch.setattr("faceflow.execute.cluster._LONGEST_S", 2.0)
    told: list[str] = []
    with cluster(tmp_path / "cluster", 1) as commands:
        commands.processes[1].send_signal(signal.SIGSTOP)
        with (
            pytest.raises(ClusterError, match=r"^the versions of all workers .* within 2 s"),
            executing(commands.file, tmp_path / "data", told=told.append),
        ):
            pass
        assert told == [f"waiting for the versions of all workers of the cluster {commands.file}"]


def test_marker_travels(tmp_path: Path) -> None:
    """It says the same wherever it is."""
    with local_cluster(1) as one, executing(one.scheduler_address, tmp_path) as executor:
        arrived = pickle.loads(pickle.dumps(executor.stopped))
        assert arrived() is False
    with pytest.raises(ClusterError, match="does not see this run's"):
        arrived()
