"""What is planned for a sequence before any of it is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faces import Faces, make_faces, moving_face, texture, write_image, write_points

import faceflow as ff
from faceflow.errors import ConfigError
from faceflow.generate.complete import complete
from faceflow.generate.config import GenerateConfig
from faceflow.generate.outline import outline
from faceflow.generate.plan import SequencePlan
from faceflow.generate.run import Selection, plan_run
from faceflow.landmarks.options import LandmarkOptions
from faceflow.landmarks.textfile import TextReader
from faceflow.sequences import scan


def planned(faces: Faces, **options: Any) -> SequencePlan:
    """The completed plan of the only sequence."""
    (folder,) = scan(faces.images)
    plan = outline(folder, faces.output, GenerateConfig(**{"size": None, **options}))
    return complete(plan, TextReader(faces.landmarks, folder))


def runs(faces: Faces, output: Path | None = None, **selection: Any) -> list[SequencePlan]:
    where = output or faces.output
    config = GenerateConfig(LandmarkOptions("files", faces.landmarks))
    return plan_run(Selection(faces.images, where, **selection), config)


def test_landmarks_scale_with_the_image_by_pixel_centres(tmp_path: Path) -> None:
    """(x, y) goes to ((x + 0.5) sx - 0.5, (y + 0.5) sy - 0.5)."""
    faces = make_faces(tmp_path)
    (known,) = planned(faces, size=(160, 12)).landmarks(range(1, 2))
    expected = (faces.points("002") + 0.5) * (12 / 48, 160 / 64) - 0.5
    np.testing.assert_allclose(known.landmarks(), expected, rtol=1e-12)


def test_triangles_are_those_of_the_first_good_frame(tmp_path: Path) -> None:
    """Neither a frame without landmarks nor one without an image, nor one of another size."""
    faces = make_faces(tmp_path, frames=5)
    faces.text("001").unlink()
    faces.image("002").write_bytes(b"")
    write_image(faces.image("003"), texture((32, 48)))
    plan = planned(faces)
    assert plan.source_size == (64, 48)
    assert np.array_equal(plan.triangles, ff.triangulate(faces.points("004")))


def test_no_good_frame_gives_no_triangles(tmp_path: Path) -> None:
    """Landmarks of a frame that failed are not taken in their place."""
    faces = make_faces(tmp_path, frames=2)
    faces.text("001").unlink()
    write_image(faces.image("002"), texture((32, 48)))
    assert planned(faces).triangles is None


@pytest.mark.parametrize("odd", ["001", "003"])
def test_point_count_of_most_frames_is_the_right_one(tmp_path: Path, odd: str) -> None:
    """Also where the odd frame comes first."""
    faces = make_faces(tmp_path)
    write_points(faces.text(odd), moving_face()[:67])
    known = planned(faces).landmarks(range(3))
    found = dict(zip(("001", "002", "003"), known, strict=True))
    error = found.pop(odd).error
    assert str(error) == "wrong_point_count: 67 landmarks, the sequence has 68"
    assert all(one.landmarks().shape == (68, 2) for one in found.values())


def test_limit_counts_pairs_over_all_sequences(tmp_path: Path) -> None:
    """The last sequence is cut, and frames that no pair needs are left out with it."""
    faces = make_faces(tmp_path, sequences=("T1", "T2", "T3"), frames=4)
    plans = runs(faces, limit=5)
    assert [plan.pairs for plan in plans] == [3, 2]
    assert [len(plan.folder.images) for plan in plans] == [4, 3]
    assert runs(faces, limit=0) == []


def test_frames_whose_files_would_share_a_name_are_a_problem(tmp_path: Path) -> None:
    """Frames 1 and 1_valid, where masks are written: neither is written over the other."""
    faces = make_faces(tmp_path, frames=["1", "1_valid", "2"])
    (folder,) = scan(faces.images)
    png = GenerateConfig(image_format="png", masks=True)
    assert outline(folder, faces.output, png).folder.problem == (
        "two of its outputs would have the name 1_valid.png"
    )
    assert outline(folder, faces.output, GenerateConfig(masks=True)).folder.problem is None


@pytest.mark.parametrize("other", ["flow_T1", "flow_viz_T1", "viz_T1"])
def test_sequences_that_would_share_an_output_folder_are_problems(
    tmp_path: Path, other: str
) -> None:
    """T1 writes to flow_T1 and flow_viz_T1, and nothing else may be written there."""
    faces = make_faces(tmp_path, sequences=("T1", other, "T2"))
    problems = {plan.folder.name: plan.folder.problem for plan in runs(faces)}
    assert problems["F001/T2"] is None
    assert "output folder" in (problems["F001/T1"] or "")
    assert "output folder" in (problems[f"F001/{other}"] or "")
    alone = runs(faces, sequences="T1")  # the other one may have been made by an earlier run
    assert "output folder" in (alone[0].folder.problem or "")


@pytest.mark.parametrize("inside", ["Subjects", "Subjects/out/put", "Landmarks", "Landmarks/x"])
def test_output_inside_the_input_is_refused(tmp_path: Path, inside: str) -> None:
    """The next run would take its images for a subject's."""
    faces = make_faces(tmp_path)
    with pytest.raises(ConfigError, match="lies in"):
        runs(faces, output=tmp_path / inside)


def test_output_inside_the_input_by_a_link_is_refused(tmp_path: Path) -> None:
    """By whatever way it is reached."""
    faces = make_faces(tmp_path)
    (tmp_path / "link").symlink_to(faces.images)
    with pytest.raises(ConfigError, match="lies in IMAGES"):
        runs(faces, output=tmp_path / "link" / "new")


def test_nothing_to_do_is_refused(tmp_path: Path) -> None:
    """No sequences at all, or none that match."""
    faces = make_faces(tmp_path)
    with pytest.raises(ConfigError, match=r"no sequences in .*Subjects that match Z\*/\*: folders"):
        runs(faces, subjects="Z*")
