"""What the network's inputs and outputs are called: names of the published weights' files."""

from __future__ import annotations

INPUTS = ("pre_input", "nxt_input")
"""The first frame and the second."""

PREDICTIONS = tuple(f"Deconv{level}_prediction" for level in (1, 2, 3, 4, 5))
"""The outputs that are flow, finest first: at 1/2, 1/4, ... of the input's sides."""

WARPED = "warped_output"
"""The output that is the first frame, moved by the finest prediction."""

UNNAMED = ("conv6_1", "iconv5", "iconv4", "iconv3")
"""Our names of the layers that have none in those files, in their order."""

INPUT_SCALE = 1 / 32
"""What grey levels are multiplied by before conv1, so that its weights are of the size of others'.

A power of two: published weights, which were learnt without, give the same bits when conv1's are
divided by it.
"""
