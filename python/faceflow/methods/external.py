"""Flow that other programs computed, read from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faceflow.errors import ConfigError
from faceflow.files import shown
from faceflow.flowio import read_flow
from faceflow.types import Flow

_FLOWNET3 = "flow[0].fwd.flo"


@dataclass(frozen=True)
class FlowFolder:
    """A folder of ``.flo`` files, in any of the arrangements that there are.

    The files of a pair are looked for as ``<subject>/flow_<sequence>/<stem>.flo`` (the files tree),
    ``<subject>_<sequence>_<stem>.flo`` (all in one folder) and
    ``<subject>_<sequence>_<stem>/flow[0].fwd.flo`` (FlowNet3's); the stem is the first frame's
    name, or what else the dataset calls the pair's flow.

    Raises
    ------
    ConfigError
        There is no such folder.
    """

    root: Path
    negated: bool = False
    """Whether the files hold minus the flow, as those of the reference system do."""

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            raise ConfigError(f"method flo:{shown(self.root)}: there is no such folder")

    def find(self, subject: str, sequence: str, stem: str) -> Path | None:
        """The file of a pair; None where there is none.

        Names come from a dataset's records; one that would lead out of the folder finds nothing.

        Examples
        --------
        >>> FlowFolder(Path(".")).find("..", "T1", "0001") is None
        True
        """
        names = (subject, sequence, stem)
        if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in names):
            return None
        label = "_".join(names)
        places = (
            self.root / subject / f"flow_{sequence}" / f"{stem}.flo",
            self.root / f"{label}.flo",
            self.root / label / _FLOWNET3,
        )
        return next((place for place in places if place.is_file()), None)

    def read(self, path: Path) -> Flow:
        """A file that was found: (H, W, 2) float32, NaN where nothing is known.

        Raises
        ------
        FlowFileError
            It is damaged.
        """
        return read_flow(path, negated=self.negated)
