"""Options from a TOML file: ``--config``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from faceflow.errors import ConfigError
from faceflow.files import os_reason, shown


def read_options(path: Path, taken: set[str]) -> dict[str, Any]:
    """Read options named as on the command line, with ``-`` or ``_``.

    Raises
    ------
    ConfigError
        The file cannot be read, is no TOML, or names an option that the command does not have.
    """
    try:
        with path.open("rb") as file:
            fields = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"--config {shown(path)} cannot be read: {os_reason(error)}") from error
    except ValueError as error:
        raise ConfigError(f"--config {shown(path)} is no TOML: {error}") from error
    options = {}
    for key, value in fields.items():
        name = key.replace("-", "_")
        if name not in taken:
            known = ", ".join(sorted(option.replace("_", "-") for option in taken))
            raise ConfigError(f"--config {shown(path)}: no option {shown(key)}; taken: {known}")
        if isinstance(value, dict | list):
            raise ConfigError(f"--config {shown(path)}: {shown(key)} is no single value")
        options[name] = value
    return options
