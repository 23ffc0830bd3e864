"""Chapter 02 says that batch normalization makes twelve layers trainable: its own cells, with ten seeds."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from book._tools.chapters import ROOT, read
from cnnlab import data

SEEDS = 10


def defined_in_the_chapter():
    """`train` and `deep`, as the reader runs them."""
    (path,) = (ROOT / "notebooks").glob("02_*.ipynb")
    namespace = {"np": np, "torch": torch, "F": F, "nn": nn}
    for cell in read(path).cells:
        if cell.source.startswith(("def train(", "def deep(")):
            exec(cell.source, namespace)
    return namespace["train"], namespace["deep"]


@pytest.mark.slow  # a quarter of a minute
def test_with_batch_norm_twelve_layers_learn_and_without_they_do_not():
    train, deep = defined_in_the_chapter()
    finals = np.empty((SEEDS, 2))
    for seed in range(SEEDS):
        known, _ = data.split(data.digits(), seed=seed)
        for column, normalize in enumerate((True, False)):
            torch.manual_seed(seed)
            finals[seed, column] = train(deep(normalize), known, lr=0.5)[-1]
    with_norm, without = finals.T
    print(f"\nwith    {with_norm.round(2)}\nwithout {without.round(2)}")
    assert ((with_norm < 0.8) & ~(without < 0.8)).sum() >= 9
