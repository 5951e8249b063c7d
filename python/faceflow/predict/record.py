"""The record of a folder of predicted flow: what it is of, so that no other is taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from faceflow.dataset.layout import FLOW_SUFFIXES
from faceflow.dataset.records import read_json, write_json
from faceflow.errors import ConfigError
from faceflow.files import shown

_NAME = "prediction.json"
_PAIRS = "pairs"


class PredictionRecord:
    """What is to be predicted into a folder, beside what its ``prediction.json`` says is there.

    Parameters
    ----------
    out
        The folder.
    facts
        What holds for all of its flow: the model, where the frames are from, ...
    pairs
        What each flow is made of, by the name of its first frame.
    overwrite
        Whether all that is there counts for nothing.

    Raises
    ------
    ConfigError
        What is there is made otherwise, or by something else.
    DatasetError
        The record cannot be read.
    """

    def __init__(
        self, out: Path, facts: Mapping[str, Any], pairs: Mapping[str, str], overwrite: bool
    ) -> None:
        self._out, self._facts, self._pairs, self._overwrite = out, facts, pairs, overwrite
        before = read_json(out / _NAME) if (out / _NAME).exists() else {}
        self._before = _checked(out, before.pop(_PAIRS, {}))
        if not overwrite and before != facts and (before or any(self._files(pairs))):
            differing = [key for key in facts if before.get(key) != facts[key]]
            raise ConfigError(
                f"--out {shown(out)} has flow that is made otherwise "
                f"({', '.join(differing)}); --overwrite or a folder apart is taken"
            )

    def is_made(self, name: str) -> bool:
        """Whether a flow that is there would be of this model and these frames."""
        return not self._overwrite and self._before.get(name) == self._pairs[name]

    def write(self) -> None:
        """Take away what is not to be gone on with, and only then say what will be there."""
        kept = {} if self._overwrite else self._before
        stale = [name for name in self._pairs if not self.is_made(name)]
        if self._overwrite:
            stale += [name for name in self._before if name not in self._pairs]
        for path in self._files(stale):
            path.unlink()
        write_json(self._out / _NAME, {**self._facts, _PAIRS: {**kept, **self._pairs}})

    def _files(self, names: Sequence[str] | Mapping[str, str]) -> Iterator[Path]:
        """What is there of some pairs, in every format."""
        for name in names:
            flows = [self._out / f"{name}{suffix}" for suffix in FLOW_SUFFIXES.values()]
            paths = [*flows, self._out / "pictures" / f"{name}.png"]
            yield from (path for path in paths if path.is_file())


def _checked(out: Path, pairs: Any) -> dict[str, str]:
    """Names from a file, which files are taken away by: of this folder alone."""
    if not isinstance(pairs, dict) or any("/" in name or "\0" in name for name in pairs):
        raise ConfigError(f"{shown(out / _NAME)} is no record of a prediction")
    return pairs
