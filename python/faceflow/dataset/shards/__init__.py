"""Shards: tar files of consecutive frames, in the WebDataset convention, and their indexes."""
