"""What is to be made of a sequence, by names alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from faceflow.dataset.layout import FLOW_SUFFIXES, SequenceLayout
from faceflow.files import natural_sorted, shown
from faceflow.generate.config import GenerateConfig
from faceflow.generate.pairs import Pairing
from faceflow.generate.plan import SequencePlan
from faceflow.sequences import SequenceFolder, stem

_OUTPUT_PREFIXES = ("", "flow_", "flow_viz_")  # of SequenceLayout's folders


def outline(
    folder: SequenceFolder,
    output: Path,
    config: GenerateConfig,
    limit: int | None = None,
    siblings: Sequence[str] = (),
) -> SequencePlan:
    """Plan names only; nothing is read.

    `limit` cuts the pairs, and frames after them. `siblings` are all sequences of the subject.
    """
    layout = SequenceLayout(
        output, folder.subject, folder.sequence, config.flow_format, config.image_format
    )
    pairing = Pairing(config.stride, config.from_first, config.direction)
    pairs = pairing.count(len(folder.images))
    cut = limit is not None and limit < pairs
    if limit is not None and cut:
        pairs = limit
        folder = replace(folder, images=folder.images[: pairing.frames_for(limit)])
    plan = SequencePlan(folder, layout, config, pairing, pairs, cut)
    return replace(
        plan,
        folder=replace(
            folder, problem=folder.problem or _clash(plan) or _shares_folder(folder, siblings)
        ),
    )


def _clash(plan: SequencePlan) -> str | None:
    """Two outputs of one name, as with frames called ``1`` and ``1_valid``."""
    endings = [FLOW_SUFFIXES[plan.config.flow_format].partition(".")[0], "_valid", "_tri"]
    endings += ["_backward", *(f"_backward{ending}" for ending in endings if ending)]
    endings = [ending for ending in endings if ending]
    start = f"{plan.name(0)}_" if plan.pairing.from_first and plan.folder.images else None
    suspects = [stem(image) for image in plan.folder.images if "_" in image]
    if not any(n.endswith(tuple(endings)) or (start and n.startswith(start)) for n in suspects):
        return None
    names = plan.folder.stems
    paths: list[Path] = []
    if plan.config.writer == "files":
        paths += [plan.layout.image(name) for name in names]
        paths += [plan.layout.landmarks(name) for name in names]
    for late in range(len(plan.folder.images)):
        for pair in plan.pairs_ending_at(late):
            paths += plan.pair_outputs(plan.pair_name(*pair))
    for path, count in Counter(paths).items():
        if count > 1:
            return f"two of its outputs would have the name {shown(path.name)}"
    return None


def _shares_folder(folder: SequenceFolder, siblings: Sequence[str]) -> str | None:
    """Sequences T1 and flow_T1 would write to one folder."""
    for prefix in _OUTPUT_PREFIXES:
        output = prefix + folder.sequence
        owners = {output.removeprefix(other) for other in _OUTPUT_PREFIXES} - {folder.sequence}
        for owner in natural_sorted(owners.intersection(siblings)):
            return f"its output folder {shown(output)} is one of the sequence {shown(owner)} too"
    return None
