"""What the small network learns in a quarter of an hour: its error beside others', on another face.

`learning.py OUT` makes rendered sequences of three people with each other's motions, trains on them
with faceflow-train, first on varied frames and then on these as they are, and compares the network
with OpenCV's estimators on a fourth person's rendered sequence, which has that person's own motion.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from face_images import REAL

TRAINED_ON = "[FM]00[12]"
JUDGED_ON = "M004"
SEQUENCES = 60
SMALL = [
    *("--preset", "small", "--val", "none", "--precision", "mixed_bfloat16"),
    *("--batch-size", "4", "--steps-per-epoch", "400"),
]
VARIED = ["--epochs", "13", "--learning-rate", "1e-3", "--stride", "1-3"]
AS_THEY_ARE = ["--epochs", "6", "--learning-rate", "5e-4", "--augment", "none"]
METHODS = ("zero", "farneback", "dis", "tvl1")
REGIONS = ("face", "brows", "eyes", "nose", "mouth", "jaw", "cheeks")


def main() -> None:
    out = Path(sys.argv[1])
    faces, source = str(REAL), ["--size", "source"]
    rendered = [*source, "--images", "rendered", "--writer", "shards"]
    motions, train, test = (str(out / name) for name in ("motions", "train", "test"))
    run("gen", faces, motions, *source, "--subjects", TRAINED_ON)
    transferred = ["--motions", motions, "--count", str(SEQUENCES), "--head-motion", "homography"]
    run("gen", faces, train, *rendered, "--subjects", TRAINED_ON, *transferred, "--seed", "1")
    run("gen", faces, test, *rendered, "--subjects", JUDGED_ON)
    began = time.monotonic()
    first, second = str(out / "varied"), str(out / "tuned")
    run("train", train, first, *SMALL, *VARIED)
    run("train", train, second, *SMALL, *AS_THEY_ARE, "--weights", f"{first}/model.keras")
    print(f"trained for {(time.monotonic() - began) / 60:.1f} min")
    methods = [*METHODS, f"model:{second}"]
    chosen = [word for method in methods for word in ("--method", method)]
    run("eval", test, str(out / "eval"), *chosen, "--versus", "dis", "--workers", "1")
    tell(json.loads((out / "eval" / "results.json").read_text())["results"])


def run(*words: str) -> None:
    """A command, as users run it; it has to end well."""
    code = "from faceflow.cli.main import main; main()"
    subprocess.run([sys.executable, "-c", code, *words], check=True)


def tell(results: dict[str, dict]) -> None:
    """A row for each method: end-point errors, px at source scale, and time."""
    print("| method |", " | ".join(REGIONS), "| whole frame | ms |")
    print("|---" * (len(REGIONS) + 3) + "|")
    for method, found in results.items():
        cells = [f"{found['by_region'][region]['epe']:.3f}" for region in REGIONS]
        cells += [f"{found['all']['epe']:.3f}", f"{1000 * found['seconds']:.0f}"]
        print(f"| {method.partition(':')[0]} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
