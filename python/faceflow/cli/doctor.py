"""``faceflow doctor``: what is installed and what runs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
from typing import Annotated, Any

import typer

from faceflow.cli.exits import DONE

_REQUIRED = (
    "numpy",
    "numba",
    "opencv-contrib-python-headless",
    "typer",
    "rich",
    "natsort",
    "filelock",
    "jinja2",
)
_EXTRAS = {
    "dask": ("distributed",),
    "demo": ("skimage",),
    "dlib": ("dlib", "face_recognition_models"),
    "onnx": ("onnxruntime",),
    "train": ("tensorflow", "keras", "h5py", "tensorboard", "matplotlib", "onnx"),
    "video": ("av",),
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Say which versions, kernel, extras and processor features this installation has."""
    import json

    findings = examine()
    if as_json:
        typer.echo(json.dumps(findings))
    else:
        for name, value in {**findings, "face network": _network_line(findings)}.items():
            text = (
                ", ".join(f"{k} {v}" for k, v in value.items())
                if isinstance(value, dict)
                else value
            )
            typer.echo(f"{name + ':':<14}{text}")
    return DONE


def examine() -> dict[str, Any]:
    """Everything worth knowing when something is slow or missing."""
    import faceflow
    from faceflow.flow.backend import backend_info
    from faceflow.landmarks.options import OPENFACE_VARIABLE
    from faceflow.methods.face import card

    info = backend_info()
    return {
        "faceflow": faceflow.__version__,
        "kernel": f"{info['backend']} ({info['reason']})",
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "versions": {name: _version(name) for name in _REQUIRED},
        "extras": {name: _extra(modules) for name, modules in _EXTRAS.items()},
        "openface": os.environ.get(OPENFACE_VARIABLE, f"not named ({OPENFACE_VARIABLE})"),
        "processor": _processor(),
        "face network": card(),
    }


def _network_line(findings: dict[str, Any]) -> str:
    """The card of the package's network on one line."""
    card = findings["face network"]
    data = "; ".join(f"{part['name']} ({part['terms']})" for part in card["data"])
    return f"sha256 {card['sha256'][:12]}, {card['terms']}; trained on {data}"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _extra(modules: tuple[str, ...]) -> str:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return "missing" if missing else "installed"


def _processor() -> str:
    """Features that numpy finds at run time, the same that the kernels choose from."""
    import numpy as np

    configuration: Any = np.show_config(mode="dicts")
    features = configuration.get("SIMD Extensions", {})
    return " ".join(features.get("baseline", []) + features.get("found", [])) or "unknown"
