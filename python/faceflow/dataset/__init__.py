"""Datasets on disk: found, laid out, recorded, written and read."""
