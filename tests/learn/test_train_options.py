"""What a training run is made with: what is not taken is named, before anything is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceflow.errors import ConfigError
from faceflow.learn.networks.presets import PRESETS as NETWORKS
from faceflow.learn.training.history import best_epoch, has_stalled, make_row, write_history
from faceflow.learn.training.options import PRESETS, TrainOptions

HERE = Path("data"), Path("run")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("experiment", "exp4"),
        ("size", "192"),
        ("size", "190x256"),
        ("size", "0x64"),
        ("width", 0.0),
        ("width", float("nan")),
        ("mask", "face"),
        ("val", "train"),
        ("fractions", (0.5, 0.1)),
        ("fractions", (0.8, 0.3, 0.1)),
        ("epochs", 0),
        ("steps_per_epoch", 0),
        ("batch_size", 0),
        ("augment", "all"),
        ("stride", (2, 1)),
        ("stride", (0, 1)),
        ("schedule", "step"),
        ("learning_rate", 0.0),
        ("learning_rate", float("inf")),
        ("patience", 0),
        ("precision", "float16"),
        ("accumulate", 0),
        ("strategy", "horovod"),
        ("seed", -1),
        ("workers", 0),
        ("limit", 0),
    ],
)
def test_value_that_is_not_taken_is_named(option: str, value: Any) -> None:
    """One line, with the option as it is typed."""
    with pytest.raises(ConfigError, match=f"--{option.replace('_', '-')} ") as caught:
        TrainOptions(*HERE, **{option: value})
    assert "\n" not in str(caught.value)


def test_accumulating_on_replicas_is_refused() -> None:
    """Keras cannot; the message says what to do."""
    with pytest.raises(ConfigError, match="--batch-size"):
        TrainOptions(*HERE, accumulate=2, strategy="mirrored")


@pytest.mark.parametrize("name", ["paper", "small"])
def test_presets_are_the_networks(name: str) -> None:
    """Sizes and width are those of the network's presets."""
    options = TrainOptions(*HERE, **PRESETS[name])
    sizes = {"height": options.height, "width": options.columns}
    assert {**sizes, "width_multiplier": options.width} == dict(NETWORKS[name])


def test_paper_trains_as_published() -> None:
    """Batch 16, 15 epochs, no masks, rate 2.5e-7 from weights and the usual 1e-4 from scratch."""
    options = TrainOptions(*HERE, **PRESETS["paper"])
    assert (options.batch_size, options.epochs, options.mask) == (16, 15, "none")
    assert (options.augment, options.schedule, options.rate) == ("none", "paper", 1e-4)
    assert TrainOptions(*HERE, **PRESETS["paper"], weights=Path("cp.ckpt")).rate == 2.5e-7


@given(pairs=st.integers(1, 10**6), batch=st.integers(1, 100))
def test_an_epoch_is_a_pass_over_the_pairs(pairs: int, batch: int) -> None:
    """As few batches as hold every pair."""
    steps = TrainOptions(*HERE, batch_size=batch).resolved_steps(pairs)
    assert (steps - 1) * batch < pairs <= steps * batch


errors = st.lists(st.floats(0, 10) | st.none(), max_size=12)


@given(errors, st.integers(1, 5))
def test_a_run_has_stalled_once_its_best_epoch_is_so_long_ago(
    values: list[float | None], patience: int
) -> None:
    """Told by the history alone, so that a run that went on stops where another would have."""
    rows = [{} if value is None else {"val_epe": value} for value in values]
    stalled = [has_stalled(rows[:count], patience) for count in range(len(rows) + 1)]
    assert has_stalled(rows, None) is False
    for count, is_stalled in enumerate(stalled):
        best = best_epoch(rows[:count])
        before = [value for value in values[:count] if value is not None]
        assert (best is None) == (not before)
        if best is not None:
            assert values[best] == min(before)
            assert is_stalled == (count - 1 - best >= patience)


def test_history_names_errors_alike_for_every_experiment(tmp_path: Path) -> None:
    """Keras names a metric by its output where there are more than one."""
    logs = {"loss": 1.5, "Deconv1_prediction_epe": 2.0, "val_Deconv1_prediction_epe": 3.0}
    one = make_row(1, 10, {**logs, "val_loss": 1.0, "a_loss": 0.1 + 0.2}, 1e-4)
    assert list(one)[:7] == [
        *("epoch", "steps", "loss", "epe", "val_loss", "val_epe", "learning_rate")
    ]
    assert make_row(1, 10, {"loss": 1.5, "epe": 2.0}, 1e-4)["epe"] == one["epe"]
    write_history(tmp_path / "history.csv", [one])
    head, line = (tmp_path / "history.csv").read_text().splitlines()
    assert dict(zip(head.split(","), map(float, line.split(",")), strict=True)) == one
