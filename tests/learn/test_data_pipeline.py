"""Batches for training: the same stream whatever makes it, from any step on."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import Faces, make_faces
from fresh_python import run_python
from generation import generate

from faceflow.errors import ConfigError, DatasetError
from faceflow.learn.data.augmentation import AUGMENTATIONS
from faceflow.learn.data.examples import Examples
from faceflow.learn.data.failures import own_errors
from faceflow.learn.data.index import Pairs, open_pairs
from faceflow.learn.data.options import PipelineOptions
from faceflow.learn.data.pipeline import make_pipeline

tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed")

SIZE = (48, 64)
GRIDS = {f"Deconv{k}_prediction": (SIZE[0] >> k, SIZE[1] >> k) for k in range(1, 4)}
STANDARD = AUGMENTATIONS["standard"]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Three subjects of four frames, nine pairs."""
    faces = make_faces(tmp_path_factory.mktemp("faces"), ("F1", "F2", "F3"), frames=4)
    generate(faces)
    return faces


@pytest.fixture(scope="module")
def pairs(faces: Faces) -> Pairs:
    """All pairs."""
    return open_pairs(faces.output)


def options(**more: Any) -> PipelineOptions:
    return PipelineOptions(**{"batch_size": 4, "output_sizes": GRIDS, **more}, height=48, width=64)


def batches(pairs: Pairs, given: PipelineOptions, count: int, start: int = 0) -> list[Any]:
    stream = make_pipeline(pairs, given, start).as_numpy_iterator()
    return list(itertools.islice(stream, count))


def are_same(one: list[Any], other: list[Any]) -> bool:
    """Bit by bit. A comparison of its own: pytest takes minutes to explain how megabytes differ."""
    return all(
        {name: array.tobytes() for side in a for name, array in side.items()}
        == {name: array.tobytes() for side in b for name, array in side.items()}
        for a, b in zip(one, other, strict=True)
    )


def test_batches_are_examples_one_after_another(pairs: Pairs) -> None:
    """In the shapes that the network takes and answers with, floats from 0 to 255."""
    given = options(shuffle=True, augmentation=STANDARD, with_second=True)
    examples = Examples(pairs, given)
    dataset = make_pipeline(pairs, given)
    inputs, targets = dataset.element_spec
    assert {name: spec.shape.as_list() for name, spec in inputs.items()} == {
        "pre_input": [4, *SIZE, 3],
        "nxt_input": [4, *SIZE, 3],
    }
    assert {name: spec.shape.as_list() for name, spec in targets.items()} == {
        **{name: [4, *size, 3] for name, size in GRIDS.items()},
        "warped_output": [4, *SIZE, 4],
    }
    position = 0
    for inputs, targets in itertools.islice(dataset.as_numpy_iterator(), 4):
        assert {array.dtype for array in (*inputs.values(), *targets.values())} == {
            np.dtype("float32")
        }
        second, weight = np.split(targets["warped_output"], [3], axis=-1)
        np.testing.assert_array_equal(second, inputs["nxt_input"])
        finest = targets[next(iter(GRIDS))][..., 2:]
        shares = np.divide(SIZE, finest.shape[1:3]).astype(int)
        np.testing.assert_array_equal(weight, np.kron(finest, np.ones((1, *shares, 1))))
        for place in range(4):
            example = examples[position]
            for name, array in {**inputs, **{n: targets[n] for n in GRIDS}}.items():
                np.testing.assert_array_equal(array[place], example[name])
            position += 1


def test_validation_is_one_pass_in_order(pairs: Pairs) -> None:
    """Every pair once, the last batch small, the same again."""
    made = batches(pairs, options(), 9)
    assert [len(inputs["pre_input"]) for inputs, _ in made] == [4, 4, 1]
    assert "warped_output" not in made[0][1]
    examples = Examples(pairs, options())
    np.testing.assert_array_equal(made[2][0]["pre_input"][0], examples[8]["pre_input"])
    assert are_same(made, batches(pairs, options(), 9))
    assert are_same(made[2:], batches(pairs, options(), 9, start=2))
    with pytest.raises(IndexError):
        examples[9]


def test_training_goes_on_where_it_stopped(pairs: Pairs) -> None:
    """From step k on, within an epoch and beyond it, bit by bit."""
    given = options(shuffle=True, augmentation=STANDARD, seed=3)
    whole = batches(pairs, given, 9)
    for start in (1, 2, 5, 8):
        assert are_same(whole[start:], batches(pairs, given, 9 - start, start))
    others = batches(pairs, options(shuffle=True, augmentation=STANDARD, seed=4), 9)
    assert not are_same(whole, others)


def test_each_epoch_has_every_pair_in_another_order(pairs: Pairs) -> None:
    """Subjects mixed, and other with another seed."""
    examples = Examples(pairs, options(shuffle=True))
    pictures = [Examples(pairs, options())[n]["pre_input"].tobytes() for n in range(9)]
    epochs = [
        [pictures.index(examples[9 * epoch + n]["pre_input"].tobytes()) for n in range(9)]
        for epoch in range(3)
    ]
    assert [sorted(epoch) for epoch in epochs] == [list(range(9))] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3
    subjects = [number // 3 for number in epochs[0]]
    assert subjects != sorted(subjects)


def test_an_unreadable_image_stops_the_stream_in_our_words(faces: Faces, tmp_path: Path) -> None:
    """Not in TensorFlow's; what is raised names the file, and other errors stay what they are."""
    generate(faces, tmp_path)
    (tmp_path / "F2" / "flow_T1" / "003.jpg").write_bytes(b"")
    pairs = open_pairs(tmp_path)
    with pytest.raises(DatasetError, match=r"003\.jpg") as raised, own_errors():
        batches(pairs, options(shuffle=True), 9)
    assert "\n" not in str(raised.value)
    assert raised.value.__cause__ is None
    with pytest.raises(ZeroDivisionError), own_errors():
        1 / 0  # noqa: B018


def test_nothing_to_read_is_refused(pairs: Pairs) -> None:
    """No pair, or a step before the first."""
    with pytest.raises(ConfigError, match="0 pairs"):
        make_pipeline(pairs.of_subjects([]), options())
    with pytest.raises(ConfigError, match="from step -1"):
        make_pipeline(pairs, options(), -1)


def test_a_process_that_stops_in_midstream_ends_well(faces: Faces) -> None:
    """Though threads of TensorFlow are reading ahead."""
    script = f"""
        from faceflow.learn.data.index import open_pairs
        from faceflow.learn.data.options import PipelineOptions
        from faceflow.learn.data.pipeline import make_pipeline
        given = PipelineOptions(4, 384, 512, {{"a": (192, 256)}}, shuffle=True)
        stream = iter(make_pipeline(open_pairs({str(faces.output)!r}), given))
        next(stream)
        print("first")
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "first\n"), ended.stderr[-2000:]


def test_examples_need_no_tensorflow(faces: Faces) -> None:
    """They are made without a module of it or of Keras."""
    script = f"""
        import sys
        from faceflow.learn.data.examples import Examples
        from faceflow.learn.data.index import open_pairs
        from faceflow.learn.data.options import PipelineOptions
        given = PipelineOptions(4, 48, 64, {{"flow": (24, 32)}}, shuffle=True)
        print(Examples(open_pairs({str(faces.output)!r}), given)[3]["flow"].shape)
        print({{"tensorflow", "keras", "torch"}} & set(sys.modules))
    """
    ended = run_python(textwrap.dedent(script))
    assert ended.stdout == "(24, 32, 3)\nset()\n", ended.stderr


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_under_pytorch(pairs: Pairs) -> None:
    """As a data set of its DataLoader, from two processes, bit by bit."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    examples = Examples(pairs, options())
    loader = torch.utils.data.DataLoader(examples, batch_size=3, num_workers=2)
    made = [batch["pre_input"].numpy() for batch in loader]
    expected = np.stack([examples[n]["pre_input"] for n in range(9)])
    np.testing.assert_array_equal(np.concatenate(made), expected)
