"""The options that say where landmarks come from, for every command that needs landmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from faceflow.landmarks.options import LandmarkOptions

LandmarksOption = Annotated[
    str,
    typer.Option(
        "--landmarks",
        help="Where landmarks come from: auto|files|openface|dlib (auto: files where there is a "
        "folder of them, else openface where --openface is given, else dlib).",
    ),
]
LandmarksDirOption = Annotated[
    Path | None,
    typer.Option(
        "--landmarks-dir",
        help="Folder of landmark texts, or with openface of its CSV files.  "
        "[default: IMAGES/../Landmarks]",
    ),
]
OpenFaceOption = Annotated[
    Path | None,
    typer.Option(
        "--openface", help="OpenFace's build folder, which has bin/.  [env: FACEFLOW_OPENFACE]"
    ),
]
OpenFaceModeOption = Annotated[
    str,
    typer.Option(
        "--openface-mode",
        help="image|sequence: frame by frame (FaceLandmarkImg), or tracked (FeatureExtraction).",
    ),
]
OpenFaceTimeoutOption = Annotated[
    float,
    typer.Option(
        "--openface-timeout", help="Seconds that OpenFace may go without writing anything."
    ),
]
MinConfidenceOption = Annotated[
    float,
    typer.Option("--min-confidence", help="Faces that the source is less sure of are not used."),
]
LandmarksOnOption = Annotated[
    str,
    typer.Option(
        "--landmarks-on",
        help="original|resized: the frames that OpenFace sees.",
    ),
]

_DLIB_TERMS = (
    "landmarks: dlib's 68-point model, which was trained on iBUG 300-W: for research use only"
)


def landmark_options(images: Path, **options: Any) -> LandmarkOptions:
    """The options, with a source in place of ``auto``.

    Raises
    ------
    ConfigError
        Values that are not taken, or not together.
    """
    from faceflow.landmarks.options import LandmarkOptions

    return LandmarkOptions(**options).resolved(images)


def tell_terms(asked: str, options: LandmarkOptions) -> None:
    """Say what the source may be used for, where the user did not choose it."""
    if asked == "auto" and options.landmarks == "dlib":
        typer.echo(_DLIB_TERMS, err=True)
