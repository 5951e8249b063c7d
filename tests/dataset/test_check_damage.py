"""Damage is found, and following the advice mends it to the bytes of a clean run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import checked, follow_advice, kinds
from faces import Faces, make_faces, texture
from file_kinds import make_folder, make_link_to_itself, make_pipe
from generation import Quiet, generate, tree

from faceflow.dataset.check.run import CheckOptions, check_dataset
from faceflow.errors import ConfigError
from faceflow.flowio import read_flow, write_flow
from faceflow.images import encode_image

KINDS_OF_FILES = [
    "flow_T1/002.jpg",
    "flow_T1/002.png",
    "flow_T1/002.flo",
    "flow_T1/002_flow.png",
    "flow_T1/002.npz",
    "flow_T1/002_valid.png",
    "flow_viz_T1/002.png",
    "flow_viz_T1/002_tri.png",
    "T1/002.csv",
    "T1/sequence.json",
]


def options_for(name: str) -> dict[str, Any]:
    """Options with which there is such a file."""
    flow_format = {"002_flow.png": "kitti", "002.npz": "npz"}.get(Path(name).name, "flo")
    image_format = "png" if name == "flow_T1/002.png" else "jpg"
    return {"flow_format": flow_format, "image_format": image_format, "viz": "all", "masks": True}


def cut(size: float, path: Path) -> None:
    """A share of the file, or all but so many bytes."""
    whole = path.stat().st_size
    os.truncate(path, int(whole * size) if size >= 0 else whole + int(size))


def flip(place: float, path: Path) -> None:
    """One byte becomes another."""
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 0xFF
    path.write_bytes(data)


def replace(make: Callable[[Path], None], path: Path) -> None:
    """Something else in its place."""
    path.unlink()
    make(path)


def make_full_folder(path: Path) -> None:
    """Which rmdir would not take away."""
    path.mkdir()
    (path / "note.txt").touch()


def grow(path: Path) -> None:
    """Bytes after its end."""
    path.write_bytes(path.read_bytes() + b"\n")


DAMAGE = {
    "gone": Path.unlink,
    "empty": partial(cut, 0.0),
    "a byte": lambda path: os.truncate(path, 1),
    "a tenth": partial(cut, 0.1),
    "half": partial(cut, 0.5),
    "all but ten bytes": partial(cut, -10),
    "first byte": partial(flip, 0.0),
    "folder": partial(replace, make_folder),
    "full folder": partial(replace, make_full_folder),
    "pipe": partial(replace, make_pipe),
    "link to itself": partial(replace, make_link_to_itself),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Faces]:
    """Clean datasets, made once for each set of options."""
    known: dict[str, Faces] = {}

    def make(name: str) -> Faces:
        options = options_for(name)
        if str(options) not in known:
            faces = make_faces(tmp_path_factory.mktemp("made"), frames=4)
            generate(faces, **options)
            known[str(options)] = faces
        return known[str(options)]

    return make


def damaged_copy(clean: Faces, root: Path) -> Faces:
    """Where harm may be done; the times of the images stay, so that a run goes on."""
    shutil.copytree(clean.root, root / "copy")
    return Faces(root / "copy")


@pytest.mark.parametrize("name", KINDS_OF_FILES)
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found_and_mended(
    made: Callable[[str], Faces], tmp_path: Path, name: str, what: str
) -> None:
    """Of every kind of file; what is mended is what it was."""
    faces = damaged_copy(made(name), tmp_path)
    clean = tree(faces.output)
    DAMAGE[what](faces.output / "F001" / name)
    found = checked(faces.output).findings
    assert not found.sound
    assert any(Path(name).name in fault.line for fault in found.faults)
    follow_advice(faces.output)
    generate(faces, **options_for(name))
    assert tree(faces.output) == clean
    assert kinds(faces.output) == {}


@pytest.mark.parametrize("name", [n for n in KINDS_OF_FILES if not n.endswith(".flo")])
def test_bytes_too_many_are_found(made: Callable[[str], Faces], tmp_path: Path, name: str) -> None:
    """But after a JPEG, where readers pass over them, and white space after JSON."""
    faces = damaged_copy(made(name), tmp_path)
    grow(faces.output / "F001" / name)
    assert checked(faces.output).findings.sound == name.endswith((".jpg", ".json"))


@pytest.mark.parametrize("place", np.linspace(0, 0.999, 23).tolist())
def test_flipped_bytes_are_found_where_there_are_checksums(
    made: Callable[[str], Faces], tmp_path: Path, place: float
) -> None:
    """Each chunk of a PNG has one."""
    for name in ("flow_T1/002_flow.png", "flow_T1/002_valid.png", "flow_viz_T1/002.png"):
        faces = damaged_copy(made(name), tmp_path / Path(name).name)
        flip(place, faces.output / "F001" / name)
        assert kinds(faces.output) == {"damaged": 1}


@pytest.mark.parametrize("name", [n for n in KINDS_OF_FILES if "sequence" not in n])
def test_files_of_another_size_are_found(
    made: Callable[[str], Faces], tmp_path: Path, name: str
) -> None:
    """Whole ones, which a dataset of another size would have; both of those exchanged."""
    faces = damaged_copy(made(name), tmp_path)
    other = tmp_path / "other"
    generate(faces, other, **{**options_for(name), "size": (32, 40)})
    shutil.copy(other / "F001" / name, faces.output / "F001" / name)
    expected = {} if name.endswith(".csv") else {"damaged": 1}
    assert kinds(faces.output) == expected
    assert checked(faces.output, 100).findings.sound is False


def test_file_of_another_kind_is_found(made: Callable[[str], Faces], tmp_path: Path) -> None:
    """An image for a mask, a mask for a picture, grey for colour, PNG for JPEG."""
    faces = damaged_copy(made("flow_T1/002.flo"), tmp_path)
    folder = faces.output / "F001" / "flow_T1"
    grey = encode_image(texture((64, 48))[..., 0], ".png")
    (folder / "001.jpg").write_bytes(encode_image(texture((64, 48)), ".png"))
    (folder / "001_valid.png").write_bytes(encode_image(texture((64, 48)), ".png"))
    (faces.output / "F001" / "flow_viz_T1" / "001.png").write_bytes(grey)
    assert kinds(faces.output) == {"damaged": 3}


@pytest.mark.parametrize("flow_format", ["flo", "kitti", "npz"])
def test_flow_with_changed_values_is_found_by_recomputing(tmp_path: Path, flow_format: str) -> None:
    """A block of pixels that are a twentieth of a pixel off; the advice mends it."""
    faces = make_faces(tmp_path)
    generate(faces, flow_format=flow_format, outside="zero")
    clean = tree(faces.output)
    suffix = {"flo": ".flo", "kitti": "_flow.png", "npz": ".npz"}[flow_format]
    path = faces.output / "F001" / "flow_T1" / f"002{suffix}"
    flow = read_flow(path)
    flow[30:33, 20:24] += 0.05
    write_flow(path, flow)
    assert kinds(faces.output) == {}
    assert kinds(faces.output, 100) == {"differs": 1}
    follow_advice(faces.output, 100)
    generate(faces, flow_format=flow_format, outside="zero")
    assert tree(faces.output) == clean


@pytest.mark.parametrize("triangulation", ["first", "each"])
def test_landmarks_with_changed_values_are_found_by_recomputing(
    tmp_path: Path, triangulation: str
) -> None:
    """A tenth of a pixel, in one coordinate of one landmark of one frame: both its pairs."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces, triangulation=triangulation)
    clean = tree(faces.output)
    path = faces.output / "F001" / "T1" / "003.csv"
    header, row = path.read_text().splitlines()
    values = row.split(",")
    values[2 + 30] = f"{float(values[2 + 30]) + 0.1:.3f}"
    path.write_text(f"{header}\n{','.join(values)}\n")
    assert kinds(faces.output) == {}
    assert kinds(faces.output, 100) == {"differs": 2}
    follow_advice(faces.output, 100)
    generate(faces, triangulation=triangulation)
    assert tree(faces.output) == clean


def test_mask_and_image_that_only_decoding_tells_are_found(tmp_path: Path) -> None:
    """A whole mask of another pair, and a JPEG whose data are none."""
    faces = make_faces(tmp_path)
    generate(faces, masks=True)
    folder = faces.output / "F001" / "flow_T1"
    shutil.copy(folder / "001_valid.png", folder / "002_valid.png")
    data = bytearray((folder / "001.jpg").read_bytes())
    tables = data.index(b"\xff\xc4")
    data[tables + 4 : tables + 21] = b"\xfe" * 17
    (folder / "001.jpg").write_bytes(data)
    assert kinds(faces.output) == {}
    assert kinds(faces.output, 100) == {"differs": 2}


@pytest.mark.parametrize(
    ("field", "value"), [("valid_px", 3), ("mean_px", 0.01), ("max_px", 99.0), ("flipped", 7)]
)
def test_statistics_that_are_wrong_are_found_by_recomputing(
    tmp_path: Path, field: str, value: float
) -> None:
    """The record is made anew."""
    faces = make_faces(tmp_path)
    generate(faces)
    clean = tree(faces.output)
    path = faces.output / "F001" / "T1" / "sequence.json"
    fields = json.loads(path.read_text())
    fields["pairs"][0][field] = value
    path.write_text(json.dumps(fields))
    assert kinds(faces.output) == {}
    found = checked(faces.output, 100)
    assert [fault.kind for fault in found.findings.faults] == ["record"]
    assert field in found.findings.faults[0].line
    follow_advice(faces.output, 100)
    generate(faces)
    assert tree(faces.output) == clean


def test_other_number_of_landmarks_is_found(tmp_path: Path) -> None:
    """Whole files, of another face; triangles of landmarks that are not there."""
    faces = make_faces(tmp_path, frames=4)
    generate(faces)
    folder = faces.output / "F001" / "T1"
    header, row = ((folder / "002.csv").read_text()).splitlines()
    drop = [i for i, name in enumerate(header.split(",")) if name not in ("x_67", "y_67")]
    lines = [",".join(line.split(",")[i] for i in drop) for line in (header, row)]
    for names, expected in ((["002"], {"damaged": 1}), (["001", "003", "004"], {"record": 1})):
        for name in names:
            (folder / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines))
        assert kinds(faces.output) == expected


def test_many_faults_are_counted_and_the_first_kept(tmp_path: Path) -> None:
    """However many there are."""
    faces = make_faces(tmp_path, frames=30)
    generate(faces)
    shutil.rmtree(faces.output / "F001" / "flow_T1")
    found = check_dataset(faces.output, CheckOptions(most=5), Quiet()).findings
    assert found.kinds == {"missing": 59}
    assert len(found.faults) == 5


def test_sample_is_bounded() -> None:
    """In one line."""
    with pytest.raises(ConfigError, match="--sample 1000000"):
        CheckOptions(sample=1_000_000)
