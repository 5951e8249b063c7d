"""``faceflow-train`` as users run it: killed, interrupted, refused, on several workers."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from command import Ended, command_line, environment, run, start
from damage import truncated

from fresh_python import packages_without
from training_runs import WORDS, history, make_dataset, same_run, train


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("faces"))
