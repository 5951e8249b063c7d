"""Options from a TOML file: ``--config``."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer

from faceflow.errors import ConfigError

_NOT_IN_FILES = ("--config", "--debug", "--help")

_VALUES: tuple[tuple[Any, tuple[type, ...], str], ...] = (
    (bool, (bool,), "true or false"),
    (int, (int,), "an integer"),
    (float, (int, float), "a number"),
    (list[str], (list,), "a list of texts"),
    (object, (str,), "text"),
)


def take_defaults(
    context: typer.Context, path: Path | None, command: Callable[..., Any]
) -> Path | None:
    """Have the options of ``--config`` as the command's defaults."""
    if path is not None:
        options = read_options(path, taken_options(context.command.params), command)
        context.default_map = {**(context.default_map or {}), **options}
    return path


def taken_options(parameters: Iterable[Any]) -> dict[str, str]:
    """The options that a file may hold: name without the dashes -> name of the argument."""
    names = {name: p.name for p in parameters for name in p.opts if name.startswith("--")}
    return {name[2:]: p for name, p in names.items() if name not in _NOT_IN_FILES}


def read_options(
    path: Path, taken: Mapping[str, str], command: Callable[..., Any]
) -> dict[str, Any]:
    """Read options named as on the command line, with ``-`` or ``_``.

    Returns
    -------
    options
        By the names of the command's arguments.

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
    hints = get_type_hints(command)
    options = {}
    for key, value in fields.items():
        name = taken.get(key.replace("_", "-"))
        if name is None:
            raise ConfigError(f"{where}: no option {shown(key)}; taken: {', '.join(sorted(taken))}")
        types, words = _taken_values(hints[name])
        texts = not isinstance(value, list) or all(isinstance(text, str) for text in value)
        if type(value) not in types or not texts:
            raise ConfigError(f"{where}: {key} is {value!r}, {words} is taken")
        options[name] = value
    return options


def _taken_values(hint: Any) -> tuple[tuple[type, ...], str]:
    """The types of TOML values for an argument, and what they are called."""
    hinted = get_args(hint) or (hint,)
    return next((taken, words) for kind, taken, words in _VALUES if kind in (*hinted, object))
