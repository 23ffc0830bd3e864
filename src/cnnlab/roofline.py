"""How long a network takes for its images, predicted by two numbers that are measured on this machine.

    roof = fit(measured())                         # twenty networks of the book: less than a minute
    roof.seconds(profile(model)), roof.typical     # and by which factor it is usually wrong

An operator takes as long as its MACs or its bytes need, whichever is more; a network takes their sum. The two
rates are those for which the twenty networks' ratios of measured to predicted time spread least. The errors
are those of each of the twenty, predicted from the nineteen others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from cnnlab.models import VARIANTS
from cnnlab.profiler import Profile, measure_latency, profile

__all__ = ["NETWORKS", "Roofline", "Timed", "fit", "measured"]

NETWORKS = """
    shufflenet_v1_g3_x0_25 mobilenet_v1_x0_25 mobilenet_v2_x0_35 shufflenet_v2_x0_5 mobilenet_v3_small
    shufflenet_v1_g3 mobilenet_v3_large_x0_75 squeezenet1_1 shufflenet_v2_x1_0 ghostnet mobilenet_v1_x0_5
    mobilenet_v2 efficientnet_b0 squeezenet1_0 mobilenet_v1 resnet20 resnet56 alexnet resnet18 googlenet
""".split()
RIDGES = np.geomspace(0.1, 100, 120)  # MACs a byte at which an operator's two times are equal


class Timed(NamedTuple):
    """A network's operators, and the seconds that one use took."""

    work: np.ndarray  # [operators, 2]: MACs and bytes moved
    seconds: float


class Roofline(NamedTuple):
    """What a machine does in a second, as far as twenty networks tell."""

    macs: float
    moved_bytes: float
    factors: tuple[float, ...] = ()  # measured by predicted time, each network left out once

    @property
    def typical(self) -> float:
        """The factor by which half of the networks are wrong, or less."""
        return float(np.exp(np.median(np.abs(np.log(self.factors)))))

    @property
    def worst(self) -> float:
        return float(np.exp(np.abs(np.log(self.factors)).max()))

    def seconds(self, found: Profile) -> float:
        """The time that is predicted for what was profiled, way back included if that was."""
        macs, moved = _work(found).T
        return float(np.maximum(macs / self.macs, moved / self.moved_bytes).sum())


def measured(names: Iterable[str] = NETWORKS, runs: int = 7) -> list[Timed]:
    """Networks of the book with one image each, in evaluation mode and as many threads as torch has now."""
    return [_timed(name, runs) for name in names]


def _timed(name: str, runs: int) -> Timed:
    variant = VARIANTS[name]
    network, image = variant.build().eval(), torch.rand(1, *variant.input_shape)
    with torch.inference_mode():
        latency = measure_latency(partial(network, image), runs)
    return Timed(_work(profile(variant.build, tuple(image.shape))), latency.median)


def _work(found: Profile) -> np.ndarray:
    return np.array([(row.macs, row.moved_bytes) for row in found.counted], dtype=float)


def fit(timed: Sequence[Timed]) -> Roofline:
    """The two rates, and each network's error. ValueError for fewer than three networks."""
    if len(timed) < 3:
        raise ValueError(f"two rates and an error need at least 3 networks; got {len(timed)}")
    sums = [[np.maximum(macs, ridge * moved).sum() for ridge in RIDGES] for macs, moved in map(_axes, timed)]
    logs = np.log([[one.seconds] for one in timed]) - np.log(sums)  # seconds for each of these MACs
    macs, ridge = _best(logs)
    apart = [logs[k, np.argmin(others.std(axis=0))] - _best(others)[0] for k, others in _left_out(logs)]
    return Roofline(1 / np.exp(macs), 1 / (np.exp(macs) * ridge), tuple(np.exp(apart)))


def _axes(one: Timed) -> np.ndarray:
    return one.work.T


def _best(logs: np.ndarray) -> tuple[float, float]:
    """The logarithm of the seconds for a MAC, and the ridge, where the networks agree most."""
    place = int(np.argmin(logs.std(axis=0)))
    return float(logs[:, place].mean()), float(RIDGES[place])


def _left_out(logs: np.ndarray) -> Iterable[tuple[int, np.ndarray]]:
    return ((k, np.delete(logs, k, axis=0)) for k in range(len(logs)))
