"""Making pairs: synthesise, write, draw, record."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceflow.dataset.flowfile import encode_flow
from faceflow.dataset.layout import PairName
from faceflow.dataset.records import PairRecord, status_of
from faceflow.errors import FlowFileError, FrameError
from faceflow.files import Buffer, atomic_write, os_reason, shown
from faceflow.flow.colour import flow_to_image
from faceflow.flow.mesh import draw_mesh
from faceflow.flow.synthesis import flipped_triangles, synthesize
from faceflow.flow.triangulation import triangulate
from faceflow.generate.frames import FrameMaker, MadeFrame
from faceflow.generate.plan import SequencePlan
from faceflow.images import encode_image
from faceflow.types import Flow, Landmarks, Mask, Triangles

STOPPING_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
"""System errors after which no other write can be expected to succeed."""


class PairMaker:
    """Makes the pairs of one sequence, one after the other in the same memory.

    Raises
    ------
    OSError
        The disk is full or failing; other errors of writing are recorded.
    """

    def __init__(self, plan: SequencePlan, frames: FrameMaker) -> None:
        self.plan = plan
        self.frames = frames
        size = plan.size or (1, 1)
        self.flow: Flow = np.empty((*size, 2), np.float32)
        self.valid: Mask = np.empty(size, np.bool_)

    def make(self, numbers: tuple[int, int], first: MadeFrame, second: MadeFrame) -> PairRecord:
        """Write the flow, mask and pictures of the pair of these frames."""
        pair = self.plan.pair_name(*numbers)
        for frame in (first.record, second.record):
            if frame.status != "ok":
                detail = f"frame {shown(frame.name)}: {frame.detail}"
                return PairRecord(pair.first, pair.second, frame.status, frame.reason, detail)
        assert first.landmarks is not None
        assert second.landmarks is not None
        try:
            return self._make(pair, numbers[1], first.landmarks, second.landmarks)
        except FrameError as error:
            for path in self.plan.pair_outputs(pair):  # what was written before the failure
                with contextlib.suppress(OSError):
                    path.unlink()
            status = status_of(error.reason)
            return PairRecord(pair.first, pair.second, status, error.reason, error.detail)

    def _make(self, pair: PairName, second: int, src: Landmarks, dst: Landmarks) -> PairRecord:
        triangles = self.plan.triangles
        if triangles is None:
            triangles = triangulate(src)
        if len(triangles) == 0:
            raise FrameError("degenerate", "its landmarks lie on one line: there is no triangle")
        H, W = self.valid.shape
        synthesize(
            src,
            dst,
            (H, W),
            triangles,
            fill=self.plan.config.fill,
            return_valid=True,
            out=self.flow,
            out_valid=self.valid,
        )
        record = self._record(pair, int(flipped_triangles(src, dst, triangles).sum()))
        self._write(pair, second, dst, triangles)
        return record

    def _record(self, pair: PairName, flipped: int) -> PairRecord:
        # By indices: five times as fast as by the mask, and as two columns as by rows of two.
        vectors = self.flow.reshape(-1, 2).take(np.flatnonzero(self.valid), axis=0)
        if len(vectors) == 0:
            raise FrameError("degenerate", "no pixel of the image lies inside a triangle")
        u, v = vectors.T.astype(np.float64)
        length = np.sqrt(u * u + v * v)
        mean, longest = round(float(length.mean()), 4), round(float(length.max()), 4)
        return PairRecord(
            pair.first,
            pair.second,
            valid_px=len(vectors),
            mean_px=mean,
            max_px=longest,
            flipped=flipped,
        )

    def _write(self, pair: PairName, second: int, dst: Landmarks, triangles: Triangles) -> None:
        config, layout = self.plan.config, self.plan.layout
        _write_output(layout.flow(pair), self._encoded_flow())
        if config.writes_masks:
            mask = self.valid.view(np.uint8) * np.uint8(255)
            _write_output(layout.valid(pair), [encode_image(mask, ".png")])
        if config.viz in ("flow", "all"):
            picture = flow_to_image(
                self.flow if config.outside != "zero" else self._masked(), config.max_flow
            )
            picture = np.ascontiguousarray(picture[..., ::-1])
            _write_output(layout.flow_picture(pair), [encode_image(picture, ".png")])
        if config.viz in ("mesh", "all"):
            mesh = draw_mesh(self.frames.resized(second), dst, triangles)
            _write_output(layout.mesh_picture(pair), [encode_image(mesh, ".png")])

    def _encoded_flow(self) -> Sequence[Buffer]:
        config = self.plan.config
        try:
            return encode_flow(self.flow, self.valid, config.flow_format, config.outside)
        except FlowFileError as error:
            raise FrameError("write_error", str(error)) from error

    def _masked(self) -> Flow:
        """The flow with NaN outside: pictures show what is ground truth."""
        return np.where(self.valid[..., None], self.flow, np.float32(np.nan))


def _write_output(path: Path, buffers: Sequence[Buffer]) -> None:
    try:
        atomic_write(path, buffers)
    except OSError as error:
        if error.errno in STOPPING_ERRORS:
            raise
        raise FrameError("write_error", f"{shown(path.name)}: {os_reason(error)}") from error
