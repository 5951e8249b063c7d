"""The processes that train together: where they are, and which of them writes."""

from __future__ import annotations

import json
import os

from faceflow.errors import ConfigError


def is_chief(strategy: str) -> bool:
    """Whether this process is the one that writes.

    Raises
    ------
    ConfigError
        ``multiworker`` without a ``TF_CONFIG`` that says who is who.
    """
    if strategy != "multiworker":
        return True
    kind, index, _, chiefs = _read_configuration()
    return kind == "chief" or (index == 0 and not chiefs)


def process_addresses(strategy: str) -> list[str]:
    """Addresses of all processes that ``TF_CONFIG`` has train together; none for one process.

    Raises
    ------
    ConfigError
        As of `is_chief`.
    """
    if strategy != "multiworker":
        return []
    _, _, workers, chiefs = _read_configuration()
    return [str(address) for address in (*chiefs, *workers)]


def _read_configuration() -> tuple[str, int, list[str], list[str]]:
    """Kind and index of this process, and the addresses of the workers and of the chief."""
    try:
        fields = json.loads(os.environ["TF_CONFIG"])
        kind, index = fields["task"]["type"], int(fields["task"]["index"])
        workers = fields["cluster"]["worker"]
        if kind not in ("worker", "chief") or not workers:
            raise ValueError(kind)
        return kind, index, list(workers), list(fields["cluster"].get("chief") or ())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            "--strategy multiworker needs TF_CONFIG, as "
            '\'{"cluster": {"worker": ["host1:9999", "host2:9999"]}, '
            '"task": {"type": "worker", "index": 0}}\' in the environment of each worker'
        ) from error
