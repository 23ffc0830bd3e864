"""The processes that train one network together: one, unless `torchrun` started more."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


class Group(NamedTuple):
    """Which process this is, of how many."""

    rank: int = 0
    size: int = 1

    @classmethod
    def current(cls) -> Group:
        if distributed.is_available() and distributed.is_initialized():
            return cls(distributed.get_rank(), distributed.get_world_size())
        return cls()

    def share(self, batch: Tensor) -> Tensor:
        """This process's part of a batch; the parts differ by one at most."""
        return batch.tensor_split(self.size)[self.rank]

    def joined(self, model: nn.Module) -> nn.Module:
        """The model, whose gradients are from now on the mean over all processes."""
        return DistributedDataParallel(model) if self.size > 1 else model

    def mean(self, value: Tensor) -> float:
        if self.size > 1:
            value = value / self.size
            distributed.all_reduce(value)
        return value.item()

    def from_first(self, values: list[float], device: torch.device) -> list[float]:
        """The first process's numbers, so that all decide alike."""
        if self.size == 1:
            return values
        sent = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.broadcast(sent, 0)
        return list(sent.tolist())
