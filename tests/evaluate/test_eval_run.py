"""Comparisons of methods on whole datasets, called from this process."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from evaluation import evaluate, make_dataset, rows, without_seconds
from faces import Faces, copy_faces
from generation import generate

import faceflow as ff
from faceflow.dataset.split import SplitOptions, split_dataset
from faceflow.errors import ConfigError
from faceflow.evaluate.options import EvaluationOptions
from faceflow.evaluate.run import Evaluation
from faceflow.evaluate.stats import CLASS_NAMES
from faceflow.flow.backend import VARIABLE, choose
from faceflow.methods.registry import find_estimator
from faceflow.truth.photometric import face_region, photometric_error

METHODS = ("zero", "dis", "farneback", "landmarks")


@pytest.fixture(scope="module")
def faces(moving_faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Two subjects of two sequences of three pairs, beside which there is room for results."""
    return copy_faces(moving_faces, tmp_path_factory.mktemp("faces"))


@pytest.fixture(scope="module")
def done(faces: Faces) -> Path:
    """A comparison by one worker."""
    out = faces.root / "out"
    evaluate(faces.output, out, *METHODS, versus="dis")
    return out


def results_of(out: Path) -> dict:
    return without_seconds(out)[0]


def by_pair(out: Path) -> dict[tuple[str, ...], dict[str, str]]:
    """The rows of whole pairs, by method, subject, sequence and frame."""
    return {tuple(list(r.values())[:4]): r for r in rows(out) if r["region"] == "all"}


def test_figures_are_those_of_all_pixels_together(faces: Faces, done: Path) -> None:
    """Not a mean of means: of every pixel of every pair, by plain numpy."""
    for method in ("zero", "dis", "farneback"):
        epe, aae, fl, percentiles = [], [], [], results_of(done)["results"][method]["all"]
        for sample in ff.open_dataset(faces.output):
            pred = find_estimator(method)(*sample.frames)
            known = np.isfinite(sample.flow[..., 0])
            error = ff.endpoint_error(pred, sample.flow, per_pixel=True)[known]
            length = np.hypot(*sample.flow[known].T)
            epe.append(error)
            aae.append(ff.angular_error(pred, sample.flow, per_pixel=True)[known])
            fl.append((error > 3) & (error > 0.05 * length))
        errors = np.concatenate(epe)
        assert percentiles["pixels"] == len(errors)
        assert percentiles["epe"] == pytest.approx(errors.mean(), abs=1e-6)
        assert percentiles["aae"] == pytest.approx(np.concatenate(aae).mean(), abs=1e-5)
        assert percentiles["fl"] == pytest.approx(100 * np.concatenate(fl).mean())
        for limit in (1, 3, 5):
            assert percentiles[f"over_{limit}"] == pytest.approx(100 * (errors > limit).mean())
        for name, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99)):
            exact = np.quantile(errors, share, method="inverted_cdf")
            assert percentiles[f"epe_{name}"] == pytest.approx(exact, rel=1 / 128, abs=2**-10)


def test_parts_make_up_the_whole(done: Path) -> None:
    """By length of motion, subject and sequence: their pixels and their errors."""
    for result in results_of(done)["results"].values():
        whole = result["all"]
        assert list(result["by_magnitude"]) == list(CLASS_NAMES)
        for key in ("by_magnitude", "by_subject", "by_sequence"):
            parts = [stats for stats in result[key].values() if stats["pixels"]]
            assert sum(stats["pixels"] for stats in parts) == whole["pixels"]
            total = sum(stats["pixels"] * stats["epe"] for stats in parts)
            assert total / whole["pixels"] == pytest.approx(whole["epe"])
        assert list(result["by_sequence"]) == ["F001/T1", "F001/T2", "M002/T1", "M002/T2"]
        assert sum(result["histogram"]["epe"]["counts"]) == whole["pixels"]
        assert sum(result["histogram"]["aae"]["counts"]) == whole["pixels"]


def test_photometric_errors_are_those_of_the_face(faces: Faces, done: Path) -> None:
    """Pair by pair, as everywhere in the package."""
    found = by_pair(done)
    for sample in ff.open_dataset(faces.output):
        for method in ("zero", "dis"):
            flow = find_estimator(method)(*sample.frames)
            region = face_region(sample.landmarks[0], sample.valid.shape)
            error = photometric_error(*sample.frames, flow, region)
            row = found[(method, *sample.names[:3])]
            assert float(row["photometric"]) == pytest.approx(error, abs=1e-6)


def test_labels_have_no_error_and_estimators_are_better_than_nothing(done: Path) -> None:
    """Frames show what their labels say."""
    results = results_of(done)["results"]
    assert results["landmarks"]["all"]["epe"] == results["landmarks"]["all"]["aae"] == 0
    assert results["landmarks"]["all"]["epe_p99"] == 0
    assert results["dis"]["all"]["epe"] < 0.5 * results["zero"]["all"]["epe"]
    assert results["landmarks"]["all"]["photometric"] < results["zero"]["all"]["photometric"]


def test_differences_are_of_the_same_pairs(done: Path) -> None:
    """The mean is that of the figures, and none is beside itself."""
    results = results_of(done)["results"]
    assert results["dis"]["difference"] is None
    for method in ("zero", "farneback"):
        for measure in ("epe", "aae", "photometric"):
            found = results[method]["difference"][measure]
            apart = results[method]["all"][measure] - results["dis"]["all"][measure]
            assert found["mean"] == pytest.approx(apart, abs=1e-9)
            assert found["low"] <= found["mean"] <= found["high"]
    low, high = results["zero"]["confidence"]["epe"]
    assert low <= results["zero"]["all"]["epe"] <= high


def test_examples_are_in_the_order_of_their_error(done: Path) -> None:
    """Best, median and worst pairs of each method."""
    epe = {key: float(row["epe"]) for key, row in by_pair(done).items()}
    for method, result in results_of(done)["results"].items():
        kinds = {
            kind: [epe[(method, *names[:3])] for names in pairs]
            for kind, pairs in result["examples"].items()
        }
        errors = sorted(e for (name, *_), e in epe.items() if name == method)
        assert kinds["best"] == errors[:3]
        assert kinds["worst"] == errors[::-1][:3]
        assert errors[3] <= min(kinds["median"]) <= max(kinds["median"]) <= errors[8]


def test_rows_are_tidy(done: Path) -> None:
    """One for each method, pair and region; regions are of the pair, and beside others in all."""
    seen = defaultdict(list)
    for row in rows(done):
        seen[row["method"], row["subject"], row["sequence"], row["frame"]].append(row)
    assert len(seen) == 4 * 12
    for of_pair in seen.values():
        names = [row["region"] for row in of_pair]
        assert names == ["all", "face", "brows", "eyes", "nose", "mouth", "jaw", "cheeks"]
        whole, face, *parts = (int(row["pixels"]) for row in of_pair)
        assert 0 < sum(parts) == face <= whole


@pytest.mark.parametrize("workers", [2, 5])
def test_any_number_of_workers_gives_the_same(faces: Faces, done: Path, workers: int) -> None:
    """But for the seconds."""
    out = faces.root / f"out{workers}"
    evaluate(faces.output, out, *METHODS, versus="dis", workers=workers)
    assert without_seconds(out) == without_seconds(done)


def test_either_kernel_gives_the_same(
    faces: Faces, done: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numba in place of the extension."""
    monkeypatch.setenv(VARIABLE, "numba")
    choose.cache_clear()
    evaluate(faces.output, faces.root / "numba", *METHODS, versus="dis")
    monkeypatch.undo()
    choose.cache_clear()
    assert without_seconds(faces.root / "numba") == without_seconds(done)


@pytest.mark.parametrize("options", [{"writer": "shards"}, {"flow_format": "npz", "masks": True}])
def test_datasets_of_every_kind_are_read(tmp_path: Path, options: dict[str, object]) -> None:
    """In shards, and with masks of their own."""
    faces = make_dataset(tmp_path, ("F001",), ("T1",), **options)
    result = evaluate(faces.output, tmp_path / "out", "dis")["results"]["dis"]
    pixels = sum(int(sample.valid.sum()) for sample in ff.open_dataset(faces.output))
    assert (result["pairs"], result["failed"]) == (3, 0)
    assert result["all"]["pixels"] == pixels


@pytest.mark.parametrize("place", ["tree", "flat", "flownet3"])
def test_a_folder_of_flow_scores_as_the_method_that_made_it(
    faces: Faces, done: Path, place: str
) -> None:
    """In whatever arrangement its files lie."""
    folder = faces.root / place
    for sample in ff.open_dataset(faces.output):
        subject, sequence, first, _ = sample.names
        label = f"{subject}_{sequence}_{first}"
        path = {
            "tree": folder / subject / f"flow_{sequence}" / f"{first}.flo",
            "flat": folder / f"{label}.flo",
            "flownet3": folder / label / "flow[0].fwd.flo",
        }[place]
        path.parent.mkdir(parents=True, exist_ok=True)
        ff.write_flow(path, find_estimator("dis")(*sample.frames))
    out = faces.root / f"{place}-out"
    results = evaluate(faces.output, out, f"flo:{folder}")["results"]
    found, expected = results[f"flo:{folder}"], results_of(done)["results"]["dis"]
    for key in ("all", "by_region", "by_magnitude", "by_sequence", "histogram", "confidence"):
        assert found[key] == expected[key]


def test_the_papers_protocol_has_one_scale(faces: Faces) -> None:
    """No motion has the error of the truth itself, at 192x256, in that grid's pixels."""
    out = faces.root / "paper"
    results = evaluate(faces.output, out, "zero", "landmarks", protocol="paper")
    zero, label = (results["results"][name]["all"] for name in ("zero", "landmarks"))
    assert zero["pixels"] == 12 * 192 * 256
    assert label["epe"] == 0
    lengths = []
    for sample in ff.open_dataset(faces.output):
        points = sample.landmarks[0]
        low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 10, 0)
        high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 11, sample.valid.shape[::-1])
        box = np.nan_to_num(sample.flow[low[1] : high[1], low[0] : high[0]])
        scaled = box * np.divide((256, 192), high - low)
        lengths.append(np.hypot(scaled[..., 0], scaled[..., 1]).mean())
    assert zero["epe"] == pytest.approx(np.mean(lengths), rel=0.02)
    assert any("192x256" in note for note in results["notes"])


def test_parts_of_a_dataset(faces: Faces) -> None:
    """By name, by lot, and by the split."""
    options = {"subjects": "M*", "sequences": "T2"}
    results = evaluate(faces.output, faces.root / "names", "zero", **options)
    assert list(results["results"]["zero"]["by_sequence"]) == ["M002/T2"]
    assert (results["pairs"], results["subjects"]) == (3, 1)
    lots = [
        {tuple(list(row.values())[1:4]) for row in rows(faces.root / f"lot{n}")}
        for n in (4, 6)
        if evaluate(faces.output, faces.root / f"lot{n}", "zero", limit=n)
    ]
    assert (len(lots[0]), len(lots[1])) == (4, 6)
    assert lots[0] < lots[1]


def test_a_part_of_the_split(tmp_path: Path) -> None:
    """Its pairs and no others."""
    faces = make_dataset(tmp_path, ("F001", "M002", "M003"), ("T1",), frames=3)
    split_dataset(faces.output, SplitOptions((0.4, 0.3, 0.3)))
    found = []
    for part in ("train", "val", "test"):
        results = evaluate(faces.output, tmp_path / part, "zero", part=part)
        found.append(set(results["results"]["zero"]["by_subject"]))
    assert set.union(*found) == {"F001", "M002", "M003"}
    assert sum(map(len, found)) == 3


def test_other_landmark_schemes_have_no_regions(tmp_path: Path) -> None:
    """Which is said."""
    faces = make_dataset(tmp_path, ("F001",), ("T1",), frames=2)
    shutil.rmtree(faces.output)
    for path in faces.landmarks.rglob("*.txt"):
        path.write_text("\n".join(path.read_text().splitlines()[:40]))
    generate(faces)
    results = evaluate(faces.output, tmp_path / "out", "zero")
    assert any(note.startswith("No regions of the face") for note in results["notes"])
    assert {row["region"] for row in rows(tmp_path / "out")} == {"all"}


def test_a_look_is_what_was_scored(faces: Faces, done: Path) -> None:
    """Galleries show the flow that the figures are of."""
    for protocol in ("source", "paper"):
        evaluation = Evaluation(EvaluationOptions(faces.output, ("dis",), protocol=protocol))
        sample, flow = evaluation.look("dis", ("M002", "T1", "002", "003"))
        assert flow.shape == sample.flow.shape
        assert sample.names == ("M002", "T1", "002", "003")
    row = by_pair(done)["dis", "M002", "T1", "002"]
    sample, flow = Evaluation(EvaluationOptions(faces.output, ("dis",))).look("dis", sample.names)
    error = ff.endpoint_error(flow, sample.flow, sample.valid)
    assert float(row["epe"]) == pytest.approx(error, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": ()}, "no method is given"),
        ({"methods": ("dis", "dis")}, "--method dis is given twice"),
        ({"versus": "tvl1"}, "--versus tvl1 is not taken: dis are"),
        ({"protocol": "kitti"}, "--protocol kitti is not taken: source, paper are"),
        ({"part": "dev"}, "--part dev is not taken: train, val, test are"),
    ],
)
def test_options_that_are_not_taken(options: dict, message: str) -> None:
    """With what is taken."""
    with pytest.raises(ConfigError) as caught:
        EvaluationOptions(**{"data": Path("flow"), "methods": ("dis",), **options})
    assert message in str(caught.value)


def test_results_are_plain_json(done: Path) -> None:
    """Without NaN and infinity, which JSON has not."""
    text = (done / "results.json").read_text()
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
