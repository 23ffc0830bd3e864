"""How long each network of the book takes for one image on this machine: writes src/cnnlab/latency.csv.

    python -m book._tools.latency            # at most three minutes, on a machine that does nothing else
    python -m book._tools.latency --seconds 60

Batch 1, one thread, float32, evaluation mode, PyTorch's default layout; the image has the size that the
network was published for. Two passes: the cheapest networks (by MACs) come first in one and last in the
other, so that what was disturbed shows. What the time is not enough for is left out. Each number is a median
of 3 to 15 runs after 2 that do not count.
"""

import argparse
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import torch

from book._tools.chapters import ROOT
from book._tools.record import machine
from cnnlab.models import VARIANTS

FILE = ROOT / "src" / "cnnlab" / "latency.csv"
COLUMNS = ["name", "first_ms", "second_ms", "runs"]
SECONDS, MOST, LEAST, A_NETWORK = 180.0, 15, 3, 0.5  # in all; runs at most and at least; seconds a network


def cheapest_first() -> list[str]:
    return sorted(VARIANTS, key=lambda name: VARIANTS[name].cost.macs)


def milliseconds(name: str) -> tuple[float, int]:
    """The median of some runs on one image, and how many they were."""
    torch.manual_seed(0)
    network, image = VARIANTS[name].build().eval(), torch.rand(1, *VARIANTS[name].input_shape)
    taken: list[float] = []
    with torch.inference_mode():
        for _ in range(2):
            network(image)
        while len(taken) < LEAST or (sum(taken) < A_NETWORK and len(taken) < MOST):
            start = time.perf_counter()
            network(image)
            taken.append(time.perf_counter() - start)
    return 1e3 * median(taken), len(taken)


def one_pass(names: list[str], until: float) -> dict[str, tuple[float, int]]:
    """What each network takes, in this order, until the time is over."""
    found = {}
    for name in names:
        if time.perf_counter() > until:
            break
        found[name] = milliseconds(name)
    return found


def lines(seconds: float) -> Iterator[list[object]]:
    """A line a network that both passes reached, the cheapest first."""
    start = time.perf_counter()
    first = one_pass(cheapest_first(), start + 0.45 * seconds)
    second = one_pass([*first][::-1], float("inf"))
    for name, (took, runs) in first.items():
        again, more = second[name]
        yield [name, f"{took:.3f}", f"{again:.3f}", runs + more]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = list(lines(given.seconds))
    command = f"python -m book._tools.latency --seconds {given.seconds:g}"
    with given.out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {key}: {value}\n" for key, value in machine(command).items())
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *found])
    print(f"{len(found)} of {len(VARIANTS)} networks in {given.out.name}")


if __name__ == "__main__":
    main()
