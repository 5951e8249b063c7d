"""One flow field of 512x384 from 68 landmarks: against the memory and against other libraries."""

from __future__ import annotations

import ctypes
from typing import Any

import cv2
import numpy as np
import pytest
from face import Pair
from measure import KERNELS, Call, at_least, at_most, beside
from peers import FLOW_PEERS, FlowPeer

from faceflow.types import AnyArray, Flow

WHAT = "one flow field"
AGREEMENT = 1e-3  # px


def ours(pair: Pair, backend: str, buffer: Flow) -> Call:
    """The public call on this kernel."""
    return Call(f"faceflow, {KERNELS[backend]}", lambda: pair.synthesize(buffer), backend)


def memset(buffer: Flow) -> Call:
    """The C library's."""
    address, size = buffer.ctypes.data, buffer.nbytes
    return Call("memset", lambda: ctypes.memset(address, 0, size))


def fill(buffer: Flow) -> Call:
    """numpy's."""
    octets = buffer.reshape(-1).view(np.uint8)
    return Call("ndarray.fill", lambda: octets.fill(0))


@pytest.mark.parametrize("clear", [memset, fill])
def test_against_clearing_its_memory(benchmark: Any, pair: Pair, backend: str, clear: Any) -> None:
    buffer = pair.empty()
    target = at_most(1.5) if backend == "cpp" and clear is memset else None
    beside(benchmark, WHAT, ours(pair, backend, buffer), clear(buffer), target=target, rounds=2000)


def test_numba_against_cpp(benchmark: Any, pair: Pair) -> None:
    buffer = pair.empty()
    subject, reference = (ours(pair, backend, buffer) for backend in ("numba", "cpp"))
    beside(benchmark, WHAT, subject, reference, target=at_most(1.5), rounds=2000)


@pytest.mark.parametrize("peer", FLOW_PEERS, ids=lambda peer: peer.prepare.__name__)
def test_against_peer(benchmark: Any, pair: Pair, backend: str, peer: FlowPeer) -> None:
    flow = pair.empty()
    reference = ours(pair, backend, flow)
    run = peer.prepare(pair)
    furthest = disagreement(run(), pair.synthesize(flow))
    assert furthest <= AGREEMENT or not peer.exact
    beside(
        benchmark,
        WHAT,
        Call(peer.name, run),
        reference,
        target=at_least(peer.faster) if peer.faster and backend == "cpp" else None,
        rounds=peer.rounds,
        reference_calls=21,
        disagreement_px=furthest,
    )


def disagreement(theirs: AnyArray, flow: Flow) -> float:
    """Largest difference in px inside the hull less 1 px; inf where they have no flow."""
    hull = np.isfinite(flow).all(axis=-1).astype(np.uint8)
    inside = cv2.erode(hull, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT) != 0
    difference = np.abs(theirs[inside] - flow[inside])
    return float(np.nan_to_num(difference, nan=np.inf).max())
