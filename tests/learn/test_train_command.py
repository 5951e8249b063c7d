"""``faceflow-train`` as users run it: killed, interrupted, refused, on several workers."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from command import Ended, command_line, environment, run, start
from fresh_python import packages_without
from keras2_file import weights_of, write_keras2
from network_samples import make_network
from training_runs import WORDS, history, make_dataset, same_run, train

GOES_ON = "faceflow-train: interrupted; the same command goes on"


@pytest.fixture(scope="module")
def data(training_data: Path) -> Path:
    """Three subjects: one each to train on, to validate with, and for tests later."""
    return training_data


def stop_after(epochs: int, words: list[object], where: Path, number: signal.Signals) -> Ended:
    """Start, and signal somewhere in the epoch that follows those."""
    process = start("faceflow-train", *words)
    lines = 0
    while lines <= epochs:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
        table = where / "history.csv"
        lines = len(table.read_text().splitlines()) if table.exists() else 0
    process.send_signal(number)
    out, err = process.communicate()
    return Ended(process.returncode, out, err)


def test_stopped_runs_end_with_the_same_network(data: Path, tmp_path: Path) -> None:
    """Killed and interrupted, a run has the curve and the weights of one that nobody stopped."""
    options = {"epochs": 12, "steps_per_epoch": 8, "experiment": "exp3II"}
    train(data, tmp_path / "clean", **options)
    where = tmp_path / "run"
    words = [data, where, *WORDS, "--epochs", 12, "--steps-per-epoch", 8, "--experiment", "exp3II"]
    killed = stop_after(1, words, where, signal.SIGKILL)
    assert (killed.code, killed.out) == (-signal.SIGKILL, "")
    done = len(history(where))
    interrupted = stop_after(done + 1, words, where, signal.SIGINT)
    assert (interrupted.code, interrupted.out) == (130, "")
    assert interrupted.err.splitlines()[-1] == GOES_ON
    assert done < len(history(where)) < 12
    assert list(where.rglob(".faceflow-*")) == []
    ended = run("faceflow-train", *words, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["epochs"] == 12
    assert same_run(where, tmp_path / "clean")


def test_loss_that_is_not_finite_ends_the_run(data: Path, tmp_path: Path) -> None:
    """With one line; ``paper`` has its own options, and others win over them."""
    where = tmp_path / "run"
    ended = run(
        "faceflow-train", data, where, "--preset", "paper", *WORDS, "--learning-rate", "1e30"
    )
    assert (ended.code, ended.out) == (1, "")
    last = ended.err.splitlines()[-1]
    said = r"faceflow-train: the loss is (nan|inf) at step 2, its batch is in .*nan_batch\.npz; "
    assert re.match(said, last)
    assert all(" samples, " in line for line in ended.err.splitlines()[:-1])
    options = json.loads((where / "config.json").read_text())["options"]
    assert (options["mask"], options["augment"], options["schedule"]) == ("none", "none", "paper")
    assert (options["size"], options["batch_size"]) == ("64x64", 2)


def test_frame_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The file, in one line without TensorFlow's."""
    data = make_dataset(tmp_path, subjects=1)
    frame = data / "F001" / "flow_T1" / "004.jpg"
    frame.write_bytes(frame.read_bytes()[:200])
    ended = run("faceflow-train", data, tmp_path / "run", *WORDS, "--epochs", 1)
    assert (ended.code, ended.out) == (1, "")
    note, *progress, last = ended.err.splitlines()
    assert note == "no validation: F001 is the only subject"
    assert all(" samples, " in line for line in progress)
    assert last.startswith("faceflow-train: ")
    assert "F001/flow_T1/004.jpg" in last


def test_missing_extra_is_one_line(data: Path, tmp_path: Path) -> None:
    """What to install, before anything is written."""
    code = "from faceflow.cli.main import main_train; main_train()"
    folder = packages_without(tmp_path / "packages", "tensorflow")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(data), str(tmp_path / "run")],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    wanted = "faceflow-train: training needs TensorFlow: pip install 'faceflow[train]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)
    assert not (tmp_path / "run").exists()


def test_subject_in_two_parts_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    data = make_dataset(tmp_path, subjects=2)
    (data / "splits").mkdir()
    pairs = {"train": "F001\tT1\t001\t002\n", "val": "F001\tT1\t002\t003\n", "test": ""}
    for part, text in pairs.items():
        (data / "splits" / f"{part}.txt").write_text(text)
    ended = run("faceflow-train", data, tmp_path / "run")
    assert ended.code == 2
    assert "F001" in ended.complaint()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--experiment", "exp4"], "--experiment 'exp4'"),
        (["--preset", "large"], "--preset 'large'"),
        (["--stride", "4-1"], "--stride 4-1"),
        (["--fractions", "0.5;0.5"], "--fractions"),
        (["--weights", "none.ckpt"], "--weights none.ckpt"),
        (["--val", "test"], "splits/"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_wrong_option_is_one_line(data: Path, tmp_path: Path, words: list[str], named: str) -> None:
    """Exit code 2, before anything is written."""
    ended = run("faceflow-train", data, tmp_path / "run", *words)
    check_refused(ended, named, tmp_path / "run")


def check_refused(ended: Ended, named: str, where: Path) -> None:
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.complaint()
    assert not where.exists()


def test_workers_that_are_not_named_are_one_line(data: Path, tmp_path: Path) -> None:
    """As any wrong option, where TF_CONFIG says nothing of them."""
    words = [data, tmp_path / "run", "--strategy", "multiworker"]
    ended = run("faceflow-train", *words, env={"TF_CONFIG": "{}"})
    check_refused(ended, "TF_CONFIG", tmp_path / "run")


def of_another_width(path: Path) -> None:
    make_network(height=64, width=64).save(path)


def without_a_layer(path: Path) -> None:
    weights = weights_of(make_network(height=64, width=64, width_multiplier=0.05))
    del weights["conv4_1"]
    write_keras2(path, weights)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (of_another_width, "layer conv1 has weights of [(7, 7, 3, 6), (6,)], [(7, 7, 3, 3), (3,)]"),
        (without_a_layer, "layer conv4_1 is not in it"),
        (Path.touch, "cannot be read as HDF5"),
    ],
    ids=["width", "layer", "empty"],
)
def test_weights_that_do_not_fit_are_wrong_usage(
    data: Path, tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    """Exit code 2, the first difference in one line, before anything is written."""
    make(tmp_path / "a.keras")
    ended = run("faceflow-train", data, tmp_path / "run", *WORDS, "--weights", tmp_path / "a.keras")
    assert (ended.code, ended.out) == (2, "")
    assert f"{tmp_path / 'a.keras'}" in ended.complaint()
    assert message in ended.complaint()
    assert not (tmp_path / "run").exists()


def test_published_weights_are_trained_on(data: Path, tmp_path: Path) -> None:
    """At the published rate, as ``crop``: what such weights learn here is of the grid they see."""
    network = make_network(height=64, width=64, width_multiplier=0.05)
    write_keras2(tmp_path / "cp.ckpt", weights_of(network))
    words = [data, tmp_path / "run", *WORDS, "--epochs", 1, "--schedule", "paper"]
    ended = run("faceflow-train", *words, "--weights", tmp_path / "cp.ckpt")
    assert ended.code == 0, ended.err
    (row,) = history(tmp_path / "run")
    assert float(row["learning_rate"]) == pytest.approx(2.5e-7, rel=1e-6)
    trained = keras.saving.load_model(tmp_path / "run" / "model.keras", safe_mode=True)
    assert trained.vectors == "crop"
    moved = 0.0
    for before, after in zip(network.get_weights(), trained.get_weights(), strict=True):
        moved = max(moved, float(np.abs(after - before).max()))
    assert 0 < moved < 1e-5  # three steps of Adam, of the rate at most each, and conv1's rounding


def test_dataset_is_no_place_for_a_run(data: Path) -> None:
    """Nor is it taken for one."""
    ended = run("faceflow-train", data, data)
    assert ended.code == 2
    assert "is a dataset" in ended.complaint()
    assert not (data / "train.log").exists()


def test_options_of_a_file_are_taken(data: Path, tmp_path: Path) -> None:
    """The command line wins; one that is not there is named."""
    config = tmp_path / "train.toml"
    config.write_text('experiment = "exp9"\nwidth = 0.05\n')
    words = ["faceflow-train", data, tmp_path / "run", "--config", config]
    assert "--experiment 'exp9'" in run(*words).complaint()
    assert "--experiment 'exp8'" in run(*words, "--experiment", "exp8").complaint()
    config.write_text("color = 1\n")
    assert "no option color" in run(*words).complaint()


def free_ports(count: int) -> list[int]:
    """Of this machine."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def test_worker_that_waits_for_another_tells_it(data: Path, tmp_path: Path) -> None:
    """TensorFlow waits without an end for all workers to come; Ctrl-C ends that too."""
    hosts = [f"localhost:{port}" for port in free_ports(2)]
    task = {"cluster": {"worker": hosts}, "task": {"type": "worker", "index": 0}}
    words = [data, tmp_path / "run", *WORDS, "--epochs", 1, "--strategy", "multiworker"]
    process = subprocess.Popen(
        [*command_line("faceflow-train"), *map(str, words)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment({"TF_CONFIG": json.dumps(task)}),
    )
    with process:
        assert process.stderr is not None
        waited = f"waiting for all processes of TF_CONFIG: {', '.join(hosts)}\n"
        assert any(line == waited for line in process.stderr)
        while process.poll() is None:  # at whatever moment of the wait
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
    assert process.returncode in (130, -signal.SIGINT)


def test_two_workers_train_one_network(data: Path, tmp_path: Path) -> None:
    """Batches are shared out; it is the training of one process, to rounding; the first writes."""
    options = {"augment": "none", "schedule": "paper"}
    train(data, tmp_path / "alone", **options)
    hosts = [f"localhost:{port}" for port in free_ports(2)]
    words = [data, tmp_path / "run", *WORDS, "--epochs", 2, "--augment", "none"]
    words += ["--schedule", "paper", "--strategy", "multiworker", "--json"]
    tasks = [{"cluster": {"worker": hosts}, "task": {"type": "worker", "index": i}} for i in (0, 1)]
    processes = [
        subprocess.Popen(
            command_line("faceflow-train") + [str(word) for word in words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment({"TF_CONFIG": json.dumps(task)}),
        )
        for task in tasks
    ]
    told = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    first, second = (json.loads(text) for text in told)
    assert first["validation_epe"] == second["validation_epe"]
    for one, other in zip(history(tmp_path / "alone"), history(tmp_path / "run"), strict=True):
        for name in ("loss", "epe"):
            assert float(one[name]) == pytest.approx(float(other[name]), rel=1e-4)
