"""Commands in processes forked from one that has loaded what they need, and so start at once."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

# Its child leaves the loop and ends as the interpreter does: what it says goes to files, its end is
# told to us by the parent, which never runs anything itself.
_SERVER = """\
import contextlib, gc, json, os, signal, sys
from faceflow.cli import main
with contextlib.redirect_stdout(None):  # builds the commands, which takes half of a short run
    for run in (main.main, main.main_gen, main.main_train, main.main_eval):
        with contextlib.suppress(SystemExit):
            run(["--help"])
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
from faceflow.report.template import templates
import {loaded}

for name in templates().list_templates(["j2"]):
    templates().get_template(name)
gc.freeze()  # what is shared is not written to
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
for number, path in enumerate([os.devnull, *job["files"]]):
    os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
os.chdir(job["folder"])
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
getattr(main, job["main"])(job["words"])
"""

LOADED = (
    "pydantic.type_adapter, faceflow.dataset.check, faceflow.evaluate.page, "
    "faceflow.generate.run, faceflow.report.page"
)
LOADED_FOR_NETWORKS = f"{LOADED}, faceflow.learn.predictor, tensorflow, keras"


@functools.cache
def _server(loaded: str, variables: tuple[tuple[str, str], ...]) -> subprocess.Popen[str]:
    """One for the whole session, which ends as its input does."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER.format(loaded=loaded)],
        env=dict(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)
    return server


def run_forked(
    main: str, words: Sequence[str], environment: Mapping[str, str], folder: Path, loaded: str
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a function of `faceflow.cli.main` called with `words`."""
    server = _server(loaded, tuple(sorted(environment.items())))
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("out", "err")]
        job = {
            "main": main,
            "words": list(words),
            "folder": str(folder),
            "files": [str(path) for path in files],
        }
        print(json.dumps(job), file=server.stdin, flush=True)
        code = int(server.stdout.readline())
        out, err = (path.read_text(errors="surrogateescape") for path in files)
    return code, out, err
