# The compiled kernels (cpp/bindings.cpp). `faceflow.flow._numba` has the same calls.

from faceflow.types import AnyArray, Flow, Image, Landmarks, Mask, Triangles

def triangulate(points: Landmarks) -> Triangles: ...
def synthesize(
    source: Landmarks,
    target: Landmarks,
    triangles: Triangles,
    fill: float,
    flow: Flow,
    valid: Mask | None,
) -> None: ...
def synthesize_each(
    source: Landmarks,
    target: Landmarks,
    triangles: Triangles,
    fill: float,
    flows: list[Flow],
    valids: list[Mask],
) -> None: ...
def synthesize_weighed(
    source: Landmarks,
    target: Landmarks,
    triangles: Triangles,
    elsewhere: float,
    outs: list[AnyArray],
) -> None: ...
def flipped_triangles(source: Landmarks, target: Landmarks, triangles: Triangles) -> Mask: ...
def max_magnitude(flow: Flow) -> float: ...
def measure_motion(flow: Flow, valid: Mask) -> tuple[int, float, float]: ...
def score(
    pred: Flow,
    gt: Flow,
    flags: AnyArray,
    regions: AnyArray,
    difference: AnyArray,
    table: AnyArray,
    endpoints: AnyArray,
    angles: AnyArray,
) -> int: ...
def colour_flow(flow: Flow, max_flow: float, rgb: AnyArray) -> None: ...
def grey_levels(rgb: Image, grey: AnyArray) -> None: ...
def halve(plane: AnyArray, half: AnyArray) -> None: ...
def band_pass(grey: AnyArray, band: AnyArray) -> None: ...
def local_motion(
    grey: AnyArray, first: AnyArray, second: AnyArray, flow: Flow, features: AnyArray
) -> None: ...
