"""How many threads OpenCV takes."""

from __future__ import annotations

from faceflow.opencv import cv2, one_thread


def test_one_thread_lasts_until_the_last_who_asked_for_it_ends() -> None:
    """Parts of a run begin and end as they like, in one process."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cv2.getNumThreads() == 1
        second.__exit__(None, None, None)
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)
