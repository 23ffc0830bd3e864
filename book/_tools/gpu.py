"""What a GPU takes for the networks, layers and guidelines of the book: writes book/_data/gpu.csv.

    python -m book._tools.gpu                        # at most eight minutes, on a GPU that does nothing else
    python -m book._tools.gpu --try --out FILE       # the same in small, on a CPU: seconds

Four parts, the short ones first: the roofline with the layers of chapter 04 on it; guidelines 1 to 4 as
ShuffleNetV2's paper measures them on its GPU; every network's time and peak memory for 1 and for 64 images,
the cheapest first; and the peak that the profiler predicts, without what a CPU's kernels borrow. All in
float32 and in bfloat16, channels last, evaluation mode. Times are medians, with a wait for the GPU before and
after each. Whatever a network refuses (a type, or more memory than there is) stands in its line as words,
and what the time is not enough for is left out.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest import mock

import torch
from torch import Tensor, nn

from book._tools.chapters import ROOT
from book._tools.latency import cheapest_first
from book._tools.record import machine
from cnnlab.cost import conv2d_macs, conv2d_memory_access
from cnnlab.counting import SCRATCH
from cnnlab.figures.explorers import LAYERS
from cnnlab.models import VARIANTS
from cnnlab.profiler import measure_latency, measure_peak_memory, profile

FILE = ROOT / "book" / "_data" / "gpu.csv"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
LAST = torch.channels_last
# The first GPU column of the paper's tables; the others are twice and four times as wide.
PAIRS = {"1:1": (128, 128), "1:2": (90, 180), "1:6": (52, 312), "1:12": (36, 432)}  # Table 1
GROUPS = {1: 128, 2: 180, 4: 256, 8: 360}  # Table 2
SERIES = {1: 128, 2: 90, 4: 64}  # Table 3, channels of so many layers of equal work


class Setting(NamedTuple):
    """How much is measured, and where."""

    device: str
    seconds: float  # in all
    names: list[str]  # networks, the cheapest first
    batches: tuple[int, ...]
    side: int  # of the matrices whose product gives a peak
    copied: int  # numbers whose copy gives the bandwidth
    scales: tuple[int, ...]  # of the paper's channels
    rounds: int


WHOLE = Setting("cuda", 460.0, cheapest_first(), (1, 64), 8192, 2**28, (1, 2, 4), 9)
SMALL = Setting("cpu", 600.0, ["lenet5_modern", "resnet20"], (1, 2), 64, 2**12, (1,), 2)


class Line(NamedTuple):
    """One number, or a refusal in words."""

    part: str  # roofline, a guideline, network, predicted
    what: str
    batch: int
    dtype: str
    quantity: str  # ms, peak_bytes, GFLOPS, GB/s, FLOPs a byte, refused
    value: float | str


def in_turn(rivals: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median milliseconds of each; all have their turn in every round, and the first two do not count."""
    taken: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, call in rivals.items():
            taken[name].append(1e3 * measure_latency(call, runs=2, warmup=2 * (not taken[name])).median)
    return {name: median(ms) for name, ms in taken.items()}


def images(batch: int, channels: int, size: int, to: Setting, dtype: torch.dtype) -> Tensor:
    """Some to measure with, [batch, channels, size, size]."""
    return torch.rand(batch, channels, size, size, device=to.device, dtype=dtype).contiguous(
        memory_format=LAST
    )


# ---- The roofline ----


def roofline(to: Setting, dtype: str) -> Iterator[Line]:
    """The roof's two numbers, and how fast each of chapter 04's layers is, beside its intensity."""
    kind, most, dense = DTYPES[dtype], to.batches[-1], (256, 256, 3, 56, 1)
    square = torch.rand(to.side, to.side, device=to.device, dtype=kind)
    large = torch.rand(to.copied, device=to.device, dtype=kind)
    copy = torch.empty_like(large)
    calls = {"product": lambda: square @ square, "copy": lambda: copy.copy_(large)}
    took = in_turn(calls | {"convolution": layer(dense, most, to, kind)}, to.rounds)
    speed = 2 * to.side**3 / took["product"], 2 * most * conv2d_macs(256, 256, 3, 56) / took["convolution"]
    yield Line("roofline", "product", 1, dtype, "GFLOPS", speed[0] / 1e6)
    yield Line("roofline", "convolution", most, dtype, "GFLOPS", speed[1] / 1e6)
    yield Line("roofline", "copy", 1, dtype, "GB/s", 2 * large.nbytes / took["copy"] / 1e6)
    for batch in to.batches:
        timed = in_turn({name: layer(row, batch, to, kind) for name, row in LAYERS.items()}, to.rounds)
        for name, (inputs, outputs, k, size, groups) in LAYERS.items():
            work = 2 * batch * conv2d_macs(inputs, outputs, k, size, groups=groups)
            maps = conv2d_memory_access(inputs, outputs, k, size, size, groups)
            weights = outputs * (inputs // groups) * k * k
            moved = (batch * (maps - weights) + weights) * kind.itemsize
            yield Line("roofline", name, batch, dtype, "GFLOPS", work / timed[name] / 1e6)
            yield Line("roofline", name, batch, dtype, "FLOPs a byte", work / moved)


def layer(
    row: tuple[int, int, int, int, int], batch: int, to: Setting, dtype: torch.dtype
) -> Callable[[], object]:
    """A call that runs one layer on its images."""
    inputs, outputs, k, size, groups = row
    network = nn.Conv2d(inputs, outputs, k, padding=k // 2, groups=groups)
    return partial(ready(network, to, dtype), images(batch, inputs, size, to, dtype))


def ready(network: nn.Module, to: Setting, dtype: torch.dtype) -> nn.Module:
    """The network in use: there, of that type, channels last."""
    return network.eval().to(to.device, dtype, memory_format=LAST)  # type: ignore[no-any-return, call-overload]


# ---- ShuffleNetV2's guidelines: ten blocks, 56×56, a batch of eight ----


def pointwise(inputs: int, outputs: int, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 1, groups=groups, bias=False)


class Parallel(nn.Module):
    """The same function as one layer's, its outputs made in pieces."""

    def __init__(self, channels: int, count: int) -> None:
        super().__init__()
        self.parts = nn.ModuleList(pointwise(channels, channels // count) for _ in range(count))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([part(x) for part in self.parts], dim=1)


class Bottleneck(nn.Module):
    """ResNet's, without normalization; `act` and `add` are what guideline 4 leaves off."""

    def __init__(self, channels: int, act: nn.Module, add: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.conv1, self.conv3 = pointwise(4 * channels, channels), pointwise(channels, 4 * channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.act, self.add = act, add

    def forward(self, x: Tensor) -> Tensor:
        f = self.conv3(self.act(self.conv2(self.act(self.conv1(x)))))
        after: Tensor = self.act(self.add(f, x))
        return after


def alone(f: Tensor, _: Tensor) -> Tensor:
    return f


def there_and_back(c1: int, c2: int) -> nn.Module:
    return nn.Sequential(pointwise(c1, c2), pointwise(c2, c1))


def series(channels: int, count: int) -> nn.Module:
    return nn.Sequential(*(pointwise(channels, channels) for _ in range(count)))


ACTS = {"ReLU": nn.ReLU(), "no ReLU": nn.Identity()}
ADDS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"sum": torch.add, "no sum": alone}


def rivals(scale: int) -> Iterator[tuple[str, dict[str, tuple[int, Callable[[], nn.Module]]]]]:
    """Each guideline's blocks: what they are called, their channels, and how one is made."""
    wide, narrow = 128 * scale, 32 * scale
    pairs = {name: (c1 * scale, c2 * scale) for name, (c1, c2) in PAIRS.items()}
    yield "guideline 1", {name: (pair[0], partial(there_and_back, *pair)) for name, pair in pairs.items()}
    grouped = {g: c * scale for g, c in GROUPS.items()}
    yield "guideline 2", {f"g = {g}": (c, partial(pointwise, c, c, g)) for g, c in grouped.items()}
    chains = {f"{k} in series": (c * scale, partial(series, c * scale, k)) for k, c in SERIES.items()}
    yield "guideline 3", chains | {f"{k} parallel": (wide, partial(Parallel, wide, k)) for k in (2, 4)}
    bottlenecks: dict[str, tuple[int, Callable[[], nn.Module]]] = {
        f"{act}, {add}": (4 * narrow, partial(Bottleneck, narrow, ACTS[act], ADDS[add]))
        for act in ACTS
        for add in ADDS
    }
    yield "guideline 4", bottlenecks


def guidelines(to: Setting, dtype: str) -> Iterator[Line]:
    """The milliseconds of ten such blocks, for each guideline and width."""
    kind, batch = DTYPES[dtype], 8 if to.device == "cuda" else 1
    for scale in to.scales:
        for guideline, blocks in rivals(scale):
            calls = {
                name: partial(
                    ready(nn.Sequential(*(make() for _ in range(10))), to, kind),
                    images(batch, channels, 56, to, kind),
                )
                for name, (channels, make) in blocks.items()
            }
            for name, ms in in_turn(calls, to.rounds).items():
                yield Line(guideline, f"{name}, ×{scale}", batch, dtype, "ms", ms)


# ---- The networks ----


def networks(to: Setting, until: float) -> Iterator[Line]:
    """Every network's time and peak memory, in both types, as far as the time goes."""
    for name in to.names:
        with torch.device(to.device):
            network = VARIANTS[name].build()
        for dtype, kind in DTYPES.items():
            for batch in to.batches:
                if time.perf_counter() > until:
                    return
                yield from network_lines(name, ready(network, to, kind), batch, dtype, to)


def network_lines(name: str, network: nn.Module, batch: int, dtype: str, to: Setting) -> Iterator[Line]:
    """A network's time, and the most memory beyond its weights, images included."""
    make = partial(images, batch, *VARIANTS[name].input_shape[:2], to, DTYPES[dtype])
    try:
        latency = measure_latency(partial(network, make()), runs=5, warmup=2)
        peak = measure_peak_memory(lambda: network(make()))
        yield Line("network", name, batch, dtype, "ms", 1e3 * latency.median)
        yield Line("network", name, batch, dtype, "peak_bytes", peak)
    except RuntimeError as refused:  # of memory, too
        yield Line("network", name, batch, dtype, "refused", str(refused).splitlines()[0])


def predicted(to: Setting, until: float) -> Iterator[Line]:
    """The most bytes alive at once, images included, by the profiler; no GPU has a part in it."""
    for name in to.names:
        for dtype, kind in DTYPES.items():
            for batch in to.batches:
                if time.perf_counter() > until:
                    return
                with mock.patch.dict(SCRATCH, clear=True):
                    found = profile(VARIANTS[name].build, (batch, *VARIANTS[name].input_shape), dtype=kind)
                most = max(held for _, held in found.timeline)
                yield Line("predicted", name, batch, dtype, "peak_bytes", most)


# ---- The record ----


def lines(to: Setting) -> Iterator[Line]:
    """All that is measured, the short parts first; the networks leave a fifth of the time for predictions."""
    start = time.perf_counter()
    with torch.inference_mode():
        for part in (roofline, guidelines):
            for dtype in DTYPES:
                yield from part(to, dtype)
        yield from networks(to, start + 0.8 * to.seconds)
    yield from predicted(to, start + to.seconds)


def head(to: Setting) -> dict[str, str]:
    told = machine("python -m book._tools.gpu")
    if to.device == "cuda":
        told["gpu"] = torch.cuda.get_device_name()
        told["cuda"] = str(torch.version.cuda)
    return told | {"tf32": "off", "layout": "channels last"}


def write(found: Iterable[Line], to: Setting, file: Path) -> int:
    """The record, line by line, so that what an end too soon leaves can be read; how many lines it has."""
    told = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"# {key}: {value}\n" for key, value in head(to).items())
        table = csv.writer(out, lineterminator="\n")
        table.writerow(Line._fields)
        for line in found:
            value = f"{line.value:.6g}" if isinstance(line.value, float) else line.value
            table.writerow(line._replace(value=value))
            out.flush()
            told += 1
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--try", dest="small", action="store_true", help="in small, on a CPU")
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    to = SMALL if given.small else WHOLE
    if to.device == "cuda" and not torch.cuda.is_available():
        sys.exit("cnnlab: torch sees no GPU here; `python -m book._tools.gpu --try --out FILE` needs none")
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    print(f"cnnlab: {write(lines(to), to, given.out)} lines in {given.out.name}")


if __name__ == "__main__":
    main()
