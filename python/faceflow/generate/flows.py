"""Making pairs: synthesise, measure, keep, draw."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np

from faceflow.dataset.layout import PairName
from faceflow.dataset.records import PairRecord, status_of
from faceflow.dataset.statistics import flow_statistics
from faceflow.errors import FrameError
from faceflow.files import shown
from faceflow.flow.colour import flow_to_image
from faceflow.flow.mesh import draw_mesh
from faceflow.flow.synthesis import flipped_triangles, synthesize
from faceflow.flow.triangulation import triangulate
from faceflow.generate.frames import FrameMaker
from faceflow.generate.judge import PairJudge, below_quality
from faceflow.generate.made import MadeFrame
from faceflow.generate.output import UnitWriter, write_pair_file
from faceflow.generate.plan import SequencePlan
from faceflow.images import encode_image
from faceflow.truth.validity import hidden_pixels
from faceflow.types import Flow, Landmarks, Mask, Triangles


class PairMaker:
    """Makes the pairs of one sequence, one after the other in the same memory.

    Raises
    ------
    OSError
        The disk is full or failing; other errors of writing are recorded.
    """

    def __init__(self, plan: SequencePlan, frames: FrameMaker, writer: UnitWriter) -> None:
        self.plan = plan
        self.frames = frames
        self.writer = writer
        size = plan.size or (1, 1)
        self.flow: Flow = np.empty((*size, 2), np.float32)
        self.valid: Mask = np.empty(size, np.bool_)
        self._judge = PairJudge(plan, frames)

    def make(self, first: MadeFrame, second: MadeFrame) -> PairRecord:
        """Keep the flow, mask and pictures of the pair of these frames."""
        pair = self.plan.pair_name(first.number, second.number)
        for frame in (first.record, second.record):
            if frame.status != "ok":
                detail = f"frame {shown(frame.name)}: {frame.detail}"
                return PairRecord(pair.first, pair.second, frame.status, frame.reason, detail)
        assert first.landmarks is not None
        assert second.landmarks is not None
        try:
            return self._make(
                pair, (first.number, second.number), first.landmarks, second.landmarks
            )
        except FrameError as error:
            for path in self.plan.pair_outputs(pair):  # what was written before the failure
                with contextlib.suppress(OSError):
                    path.unlink()
            status = status_of(error.reason)
            return PairRecord(pair.first, pair.second, status, error.reason, error.detail)

    def _make(
        self, pair: PairName, numbers: tuple[int, int], src: Landmarks, dst: Landmarks
    ) -> PairRecord:
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
            fill=self.writer.fill,
            return_valid=True,
            out=self.flow,
            out_valid=self.valid,
        )
        if self.plan.config.masks:
            self.valid &= ~hidden_pixels(src, dst, triangles, self.flow, self.valid)
        record = self._record(pair, int(flipped_triangles(src, dst, triangles).sum()))
        judged = self._judge.judge(numbers, src, dst, triangles)
        if judged.below is not None:
            return below_quality(pair, judged)
        self.writer.add_pair(pair, self.flow, self.valid)
        self._draw(pair, numbers[1], dst, triangles)
        return replace(record, **judged.fields)

    def _record(self, pair: PairName, flipped: int) -> PairRecord:
        pixels, mean, longest = flow_statistics(self.flow, self.valid)
        if pixels == 0:
            where = "visible in both frames" if self.plan.config.masks else "inside a triangle"
            raise FrameError("degenerate", f"no pixel of the image is {where}")
        return PairRecord(
            pair.first,
            pair.second,
            valid_px=pixels,
            mean_px=mean,
            max_px=longest,
            flipped=flipped,
        )

    def _draw(self, pair: PairName, second: int, dst: Landmarks, triangles: Triangles) -> None:
        config, layout = self.plan.config, self.plan.layout
        if config.viz in ("flow", "all"):
            picture = flow_to_image(self._known(), config.max_flow)
            picture = np.ascontiguousarray(picture[..., ::-1])
            write_pair_file(layout.flow_picture(pair), encode_image(picture, ".png"))
        if config.viz in ("mesh", "all"):
            mesh = draw_mesh(self.frames.resized(second), dst, triangles)
            write_pair_file(layout.mesh_picture(pair), encode_image(mesh, ".png"))

    def _known(self) -> Flow:
        """The flow, unknown outside: pictures show what is ground truth."""
        if self.writer.fill != 0:
            return self.flow
        return np.where(self.valid[..., None], self.flow, np.float32(np.nan))
