"""--config FILE.toml and --preset: options from elsewhere, and the command line wins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import Ended, gen, run
from faces import Faces, make_faces
from generation import tree

PAPER = {"size": "512x384", "triangulation": "first", "outside": "zero", "image_format": "jpg"}


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    return make_faces(tmp_path, ("F1", "F2"))


def configured(faces: Faces, content: str | bytes, *options: object) -> Ended:
    """Run with a configuration file."""
    path = faces.root / "my file.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return run("faceflow-gen", faces.images, faces.output, "--config", path, *options)


def made_with(faces: Faces) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((faces.output / "dataset.json").read_text())
    return dict(fields["configuration"])


def test_file_holds_any_option(faces: Faces) -> None:
    """With dashes or underscores; flags, numbers and text."""
    landmarks = faces.landmarks.rename(faces.root / "elsewhere")
    content = f"""
landmarks-dir = "{landmarks}"
size = "32x24"
flow_format = "npz"
stride = 2
max-flow = 3
viz = "flow"
masks = true
from-first = false
subjects = "F1"
limit = 1
workers = 1
json = true
"""
    ended = configured(faces, content)
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["totals"]["pairs"]["ok"] == 1
    assert {"size": "32x24", "flow_format": "npz", "stride": 2, "masks": "visible"}.items() <= (
        made_with(faces).items()
    )
    assert "F1/flow_T1/001_valid.png" in tree(faces.output)
    assert "F1/flow_viz_T1/001.png" in tree(faces.output)
    assert not (faces.output / "F2").exists()


def test_command_line_wins(faces: Faces) -> None:
    """Over the file, which wins over a preset."""
    content = 'preset = "paper"\nsize = "32x24"\nstride = 2\nviz = "none"'
    assert configured(faces, content, "--size", "source").code == 0
    found = made_with(faces)
    assert (found["size"], found["stride"], found["outside"]) == ("source", 2, "zero")
    assert not [name for name in tree(faces.output) if "flow_viz" in name]


@pytest.mark.parametrize("where", ["command line", "file", "beside a file", "after a file"])
def test_preset_paper_is_what_the_reference_system_makes(faces: Faces, where: str) -> None:
    """512x384, triangles of the first frame, zeros outside, JPEG, all pictures."""
    preset = ["--preset", "paper"]
    if where == "command line":
        ended = run("faceflow-gen", faces.images, faces.output, *preset, "--subjects", "F1")
    elif where == "file":
        ended = configured(faces, 'preset = "paper"', "--subjects", "F1")
    elif where == "after a file":
        ended = configured(faces, 'subjects = "F1"', *preset)
    else:
        (faces.root / "my.toml").write_text('subjects = "F1"')
        config = ["--config", faces.root / "my.toml"]
        ended = run("faceflow-gen", *preset, *config, faces.images, faces.output)
    assert (ended.code, ended.err) == (0, "")
    assert PAPER.items() <= made_with(faces).items()
    names = set(tree(faces.output))
    assert {"F1/flow_viz_T1/001.png", "F1/flow_viz_T1/002_tri.png"} <= names
    assert "F1/flow_T1/001_valid.png" in names
    assert not any(name.startswith("F2") for name in names)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('colour = "red"', "no option colour; taken: decode, direction, "),
        ('"two\\nlines" = 1', "no option 'two\\nlines'"),
        ('config = "other.toml"', "no option config"),
        ('images = "there"', "no option images"),
        ("stride = 1.5", "stride is 1.5, an integer is taken"),
        ("stride = true", "stride is True, an integer is taken"),
        ('stride = "2"', "stride is '2', an integer is taken"),
        ("max-flow = true", "max-flow is True, a number is taken"),
        ("size = 512", "size is 512, text is taken"),
        ('size = ["512x384"]', "size is ['512x384'], text is taken"),
        ("masks = 1", "masks is 1, true or false is taken"),
        ("[viz]\nflow = true", "viz is {'flow': True}, text is taken"),
        ("stride = ", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
    ],
)
def test_bad_file_is_refused_by_name(faces: Faces, content: str | bytes, told: str) -> None:
    """Exit code 2, one line, nothing written."""
    ended = configured(faces, content)
    assert (ended.code, ended.out) == (2, "")
    assert ended.complaint().startswith(f"faceflow-gen: --config {faces.root}/my file.toml")
    assert told in ended.complaint()
    assert not faces.output.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("stride = 0", "--stride 0 is not taken: 1 and more are"),
        ("max-flow = -1", "--max-flow -1.0 is not taken"),
        ("max-flow = nan", "--max-flow nan is not taken"),
        ('viz = "most"', "--viz 'most' is not taken: none, flow, mesh, all are"),
        ("workers = 0", "--workers"),
        ('preset = "book"', "--preset 'book' is not taken: paper is"),
    ],
)
def test_bad_value_in_a_file_is_as_bad_as_on_the_command_line(
    faces: Faces, content: str, told: str
) -> None:
    """The same message, which names the option."""
    ended = configured(faces, content)
    assert ended.code == 2
    assert told in ended.complaint()
    assert not faces.output.exists()


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_file_that_cannot_be_read_is_refused(faces: Faces, kind: str) -> None:
    """Which one, and why."""
    path = faces.root / "there.toml"
    if kind == "folder":
        path.mkdir()
    ended = gen(faces, "--config", path)
    assert ended.code == 2
    assert f"--config {path} cannot be read: " in ended.complaint()
