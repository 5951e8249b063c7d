"""Landmarks from dlib: its frontal face detector, and its predictor of 68 landmarks.

dlib and the model are loaded where the detector is made, not by an import of this package.
"""

from faceflow.landmarks.embedded.detector import embedded_detector

__all__ = ["embedded_detector"]
