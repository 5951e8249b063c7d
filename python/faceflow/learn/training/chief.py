"""Which of the processes that train together writes."""

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
    try:
        fields = json.loads(os.environ["TF_CONFIG"])
        kind, index = fields["task"]["type"], int(fields["task"]["index"])
        workers = fields["cluster"]["worker"]
        if kind not in ("worker", "chief") or not workers:
            raise ValueError(kind)
        has_chief = bool(fields["cluster"].get("chief"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            "--strategy multiworker needs TF_CONFIG, as "
            '\'{"cluster": {"worker": ["host1:9999", "host2:9999"]}, '
            '"task": {"type": "worker", "index": 0}}\' in the environment of each worker'
        ) from error
    return kind == "chief" or (index == 0 and not has_chief)
