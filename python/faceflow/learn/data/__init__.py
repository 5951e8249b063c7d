"""What a network is trained on: pairs of frames with flow that is made while they are read.

Only `pipeline` imports TensorFlow.
"""
