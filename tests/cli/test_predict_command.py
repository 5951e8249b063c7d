"""faceflow predict: flow files and pictures of images, folders and videos."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command import Ended, run, start
from faces import texture, write_image, write_points
from fresh_python import packages_without
from generation import OF_RUN
from seeing_network import make_seeing, ramps
from video_samples import H264, Kind, make_video

import faceflow as ff
from faceflow.files import TEMPORARY_PREFIX
from faceflow.images import read_image

SIZE = (150, 260)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training run."""
    folder = tmp_path_factory.mktemp("run")
    make_seeing(height=64, width=128, width_multiplier=0.1).save(folder / "model.keras")
    return folder


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """Four frames, the last of them unreadable; hidden files are none."""
    folder = tmp_path / "frames"
    folder.mkdir()
    frame, _ = ramps(SIZE)
    for name in ("1", "2", "10"):
        write_image(folder / f"{name}.png", frame[..., ::-1])
    (folder / "11.png").write_bytes(b"none")
    (folder / "._1.png").write_bytes(b"none")
    return folder


def made(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_two_images_give_a_flow_file_and_a_picture(model: Path, frames: Path) -> None:
    """Named like the first; both are red-green-blue to the model; made once."""
    words = ["predict", model, frames / "1.png", frames / "2.png", "--max-flow", "9"]
    ended = run("faceflow", *words, cwd=frames.parent)
    assert ended == Ended(0, "pairs: 1 made, 0 already there, 0 failed\n1_predicted\n", "")
    out = frames.parent / "1_predicted"
    assert made(out) == {"1.flo", "pictures/1.png", "prediction.json", *OF_RUN}
    flow = ff.read_flow(out / "1.flo")
    frame, predicted = ramps(SIZE)
    np.testing.assert_array_equal(flow, ff.load_model(model)(frame, frame))
    np.testing.assert_allclose(flow[75, 130], predicted[75, 130] * (260 / 64, 150 / 32), atol=0.5)
    picture = read_image(out / "pictures" / "1.png")[..., ::-1]
    np.testing.assert_array_equal(picture, ff.flow_to_image(flow, 9.0))
    again = run("faceflow", *words, cwd=frames.parent)
    assert again.out == "pairs: 0 made, 1 already there, 0 failed\n1_predicted\n"


def test_folder_gives_flow_of_all_neighbours(model: Path, frames: Path, tmp_path: Path) -> None:
    """In natural order; what cannot be read fails alone and is named, what is there stays."""
    out = tmp_path / "out"
    options = ["--out", out, "--json", "--flow-format", "kitti"]
    ended = run("faceflow", "predict", model, frames, *options)
    expected = {"written": str(out), "made": 2, "there": 0, "failed": 1}
    assert (ended.code, json.loads(ended.out)) == (1, expected)
    assert "frames/11.png cannot be read: " in ended.complaint()
    assert {"1_flow.png", "2_flow.png", "pictures/1.png", "pictures/2.png"} < made(out)
    (frames / "11.png").unlink()
    (out / "1_flow.png").unlink()
    kept = (out / "2_flow.png").stat().st_mtime_ns
    ended = run("faceflow", "predict", model, frames, *options)
    assert json.loads(ended.out) == expected | {"made": 1, "there": 1, "failed": 0}
    assert (out / "2_flow.png").stat().st_mtime_ns == kept


def test_face_alone_is_looked_at(model: Path, frames: Path, tmp_path: Path) -> None:
    """With its landmarks: flow elsewhere is 0, and a frame without them fails."""
    (frames / "11.png").unlink()
    points = np.array([[60.0, 40], [190.5, 50], [120, 110.2]])
    write_points(tmp_path / "1_landmarks.txt", points)
    out = tmp_path / "out"
    ended = run("faceflow", "predict", model, frames, "--landmarks-dir", tmp_path, "--out", out)
    assert (ended.code, "2_landmarks.txt is not there" in ended.complaint()) == (1, True)
    flow = ff.read_flow(out / "1.flo")
    assert flow[30:122, 50:202].all(axis=-1).mean() > 0.9
    flow[30:122, 50:202] = 0
    assert not flow.any()


def test_flow_made_otherwise_is_not_gone_on_with(model: Path, frames: Path, tmp_path: Path) -> None:
    """It would be taken for this command's: of another model, other inputs, another scale."""
    other, again = tmp_path / "other.keras", tmp_path / "again" / "frames"
    make_seeing(height=64, width=64, width_multiplier=0.1).save(other)
    shutil.copytree(frames, again)
    one, two, ten = (frames / f"{name}.png" for name in ("1", "2", "10"))
    out = tmp_path / "out"

    def predict(*words: object) -> Ended:
        return run("faceflow", "predict", *words, "--out", out)

    assert predict(model, one, two).code == 0
    before = {name: (out / name).read_bytes() for name in made(out) - OF_RUN}
    for words, differing in (
        ([other, one, two], "model"),
        ([model, one, ten], "B"),
        ([model, again / "1.png", again / "2.png"], "A, B"),
        ([model, frames], "A, B"),
        ([model, one, two, "--landmarks-dir", tmp_path], "landmarks"),
        ([model, one, two, "--max-flow", "9"], "max_flow"),
    ):
        refused = predict(*words)
        assert refused.code == 2
        assert f"has flow that is made otherwise ({differing}); " in refused.complaint()
        assert {name: (out / name).read_bytes() for name in before} == before
    (out / "prediction.json").unlink()
    assert "has flow that is made otherwise (model, " in predict(model, one, two).complaint()
    assert predict(model, one, two, "--overwrite").out.startswith("pairs: 1 made, ")


def test_folders_of_one_name_are_not_taken_for_one_another(
    model: Path, frames: Path, tmp_path: Path
) -> None:
    """Their flow would go to the same folder by default."""
    (frames / "11.png").unlink()
    again = tmp_path / "again" / "frames"
    shutil.copytree(frames, again)
    assert run("faceflow", "predict", model, frames, cwd=tmp_path).code == 0
    refused = run("faceflow", "predict", model, again, cwd=tmp_path)
    assert (refused.code, "made otherwise (A)" in refused.complaint()) == (2, True)


def test_frames_that_have_changed_are_predicted_again(
    model: Path, frames: Path, tmp_path: Path
) -> None:
    """And no others."""
    (frames / "11.png").unlink()
    words = ["predict", model, frames, "--out", tmp_path / "out"]
    assert run("faceflow", *words).code == 0
    write_image(frames / "10.png", texture(SIZE))
    ended = run("faceflow", *words)
    assert ended.out.startswith("pairs: 1 made, 1 already there, 0 failed")
    assert run("faceflow", *words).out.startswith("pairs: 0 made, 2 already there, 0 failed")


def test_overwriting_leaves_nothing_of_what_was_there(
    model: Path, frames: Path, tmp_path: Path
) -> None:
    """Wherever it ends: what could not be made anew is not the former model's; others' stay."""
    (frames / "11.png").unlink()
    out, other = tmp_path / "out", tmp_path / "other.keras"
    assert run("faceflow", "predict", model, frames, "--out", out).code == 0
    (out / "mine.flo").write_bytes(b"mine")
    make_seeing(height=64, width=64, width_multiplier=0.1).save(other)
    (frames / "1.png").write_bytes(b"none")
    words = ["predict", other, frames / "1.png", frames / "2.png", "--out", out]
    assert run("faceflow", *words, "--overwrite").code == 1
    assert made(out) == {"mine.flo", "prediction.json", *OF_RUN}
    assert "0 already there, 1 failed" in run("faceflow", *words).out


def test_record_takes_away_no_file_elsewhere(model: Path, frames: Path, tmp_path: Path) -> None:
    """Whatever names it has."""
    out = tmp_path / "out"
    words = ["predict", model, frames / "1.png", frames / "2.png", "--out", out]
    assert run("faceflow", *words).code == 0
    facts = json.loads((out / "prediction.json").read_bytes())
    facts["pairs"]["../mine"] = ""
    (out / "prediction.json").write_text(json.dumps(facts))
    (tmp_path / "mine.flo").write_bytes(b"mine")
    ended = run("faceflow", *words, "--overwrite")
    assert ended.code == 2
    assert ended.complaint().endswith("prediction.json is no record of a prediction")
    assert (tmp_path / "mine.flo").is_file()


def test_video_is_interrupted_and_goes_on(model: Path, tmp_path: Path) -> None:
    """Exit code 130, one line, whole files; the same command makes the rest."""
    video = make_video(tmp_path, Kind(".mp4", "libx264", options=H264), frames=300)
    out = tmp_path / "out"
    process = start("faceflow", "predict", model, video, "--out", out)
    while len(list(out.glob("*.flo"))) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate()
    assert (process.returncode, said) == (130, "")
    assert complaint == "faceflow: interrupted; the same command goes on\n"
    there = [path for path in made(out) if path.endswith(".flo")]
    assert 3 <= len(there) < 299
    ended = run("faceflow", "predict", model, video, "--out", out, "--json")
    assert ended.code == 0
    facts = json.loads(ended.out)
    assert facts["made"] + facts["there"] == 299
    assert facts["there"] >= len(there) - 1
    assert not [name for name in made(out) if TEMPORARY_PREFIX in name]


def test_wrong_usage_is_told_in_one_line(model: Path, frames: Path, tmp_path: Path) -> None:
    """Before Keras is loaded, with what is taken; nothing is written."""
    image, alone = frames / "1.png", tmp_path / "alone"
    alone.mkdir()
    write_image(alone / "1.png", texture((48, 64)))
    cases = [
        ([image], 2, "1.png is neither a folder of images nor a video"),
        ([alone], 2, "alone has 1 frames, at least 2 are taken"),
        ([frames, image], 2, "frames is no file: two images are taken"),
        ([frames, "--flow-format", "pfm"], 2, "--flow-format 'pfm' is not taken: flo, kitti, npz"),
        ([frames, "--max-flow", "0"], 2, "--max-flow 0.0 is not taken: more than 0 px is"),
        ([frames, "--landmarks-dir", image], 2, "1.png is no folder"),
    ]
    for words, code, message in cases:
        ended = run("faceflow", "predict", model, *words, cwd=alone)
        assert (ended.code, message in ended.complaint()) == (code, True), ended
    assert made(alone) == {"1.png"}


def test_model_that_cannot_be_used_is_wrong_usage(frames: Path, tmp_path: Path) -> None:
    """Told in one line with its name; nothing is written where there is none, and no flow ever."""
    out, model = tmp_path / "out", tmp_path / "a.keras"
    words = ["predict", model, frames / "1.png", frames / "2.png", "--out", out]
    ended = run("faceflow", *words)
    assert (ended.code, ended.complaint().endswith("a.keras is no model")) == (2, True)
    assert not out.exists()
    model.write_text("notes")
    ended = run("faceflow", *words)
    assert (ended.code, "a.keras holds no model: " in ended.complaint()) == (2, True)
    assert made(out) == OF_RUN


@pytest.mark.parametrize(("package", "named"), [("keras", "Keras"), ("tensorflow", "TensorFlow")])
def test_without_keras_it_says_what_to_install(
    model: Path, frames: Path, tmp_path: Path, package: str, named: str
) -> None:
    """In one line, before any flow is written; what Keras runs on is known once that is loaded."""
    folder = packages_without(tmp_path / "packages", package)
    images = [str(frames / name) for name in ("1.png", "2.png")]
    words = ["predict", str(model), *images, "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"from faceflow.cli.main import main; main({words!r})"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    ended = Ended(done.returncode, done.stdout, done.stderr)
    assert ended.code == 2
    wanted = f"this model needs {named}: pip install 'faceflow[train]'"
    assert ended.complaint().endswith(wanted)
    assert not (tmp_path / "out" / "prediction.json").exists()


def test_debugging_shows_what_tensorflow_says(model: Path, frames: Path, tmp_path: Path) -> None:
    """Nothing of it is shown otherwise."""
    words = ["predict", model, frames / "1.png", frames / "2.png", "--out", tmp_path / "out"]
    talking = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MAX_VLOG_LEVEL": "1"}
    assert run("faceflow", *words, env=talking).err == ""
    said = run("faceflow", *words, "--overwrite", "--debug", env=talking).err
    assert ".cc:" in said  # places in its sources
