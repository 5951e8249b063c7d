"""Options from a TOML file: ``--config``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from faceflow.errors import ConfigError

_NOT_IN_FILES = ("--config", "--debug", "--help")

_TYPES = {
    "boolean": ((bool,), "true or false"),
    "integer": ((int,), "an integer"),
    "float": ((int, float), "a number"),
}
_TEXT = ((str,), "text")


def taken_options(parameters: Iterable[Any]) -> dict[str, Any]:
    """The command's options that a file may hold, by name without the dashes."""
    names = {name: p for p in parameters for name in p.opts if name.startswith("--")}
    return {name[2:]: p for name, p in names.items() if name not in _NOT_IN_FILES}


def read_options(path: Path, taken: Mapping[str, Any]) -> dict[str, Any]:
    """Read options named as on the command line, with ``-`` or ``_``.

    Returns
    -------
    options
        By the names of the command's parameters.

    Raises
    ------
    ConfigError
        The file cannot be read, is no TOML, names an option that the command does not have, or
        gives one a value of another type.
    """
    # Here and not above, as --help is not to load numpy.
    from faceflow.files import os_reason, shown

    where = f"--config {shown(path)}"
    try:
        with path.open("rb") as file:
            fields = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{where} cannot be read: {os_reason(error)}") from error
    except ValueError as error:
        raise ConfigError(f"{where} is no TOML: {shown(str(error))}") from error
    options = {}
    for key, value in fields.items():
        parameter = taken.get(key.replace("_", "-"))
        if parameter is None:
            raise ConfigError(f"{where}: no option {shown(key)}; taken: {', '.join(sorted(taken))}")
        types, words = _TYPES.get(parameter.type.name.removesuffix(" range"), _TEXT)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise ConfigError(f"{where}: {key} is {value!r}, {words} is taken")
        options[parameter.name] = value
    return options
