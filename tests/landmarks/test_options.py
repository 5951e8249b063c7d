"""Where landmarks come from when nobody says, and what goes together."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from faceflow.cli import gen, landmarks
from faceflow.errors import ConfigError
from faceflow.landmarks.choose import MIN_CONFIDENCE
from faceflow.landmarks.options import OPENFACE_VARIABLE, LandmarkOptions


@pytest.fixture(autouse=True)
def _no_openface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OPENFACE_VARIABLE, raising=False)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    path = tmp_path / "Subjects"
    path.mkdir()
    return path


def resolved(images: Path, **options: Any) -> LandmarkOptions:
    return LandmarkOptions(**options).resolved(images)


def test_folder_beside_the_images_comes_first(images: Path, tmp_path: Path) -> None:
    """Whatever else there is."""
    (tmp_path / "Landmarks").mkdir()
    options = resolved(images, openface=tmp_path)
    assert (options.landmarks, options.landmarks_dir) == ("files", tmp_path / "Landmarks")


def test_named_folder_is_one_of_texts(images: Path, tmp_path: Path) -> None:
    """--landmarks-dir without --landmarks."""
    options = resolved(images, landmarks_dir=tmp_path)
    assert (options.landmarks, options.landmarks_dir) == ("files", tmp_path)


def test_openface_comes_next(images: Path, tmp_path: Path) -> None:
    """Where its build folder is named."""
    options = resolved(images, openface=tmp_path)
    assert (options.landmarks, options.openface) == ("openface", tmp_path)


def test_openface_of_the_environment_is_taken(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the command line wins over it."""
    monkeypatch.setenv(OPENFACE_VARIABLE, str(tmp_path))
    assert resolved(images).openface == tmp_path
    assert resolved(images, landmarks="openface").openface == tmp_path
    assert resolved(images, openface=images).openface == images
    options = resolved(images, landmarks="openface", landmarks_dir=images)
    assert (options.openface, options.landmarks_dir) == (None, images)


def test_dlib_comes_last(images: Path) -> None:
    """It needs nothing but the extra."""
    assert resolved(images).landmarks == "dlib"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"landmarks": "files"}, "no landmarks folder"),
        ({"landmarks": "openface"}, "--landmarks openface needs --openface DIR"),
        (
            {"landmarks": "openface", "openface": Path(), "landmarks_dir": Path()},
            "--openface and --landmarks-dir are not taken together",
        ),
        (
            {"landmarks": "dlib", "landmarks_dir": Path()},
            "--landmarks-dir is not taken with --landmarks dlib",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    images: Path, options: dict[str, Any], told: str
) -> None:
    """In one line that names the options."""
    with pytest.raises(ConfigError, match=told) as caught:
        resolved(images, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "same"),
    [
        ({"landmarks_dir": Path("/")}, True),
        ({"openface_timeout": 5.0}, True),
        ({"landmarks": "dlib"}, False),
        ({"landmarks_on": "resized"}, False),
        ({"openface_mode": "sequence"}, False),
        ({"min_confidence": 0.5}, False),
    ],
)
def test_what_landmarks_depend_on_defines_a_dataset(options: dict[str, Any], same: bool) -> None:
    """Neither where they are, nor how long they may take."""
    plain: dict[str, Any] = {"landmarks": "openface"}
    if "landmarks_dir" in options:  # of two folders, say
        plain["landmarks_dir"] = Path("elsewhere")
    one = LandmarkOptions(**plain).defining()
    assert (LandmarkOptions(**{**plain, **options}).defining() == one) is same


def test_commands_have_the_default_confidence() -> None:
    """It stands in their signatures too, so that --help loads nothing."""
    for command in (gen.gen, landmarks.landmarks):
        default = inspect.signature(command).parameters["min_confidence"].default
        assert default == MIN_CONFIDENCE
