"""Pages from templates."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faceflow.files import shown
from faceflow.report.charts import number

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


def render(template: str, **context: Any) -> str:
    """Fill a page in.

    Everything in `context` is escaped: names of files are anybody's. The page may run the script
    that comes with it and no other, and load nothing from elsewhere.

    Parameters
    ----------
    template
        A file beside this module.
    """
    script = (_HERE / "player.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = templates().get_template(template)
    return page.render(**context, script=script, script_hash=digest)


@functools.cache
def templates() -> Environment:
    """Those beside this module; each is compiled once, which takes longer than to fill it in."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Compact, in the order of keys: the same page every time, and a small one.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    environment.filters.update(shown=shown, px=number)
    return environment
