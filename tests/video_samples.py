"""Videos made for tests, and what is in them, decoded from the first frame to the last."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from faces import Faces, write_image

from faceflow.images import read_image
from faceflow.opencv import cv2
from faceflow.types import Image, Size
from faceflow.videos.pixels import as_image

SIZE: Size = (48, 64)


@dataclass(frozen=True, eq=False)
class Kind:
    """A way to make a video."""

    suffix: str
    codec: str
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    b_frames: int | None = None
    size: Size = SIZE
    times: Sequence[int] | None = None
    """In ms, of each frame; None for 25 frames a second."""


_X265 = "log-level=none:keyint=12:bframes=3"
H264 = {"bf": "3", "g": "12"}
KINDS = {
    "H.264 with B-frames in mp4": Kind(".mp4", "libx264", options=H264),
    "H.264 with B-frames in mkv": Kind(".mkv", "libx264", options=H264),
    "H.264 with B-frames in avi": Kind(".avi", "libx264", options=H264),
    "H.264 with open groups": Kind(
        ".mkv", "libx264", options={"x264-params": "bframes=3:keyint=12:open-gop=1"}
    ),
    "H.264 that refreshes bit by bit": Kind(
        ".mp4", "libx264", options={"x264-params": "intra-refresh=1:keyint=20"}
    ),
    "H.264 with one key frame": Kind(".mov", "libx264", options={"bf": "3", "g": "900"}),
    "H.264 of 4:4:4": Kind(".mkv", "libx264", "yuv444p", H264),
    "fragmented mp4": Kind(
        ".mp4", "libx264", options={**H264, "movflags": "frag_keyframe+empty_moov"}
    ),
    "varying frame rate": Kind(
        ".mp4",
        "libx264",
        options=H264,
        times=[33 * i + 5 * (i % 7) + i * i for i in range(40)],
    ),
    "MPEG-4 with B-frames in avi": Kind(".avi", "mpeg4", b_frames=2),
    "MPEG-4 in avi": Kind(".avi", "mpeg4", b_frames=0),
    "MPEG-4 with B-frames in mp4": Kind(".mp4", "mpeg4", b_frames=2),
    "MJPEG in avi": Kind(".avi", "mjpeg", "yuvj420p"),
    "MJPEG in mov": Kind(".mov", "mjpeg", "yuvj420p"),
    "VP9 in mkv": Kind(".mkv", "libvpx-vp9", options={"lag-in-frames": "16"}),
    "VP8 in mkv": Kind(".mkv", "libvpx", options={"lag-in-frames": "16", "auto-alt-ref": "1"}),
    "HEVC in mp4": Kind(".mp4", "libx265", options={"x265-params": _X265}),
    "HEVC of 10 bit": Kind(".mkv", "libx265", "yuv420p10le", {"x265-params": _X265}),
    "FFV1 in avi": Kind(".avi", "ffv1"),
    "FFV1 of 16 bit grey": Kind(".mkv", "ffv1", "gray16le"),
    "grey": Kind(".mkv", "ffv1", "gray"),
    "uncompressed": Kind(".avi", "rawvideo", "bgr24"),
    "odd sizes": Kind(".mkv", "ffv1", "yuv420p", size=(47, 61)),
}


def moving(frames: int, size: Size = SIZE, seed: int = 0) -> Iterator[Image]:
    """A texture that wanders, no two frames of 256 alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3)).astype(np.uint8)
    ground = cv2.resize(coarse, (size[1] + 40, size[0] + 40), interpolation=cv2.INTER_CUBIC)
    for time in range(frames):
        x, y = int(20 + 19 * np.sin(time / 5)), int(20 + 19 * np.cos(time / 7))
        image = ground[y : y + size[0], x : x + size[1]].copy()
        image[:8, :8] = time % 256
        yield image


def write_video(path: Path, images: Iterable[Image], kind: Kind) -> Path:
    """Encode images, as (H, W, 3) blue-green-red; the folder is made too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    muxing = {name: text for name, text in kind.options.items() if name == "movflags"}
    with av.open(str(path), "w", options=muxing) as container:
        stream: Any = container.add_stream(kind.codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = *kind.size, kind.pixels
        stream.options = {k: text for k, text in kind.options.items() if k not in muxing}
        if kind.b_frames is not None:
            stream.codec_context.max_b_frames = kind.b_frames
        if kind.times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            if kind.times is not None:
                frame.pts, frame.time_base = kind.times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def make_video(folder: Path, kind: Kind, frames: int = 40, name: str = "T1") -> Path:
    """A video of a moving texture, encoded once for each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{kind.suffix}"
    path.write_bytes(_encoded(kind, frames))
    return path


@functools.cache
def _encoded(kind: Kind, frames: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"video{kind.suffix}")
        return write_video(path, moving(frames, kind.size), kind).read_bytes()


def decoded(video: Path) -> list[Image]:
    """Every frame, by one decoder that goes through the file once."""
    reformatter = VideoReformatter()
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        return [as_image(frame, reformatter) for frame in container.decode(stream)]


def as_videos(faces: Faces, kind: Kind) -> Faces:
    """The same data twice: the images become the decoded frames, and beside them are videos.

    Returns
    -------
    filmed
        In a folder ``filmed`` of its own: the same landmarks, each sequence a video.
    """
    filmed = Faces(faces.root / "filmed")
    shutil.copytree(faces.landmarks, filmed.landmarks)
    for folder in sorted(faces.images.glob("*/*")):
        paths = sorted(folder.iterdir())
        images = [read_image(path) for path in paths]
        video = filmed.images / folder.parent.name / f"{folder.name}{kind.suffix}"
        write_video(video, images, kind)
        for path, image in zip(paths, decoded(video), strict=True):
            write_image(path, image)
    return filmed


def six_digits(frames: int) -> list[str]:
    """The names that a video's frames have."""
    return [f"{number:06}" for number in range(1, frames + 1)]
