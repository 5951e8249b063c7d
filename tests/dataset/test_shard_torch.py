"""Shards under PyTorch's DataLoader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faces import make_faces
from shard_samples import make_both

from faceflow.dataset.reader import FilesDataset
from faceflow.dataset.shards.dataset import ShardsDataset

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_give_every_sample(tmp_path: Path, method: str) -> None:
    """In batches, from two processes, bit for bit, also where it was read before."""
    files, shards = make_both(make_faces(tmp_path, sequences=("T1", "T2"), frames=5), per_shard=3)
    dataset = ShardsDataset(shards)
    assert dataset[0].names.first == "001"
    loader = torch.utils.data.DataLoader(
        dataset, batch_size=3, num_workers=2, multiprocessing_context=method
    )
    flows, names = [], []
    for batch in loader:
        assert batch.frames.shape[1:] == (2, 64, 48, 3)
        flows += batch.flow.numpy().tolist()
        names += zip(*batch.names, strict=True)
    expected = FilesDataset(files)
    assert names == [tuple(sample.names) for sample in expected]
    found = np.array(flows, np.float32)
    assert np.array_equal(found, np.stack([s.flow for s in expected]), equal_nan=True)
