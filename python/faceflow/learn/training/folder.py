"""The folder of a run: what lies where, and whose run it is."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceflow.dataset.layout import configuration_path, lock_path
from faceflow.dataset.log import claimed, in_words
from faceflow.dataset.records import read_json, write_json
from faceflow.errors import ConfigError, DatasetError
from faceflow.files import remove_temporary, shown
from faceflow.methods.registry import RUN_FILES

LOG_NAME = "train.log"


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run's files."""

    root: Path

    @property
    def config(self) -> Path:
        """What the run is made with."""
        return self.root / "config.json"

    @property
    def checkpoints(self) -> Path:
        """The folder of the two networks below."""
        return self.root / "checkpoints"

    @property
    def last(self) -> Path:
        """Weights, optimizer and history at the end of the last epoch: where a run goes on from."""
        return self.checkpoints / "last.weights.h5"

    @property
    def best(self) -> Path:
        """The network with the least validation error so far."""
        return self.checkpoints / "best.keras"

    @property
    def logs(self) -> Path:
        """TensorBoard's."""
        return self.root / "logs"

    @property
    def history(self) -> Path:
        """A line for each epoch."""
        return self.root / "history.csv"

    @property
    def plot(self) -> Path:
        """Losses and errors as curves."""
        return self.root / "loss.png"

    @property
    def model(self) -> Path:
        """The trained network."""
        return self.root / RUN_FILES[1]

    @property
    def exported(self) -> Path:
        """The trained network for prediction without Keras, where it is a face network."""
        return self.root / RUN_FILES[0]

    @property
    def bad_batch(self) -> Path:
        """The batch that a run ended at, whose loss was not finite."""
        return self.root / "nan_batch.npz"

    @contextlib.contextmanager
    def claim(
        self, made_with: Mapping[str, Any], overwrite: bool = False, lock: bool = True
    ) -> Iterator[None]:
        """Hold the folder for this run, whose log goes there.

        Parameters
        ----------
        made_with
            ``options`` and ``data`` define a run; the rest is noted.
        overwrite
            Take away a run that is there.
        lock
            Lock the folder.

        Raises
        ------
        ConfigError
            It cannot be written, is in use, holds something else than a run, or a run made
            otherwise.
        OSError
            The disk is full.
        """
        if configuration_path(self.root).exists():
            raise ConfigError(f"RUN {shown(self.root)} is a dataset; a run needs another folder")
        with in_words(self.root, called="RUN"):
            self._check_ours(overwrite)
        with claimed(self.root, called="RUN", log=LOG_NAME, lock=lock):
            if overwrite:
                self._clear()
            elif self.last.exists():  # before that there is nothing to go on with
                self._check(made_with)
            write_json(self.config, dict(made_with))
            self.checkpoints.mkdir(exist_ok=True)
            for folder in (self.root, self.checkpoints):
                remove_temporary(folder)
            yield

    def _check_ours(self, overwrite: bool) -> None:
        """Refuse a folder with files of something else: a run replaces those of its names."""
        if not self.root.is_dir() or set(self.root.iterdir()) <= {lock_path(self.root)}:
            return
        is_run = (self.root / LOG_NAME).is_file()
        if is_run and self.config.exists():
            try:
                is_run = {"options", "data"} <= self._before().keys()
            except ConfigError:
                if not overwrite:
                    raise
        if not is_run:
            raise ConfigError(
                f"RUN {shown(self.root)} has files that are of no run; a run needs a folder of its "
                "own, a new or an empty one"
            )

    def _clear(self) -> None:
        for folder in (self.checkpoints, self.logs):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (
            self.config,
            self.history,
            self.plot,
            self.model,
            self.exported,
            self.bad_batch,
        ):
            file.unlink(missing_ok=True)

    def _check(self, made_with: Mapping[str, Any]) -> None:
        """Refuse to go on with a run made otherwise."""
        before = self._before()
        old, new = _fields(before.get("data")), made_with["data"]
        for what, key in (("pairs", "sha256"), ("frames", "frames")):
            for part in ("train", "validation"):
                if _fields(old.get(part)).get(key) != _fields(new[part]).get(key):
                    raise self._refusal(f"other {what} than DATA has now")
        self._compare("DATA's ", old.get("configuration"), new["configuration"])
        self._compare("--", before.get("options"), made_with["options"])

    def _before(self) -> dict[str, Any]:
        """What the run that is there was made with."""
        try:
            return read_json(self.config)
        except DatasetError as error:
            raise ConfigError(
                f"RUN {shown(self.root)} cannot be gone on with: {error}; take another folder, or "
                "--overwrite"
            ) from error

    def _compare(self, before_name: str, old: Any, new: Mapping[str, Any]) -> None:
        """Refuse the first field that is not the same."""
        old = _fields(old)
        for name in sorted({*old, *new}):
            if old.get(name) == new.get(name):
                continue
            if name == "weights":  # their digests tell nobody anything
                raise self._refusal("other --weights")
            what = before_name + shown(name.replace("_", "-"))
            values = f"{old.get(name)!a:.80}, now it is {new.get(name)!a:.80}"
            raise self._refusal(f"{what} {values}")

    def _refusal(self, what: str) -> ConfigError:
        return ConfigError(
            f"RUN {shown(self.root)} was made with {what}; take the same, another folder, or "
            "--overwrite"
        )


def _fields(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
