"""How true rendered sequences are: a table of photometric errors on the shared recordings.

`rendered.py OUT [OPTION ...]`: each sequence is rendered by faceflow-gen with the options given
(--size source and PNG, unless they say otherwise) into OUT, and frame 2 warped back by the flow is
compared with frame 1, neighbours and frames that are 5 apart, forward and backward.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from face_images import REAL

import faceflow as ff
from faceflow.cli.main import main_gen
from faceflow.dataset.records import read_record
from faceflow.images import read_image
from faceflow.landmarks.openface_csv import read_image_csv
from faceflow.truth.photometric import face_region, photometric_error

STRIDES = (1, 5)
LANDMARKS = 68


def main() -> None:
    out, options = Path(sys.argv[1]), sys.argv[2:]
    words = ["--images", "rendered", "--size", "source", "--image-format", "png", *options]
    sys.argv = ["faceflow-gen", str(REAL), str(out), *words]
    try:
        main_gen()
    except SystemExit as ended:
        if ended.code:
            raise
    cv2.setNumThreads(1)
    heads = [f"{stride} apart, {way}" for stride in STRIDES for way in ("forward", "back")]
    print("| sequence | repaired |", " | ".join(heads), "| worst pair |")
    print("|---" * (len(heads) + 3) + "|")
    for path in sorted(out.glob("*/*/sequence.json")):
        print(row(path))


def row(path: Path) -> str:
    """A sequence's errors."""
    record = read_record(path)
    assert record.size is not None
    triangles = np.array(record.triangles, np.int32)
    subject, sequence = record.subject, record.sequence
    images = path.parents[1] / f"flow_{sequence}"
    names = [frame.name for frame in record.frames if frame.status == "ok"]
    frames = [read_image(images / f"{name}.png") for name in names]
    points = [read_image_csv(path.parent / f"{name}.csv")[0].landmarks for name in names]
    means, worst = [], 0.0
    for stride in STRIDES:
        pairs = [(i, i + stride) for i in range(len(names) - stride)]
        for ways in (pairs, [(b, a) for a, b in pairs]):
            errors = []
            for a, b in ways:
                flow = ff.synthesize(points[a], points[b], record.size, triangles)
                region = face_region(points[a][:LANDMARKS], record.size)
                errors.append(photometric_error(frames[a], frames[b], flow, region))
            means.append(f"{np.mean(errors):.2f}")
            worst = max(worst, *errors)
    repaired = sum(bool(frame.repaired) for frame in record.frames)
    cells = [f"{subject}/{sequence}", f"{repaired} of {len(names)}", *means, f"{worst:.2f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
