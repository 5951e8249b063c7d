"""The network: its table of layers, and what any Keras model is to do."""

from __future__ import annotations

TABLE = """
conv1 7 6 64            conv2 5 64 128           conv3 5 128 256          conv_redir 1 256 32
conv3_1 3 544 256       conv4 3 256 512          conv4_1 3 512 512        conv5 3 512 512
conv5_1 3 512 512       conv6 3 512 1024         conv6_1 3 1024 1024
Deconv6_prediction 3 1024 2
deconv5 4 1024 512      iconv5 1 1026 1024       Deconv5_prediction 3 1024 2
deconv4 4 1024 512      iconv4 1 1026 1024       Deconv4_prediction 3 1024 2
deconv3 4 1024 256      iconv3 1 514 512         Deconv3_prediction 3 512 2
deconv2 4 512 128       Deconv2_prediction 3 258 2
deconv1 4 258 64        Deconv1_prediction 3 130 2
"""
