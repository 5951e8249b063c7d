"""Training runs, called from this process: what they leave, and what options do to them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from faces import SIZE, make_faces, texture, write_image
from generation import generate, record
from training_runs import TINY, Told, history, make_dataset, same_run, train, weights

from faceflow.errors import ConfigError, DatasetError, TrainingError
from faceflow.learn.data.index import open_pairs, split_pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.pipeline import make_pipeline
from faceflow.learn.networks import FlowNetS
from faceflow.learn.training.checkpoint import read_rows
from faceflow.learn.training.fit import tensorflow_in_words
from faceflow.learn.training.history import TIMES
from faceflow.learn.training.options import TrainOptions
from faceflow.learn.training.run import TrainingRun
from faceflow.learn.training.schedules import make_schedule

PLAIN = {"augment": "none", "schedule": "paper", "seed": 1}
"""With this seed the second epoch is the better one, which tests of the best network go on from."""


@pytest.fixture(scope="module")
def data(training_data: Path) -> Path:
    """Three subjects: one each to train on, to validate with, and for tests later."""
    return training_data


@pytest.fixture(scope="module")
def plain(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A run of two epochs, of whose steps all were told, and its summary."""
    run, told = tmp_path_factory.mktemp("runs") / "plain", Told()
    summary = train(data, run, **PLAIN, told=told)
    assert told.done == told.total == 12
    for note in ("loss ", "data wait ", "validation "):
        assert note in (told.notes[-1] or "")
    return run, summary


def test_run_leaves_what_is_documented(plain: tuple[Path, dict[str, Any]]) -> None:
    """And no temporary file."""
    run, summary = plain
    files = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    boards = {name for name in files if name.startswith("logs/")}
    assert files - boards == {
        *("config.json", "history.csv", "loss.png", "model.keras", "train.log", ".faceflow.lock"),
        *("checkpoints/best.keras", "checkpoints/last.weights.h5"),
    }
    assert {name.split("/")[1] for name in boards} == {"train", "validation"}
    rows = history(run)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [row["steps"] for row in rows] == ["3", "6"]  # five pairs in batches of two
    head = (run / "history.csv").read_text().splitlines()[0].split(",")
    assert set(TIMES) < set(head)
    assert summary["epochs"] == 2
    assert (summary["train_pairs"], summary["validation_pairs"]) == (5, 5)
    assert 0 < summary["data_wait"] < 1
    assert summary["samples_per_second"] > 0


def test_model_is_the_one_that_was_judged_best(
    data: Path, plain: tuple[Path, dict[str, Any]]
) -> None:
    """Its error on the validation pairs, computed anew, is the least of the history."""
    run, summary = plain
    model = keras.saving.load_model(run / "model.keras", safe_mode=True)
    assert isinstance(model, FlowNetS)
    assert model.vectors == "crop"
    pairs = split_pairs(open_pairs(data), (0.8, 0.1, 0.1), PLAIN["seed"])["val"]
    name = "Deconv1_prediction"
    options = PipelineOptions(5, 64, 64, {name: (32, 32)})
    ((inputs, targets),) = make_pipeline(pairs, options).as_numpy_iterator()
    predicted = np.asarray(model.predict_on_batch(inputs)[name], np.float64)
    target = targets[name].astype(np.float64)
    errors = np.hypot(*np.moveaxis(predicted - target[..., :2], -1, 0))
    mean = (errors * target[..., 2]).sum() / target[..., 2].sum()
    assert summary["validation_epe"] == pytest.approx(mean, rel=1e-5)
    assert summary["validation_epe"] == min(float(row["val_epe"]) for row in history(run))


def copied(plain: tuple[Path, dict[str, Any]], run: Path) -> dict[str, Any]:
    """Another run like it, and its summary."""
    shutil.copytree(plain[0], run)
    return {**plain[1], "run": str(run), "model": str(run / "model.keras")}


def test_finished_run_is_told_of_again(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Nothing is trained, and nothing written anew."""
    summary = copied(plain, tmp_path / "run")
    stamp = (tmp_path / "run" / "model.keras").stat().st_mtime_ns
    assert train(data, tmp_path / "run", **PLAIN) == summary
    assert (tmp_path / "run" / "model.keras").stat().st_mtime_ns == stamp


def test_run_at_a_constant_rate_may_be_made_longer(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """The epochs that follow are those of a run that was as long at once; they alone are told.

    While it is not as long as that, the network of the shorter run is not its result.
    """
    copied(plain, tmp_path / "in_two")
    told = Told(stop_at=4)
    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "in_two", **PLAIN, epochs=4, told=told)
    assert (told.done, told.total) == (8, 12)
    assert not (tmp_path / "in_two" / "model.keras").exists()
    train(data, tmp_path / "in_two", **PLAIN, epochs=3)
    train(data, tmp_path / "at_once", **PLAIN, epochs=3)
    assert same_run(tmp_path / "in_two", tmp_path / "at_once")


def test_what_follows_a_checkpoint_is_made_of_it(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """A kill in between loses no line and no best network, and doubles none."""
    assert plain[1]["best_epoch"] == 2
    run = tmp_path / "run"
    copied(plain, run)
    whole = (run / "history.csv").read_text()
    (run / "history.csv").write_text("".join(whole.splitlines(keepends=True)[:-1]))
    for name in ("model.keras", "checkpoints/best.keras"):
        (run / name).unlink()
    train(data, run, **PLAIN)
    assert (run / "history.csv").read_text() == whole
    assert same_run(run, plain[0])


def test_accumulated_batches_are_one_large_batch(data: Path, tmp_path: Path) -> None:
    """Two of two give the update of one of four, as the loss is a mean over pairs."""
    options = {**PLAIN, "epochs": 1, "val": "none"}
    small = {"batch_size": 2, "accumulate": 2, "steps_per_epoch": 4}
    train(data, tmp_path / "small", **options, **small)
    train(data, tmp_path / "large", **options, batch_size=4, steps_per_epoch=2)
    small_batches, large = (weights(tmp_path / name) for name in ("small", "large"))
    names = [name for name in large if name.startswith("layers/")]
    assert len(names) > 40
    for name in names:
        np.testing.assert_allclose(small_batches[name], large[name], atol=2e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"precision": "mixed_bfloat16", "experiment": "exp3II", "schedule": "onecycle"},
        {"precision": "mixed_float16", "experiment": "exp3I", "mask": "none", "limit": 3},
        {"xla": True, "experiment": "exp2II", "stride": (1, 3), "workers": 1},
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
def test_every_way_of_training_ends_well(
    data: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    """With finite errors, and a model that computes in float32 wherever it was trained."""
    summary = train(data, tmp_path / "run", epochs=1, **options)
    assert np.isfinite([summary["loss"], summary["epe"], summary["validation_epe"]]).all()
    assert summary["train_pairs"] == options.get("limit", 5)
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", safe_mode=True)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_mirrored_on_one_device_is_the_same_training(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """To rounding."""
    train(data, tmp_path / "run", **PLAIN, strategy="mirrored", epochs=1)
    one, (other,) = history(plain[0])[0], history(tmp_path / "run")
    assert float(one["val_epe"]) == pytest.approx(float(other["val_epe"]), rel=1e-4)


def test_training_goes_on_from_weights(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """At a rate of next to nothing the network stays the one it began with."""
    run, _ = plain
    source = run / "model.keras"
    options = {**PLAIN, "weights": source, "learning_rate": 1e-12, "epochs": 1, "val": "none"}
    train(data, tmp_path / "run", **options)
    before, after = (
        keras.saving.load_model(path, safe_mode=True).get_weights()
        for path in (source, tmp_path / "run" / "model.keras")
    )
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_patience_ends_a_run(data: Path, tmp_path: Path) -> None:
    """A rate of next to nothing improves nothing; the run counts as done from then on."""
    run = tmp_path / "run"
    options = {**PLAIN, "epochs": 9, "patience": 2, "learning_rate": 1e-30}
    summary = train(data, run, **options)
    assert (summary["epochs"], summary["best_epoch"]) == (3, 1)
    assert train(data, run, **options) == summary


def test_run_that_is_not_finite_leaves_its_batch(data: Path, tmp_path: Path) -> None:
    """And no checkpoint that holds it, where frames are moved by that flow; the command's test has
    the experiment without."""
    run = tmp_path / "run"
    options = {**PLAIN, "experiment": "exp2I", "learning_rate": 1e30}
    with pytest.raises(TrainingError, match=r"the loss is .* at step 2.*nan_batch\.npz"):
        train(data, run, **options)
    assert list((run / "checkpoints").iterdir()) == []
    with np.load(run / "nan_batch.npz") as batch:
        assert batch["inputs/pre_input"].shape == (2, 64, 64, 3)
        assert batch["targets/Deconv1_prediction"].shape == (2, 32, 32, 3)


def test_one_subject_is_not_validated_on(tmp_path: Path) -> None:
    """It is said, and the last network is the one that is kept."""
    data = make_dataset(tmp_path, subjects=1)
    training = TrainingRun(TrainOptions(data, tmp_path / "run"))
    assert training.pairs.notes == ("no validation: F001 is the only subject",)
    with pytest.raises(ConfigError, match="--patience needs validation"):
        TrainingRun(TrainOptions(data, tmp_path / "run", patience=3))
    summary = train(data, tmp_path / "run", **PLAIN, epochs=1)
    assert summary["validation_epe"] is None
    assert not (tmp_path / "run" / "checkpoints" / "best.keras").exists()
    assert (tmp_path / "run" / "model.keras").exists()


def test_two_subjects_are_one_each(tmp_path: Path) -> None:
    """To train on and to validate with; none is left for tests."""
    pairs = TrainingRun(TrainOptions(make_dataset(tmp_path, subjects=2), tmp_path / "run")).pairs
    assert pairs.validation is not None
    assert sorted(pairs.train.subjects + pairs.validation.subjects) == ["F001", "F002"]


def test_damaged_checkpoint_is_refused(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """In one line that says what begins anew, and that does."""
    run = tmp_path / "run"
    copied(plain, run)
    checkpoint = run / "checkpoints" / "last.weights.h5"
    for rows, named in ([{"epoch": 1}], "no steps"), ([*read_rows(checkpoint), {}], "no epoch"):
        text = np.frombuffer(json.dumps(rows).encode(), np.uint8)
        damaged = tmp_path / f"{len(rows)}.weights.h5"
        with h5py.File(damaged, "w") as file:
            file["faceflow_history"] = text
        with pytest.raises(DatasetError, match=f"{named}; --overwrite begins anew"):
            read_rows(damaged)
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    with pytest.raises(DatasetError, match="--overwrite begins anew"):
        train(data, run, **PLAIN)
    assert train(data, run, overwrite=True, **PLAIN, epochs=1, val="none")["epochs"] == 1


@pytest.mark.parametrize(("text", "told"), [("", "UnknownError"), ("a\n\tb\n", "a")])
def test_tensorflow_is_told_in_a_line(text: str, told: str) -> None:
    """Whatever it says, if anything."""
    with (
        pytest.raises(TrainingError, match=f"TensorFlow cannot go on: {told}$"),
        tensorflow_in_words(),
    ):
        raise tf.errors.UnknownError(None, None, text)


def test_run_made_otherwise_is_refused(
    data: Path, plain: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """The first difference is named: of the options, of the dataset, or that pairs are others."""
    run = tmp_path / "run"
    copied(plain, run)
    config = (run / "config.json").read_bytes()
    with pytest.raises(ConfigError, match=r"with --batch-size 2, now it is 3"):
        train(data, run, **PLAIN, batch_size=3)
    with pytest.raises(ConfigError, match="other pairs than DATA has"):
        train(make_dataset(tmp_path / "faces", subjects=4), run, **PLAIN)
    with pytest.raises(ConfigError, match=r"with --xla False, now it is True"):
        train(data, run, **PLAIN, xla=True)
    with pytest.raises(ConfigError, match=r"with other --weights;"):
        train(data, run, **PLAIN, weights=run / "model.keras", learning_rate=1e-4)
    again = shutil.copytree(data, tmp_path / "again")
    dataset = json.loads((again / "dataset.json").read_text())
    dataset["configuration"]["size"] = "48x48"
    (again / "dataset.json").write_text(json.dumps(dataset))
    with pytest.raises(ConfigError, match=r"with DATA's size 'source', now it is '48x48'"):
        train(again, run, **PLAIN)
    assert (run / "config.json").read_bytes() == config


@pytest.mark.parametrize("writer", ["files", "shards"])
def test_frames_that_have_changed_are_noticed(tmp_path: Path, writer: str) -> None:
    """Though their names, landmarks and records are the same; a copied dataset has not changed."""
    subjects = ["F001", "F002", "F003"]
    faces = make_faces(tmp_path, subjects, frames=4)
    generate(faces, writer=writer)

    def begin(data: Path) -> None:
        with TrainingRun(TrainOptions(data, tmp_path / "run", **TINY)).claim():
            (tmp_path / "run" / "checkpoints" / "last.weights.h5").touch()

    begin(faces.output)
    begin(shutil.copytree(faces.output, tmp_path / "copy", copy_function=shutil.copyfile))
    before = record(faces)
    for subject in subjects:
        write_image(faces.image("003", subject), texture(SIZE, seed=99))
    generate(faces, writer=writer)
    assert record(faces) == before
    with pytest.raises(ConfigError, match="was made with other frames than DATA has now; take"):
        begin(faces.output)


def test_no_worker_goes_on_from_what_is_to_be_overwritten(
    data: Path, plain: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one that writes nothing either, whose run is there until the first worker begins."""
    task = {"cluster": {"worker": ["one:1", "two:1"]}, "task": {"type": "worker", "index": 1}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    options = TrainOptions(data, plain[0], **TINY, **PLAIN, strategy="multiworker")
    for overwrite, epochs in ((False, 2), (True, 0)):
        worker = TrainingRun(options, overwrite)
        with worker.claim():
            assert len(worker.rows_before()) == epochs


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"checkpoints/mine.bin": ""},
        {"config.json": "{}"},
        {"config.json": '{"options": 1}', "train.log": ""},
    ],
    ids=str,
)
def test_folder_of_something_else_is_left_alone(
    data: Path, tmp_path: Path, files: dict[str, str], overwrite: bool
) -> None:
    """Nothing is replaced, taken away or added."""
    run = tmp_path / "run"
    for name, text in files.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(text)
    with pytest.raises(ConfigError, match="files that are of no run"):
        train(data, run, **PLAIN, overwrite=overwrite)
    left = {path.relative_to(run).as_posix(): path for path in run.rglob("*") if path.is_file()}
    assert {name: path.read_text() for name, path in left.items()} == files


@pytest.mark.parametrize("damage", ["", '{"options": {', "[1]"], ids=["empty", "cut", "list"])
def test_run_that_does_not_say_what_it_is_is_refused(
    data: Path, tmp_path: Path, damage: str
) -> None:
    """Before its first epoch too, in one line, and left as it is; --overwrite takes its place."""
    run = tmp_path / "run"
    run.mkdir()
    files = {"config.json": damage, "train.log": "begun\n"}
    for name, text in files.items():
        (run / name).write_text(text)
    with pytest.raises(ConfigError, match=r"config\.json .*; take another folder, or") as caught:
        train(data, run, **PLAIN)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_text() for path in run.iterdir()} == files
    assert train(data, run, overwrite=True, **PLAIN, epochs=1)["epochs"] == 1


@pytest.mark.parametrize("name", ["cosine", "onecycle"])
def test_schedules_rise_to_their_rate_and_end_low(name: str) -> None:
    """Up first, then down, never above, and at a hundredth or less."""
    schedule = make_schedule(name, 0.5, 200)
    rates = np.array([float(schedule(step)) for step in range(200)])
    top = rates.argmax()
    assert rates.max() == pytest.approx(0.5, rel=0.01)
    assert 0 < rates[0] < 0.06
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    assert rates[-1] < 0.0051
