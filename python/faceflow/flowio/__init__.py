"""Flow files: one module for each format, found by suffix.

A format is a module with the functions of `registry.FlowFormat`; to add one, write it and
name its suffix in `registry.FORMATS`.
"""

from faceflow.flowio.readwrite import read_flow, write_flow
from faceflow.flowio.registry import FORMATS, FlowFormat, format_of

__all__ = ["FORMATS", "FlowFormat", "format_of", "read_flow", "write_flow"]
