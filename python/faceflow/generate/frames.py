"""Making frames: decode, resize, encode, record."""

from __future__ import annotations

from collections.abc import Callable

from faceflow.dataset.records import FrameRecord, status_of
from faceflow.errors import FrameError
from faceflow.files import atomic_write
from faceflow.generate.plan import SequencePlan
from faceflow.images import encode_image, read_image, resize_image
from faceflow.landmarks.face import Face
from faceflow.landmarks.openface_csv import encode_image_csv


def make_frames(
    plan: SequencePlan, numbers: range, stopped: Callable[[], bool]
) -> list[FrameRecord]:
    """Write the images and landmarks of some frames of a sequence.

    Parameters
    ----------
    plan
        The completed plan.
    numbers
        Which frames.
    stopped
        Asked before each frame; once True, the rest is left undone.

    Raises
    ------
    OSError
        An output cannot be written.
    """
    records = []
    for number in numbers:
        if stopped():
            break
        name = plan.folder.stems[number]
        try:
            _make_frame(plan, number, name)
            records.append(FrameRecord(name, confidence=plan.confidences[number]))
        except FrameError as error:
            confidence = plan.confidences[number] if error is plan.landmarks[number] else None
            status = status_of(error.reason)
            records.append(FrameRecord(name, status, error.reason, error.detail, confidence))
    return records


def _make_frame(plan: SequencePlan, number: int, name: str) -> None:
    image = read_image(plan.folder.folder / plan.folder.images[number])
    # A frame of a plan that found no readable one has become readable since: its own size serves.
    size = plan.size or image.shape[:2]
    encoded = encode_image(resize_image(image, size), f".{plan.layout.image_format}")
    atomic_write(plan.layout.image(name), encoded)
    if image.shape[:2] != plan.source_size:
        raise FrameError("size_changed", _sizes(image.shape, plan.source_size))
    landmarks = plan.landmarks[number]
    if isinstance(landmarks, FrameError):
        raise landmarks
    face = Face(landmarks, plan.confidences[number])
    atomic_write(plan.layout.landmarks(name), encode_image_csv([face]))


def _sizes(found: tuple[int, ...], usual: tuple[int, int] | None) -> str:
    others = "none could be read" if usual is None else f"{usual[0]}x{usual[1]}"
    return f"the frame is {found[0]}x{found[1]} (HxW), the frames before it {others}"
