"""The kernels compiled by numba at first use: the same calls and the same bits as ``_core``.

Each module mirrors the C++ file of its name, operation by operation, since equal bits need equal
rounding. Comments on why stand there.
"""

from faceflow.flow._numba.colour import colour_flow, max_magnitude
from faceflow.flow._numba.delaunay import triangulate
from faceflow.flow._numba.local_motion import band_pass, grey_levels, halve, local_motion
from faceflow.flow._numba.motion import measure_motion
from faceflow.flow._numba.score import score
from faceflow.flow._numba.synthesis import (
    flipped_triangles,
    synthesize,
    synthesize_each,
    synthesize_weighed,
)

__all__ = [
    "band_pass",
    "colour_flow",
    "flipped_triangles",
    "grey_levels",
    "halve",
    "local_motion",
    "max_magnitude",
    "measure_motion",
    "score",
    "synthesize",
    "synthesize_each",
    "synthesize_weighed",
    "triangulate",
]
