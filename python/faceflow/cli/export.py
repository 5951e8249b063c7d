"""``faceflow export`` and ``faceflow shards``: datasets in tar files."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from faceflow.cli.exits import DONE, FAILED
from faceflow.cli.output_options import NoLockOption
from faceflow.cli.progress import make_progress

EXPORT_HELP = """Put a dataset into shards, or take it out of them.

SOURCE is a files tree, which goes into shards (tar files in the WebDataset convention: images,
landmarks and triangles, from which ff.open_dataset makes the flow of any two frames), or shards,
which become the files tree again. OUT is a folder of its own.
"""

SHARDS_HELP = """List the shards of a dataset, and verify them byte by byte.

Exit codes: 0 all is sound, 1 something is damaged (it is listed).
"""


def export(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="Folder of the dataset.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write to.")],
    no_lock: NoLockOption = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and run."""
    # Here and not above, so that --help loads neither numpy nor OpenCV.
    from faceflow.dataset.log import claimed
    from faceflow.dataset.shards.pack import pack_files
    from faceflow.dataset.shards.unpack import unpack_shards
    from faceflow.dataset.tree import DatasetTree
    from faceflow.errors import ConfigError
    from faceflow.files import shown

    in_shards = DatasetTree.open(source).in_shards
    if out.exists() and (not out.is_dir() or _beside_ours(out)):
        raise ConfigError(f"OUT {shown(out)} is not empty; a new folder is taken")
    if source.resolve() in out.resolve().parents:
        raise ConfigError(f"OUT {shown(out)} lies in SOURCE; a folder apart is taken")
    with claimed(out, lock=not no_lock), _whole_or_gone(out), make_progress() as progress:
        if in_shards:
            unpack_shards(source, out, progress)
        else:
            pack_files(source, out, progress=progress)
    return DONE


@contextlib.contextmanager
def _whole_or_gone(out: Path) -> Iterator[None]:
    """Leave nothing but the log where something went wrong: the same command is taken again."""
    try:
        yield
    except BaseException:
        for path in _beside_ours(out):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        raise


def _beside_ours(out: Path) -> list[Path]:
    from faceflow.dataset.layout import lock_path, log_path

    return [path for path in out.iterdir() if path not in (lock_path(out), log_path(out))]


def shards(
    path: Annotated[Path, typer.Argument(metavar="OUTPUT", help="Folder of the dataset.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> int:
    """Parse the options and run."""
    from faceflow.dataset.tree import DatasetTree
    from faceflow.files import natural_key, shown

    DatasetTree.open(path)
    files = [*path.glob("*/*/shard-*.tar"), *path.glob("*/*/shard-*.json")]
    found = sorted({one.with_suffix(".tar") for one in files}, key=lambda p: natural_key(str(p)))
    lines = [_examined(path, one) for one in found]
    damaged = [problem for line in lines for problem in line["problems"]]
    for problem in damaged:
        typer.echo(problem, err=True)
    if as_json:
        typer.echo(json.dumps({"shards": lines}))
    else:
        for line in lines:
            state = "damaged" if line["problems"] else "sound"
            size = f"{line['frames']} frames, {line['bytes']} bytes"
            typer.echo(f"{shown(line['shard'])}: {size}, {state}")
    return FAILED if damaged else DONE


def _examined(root: Path, path: Path) -> dict[str, Any]:
    from faceflow.dataset.shards.index import read_index
    from faceflow.dataset.shards.verify import verify_shard
    from faceflow.errors import DatasetError

    try:
        frames = read_index(path).frames
    except DatasetError:
        frames = 0
    name = path.relative_to(root).as_posix()
    size = path.stat().st_size if path.exists() else 0
    return {"shard": name, "frames": frames, "bytes": size, "problems": verify_shard(path)}
