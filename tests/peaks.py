"""The peak that `cnnlab.budget` predicts and the one that torch reaches, for every network of the book.

    python tests/peaks.py > tests/reference/peaks.csv          # all: an hour of one core
    python tests/peaks.py --step --batches 1 2 --macs 6e9 resnet

Each network sees images of its own size, in both layouts. Inputs belong to both numbers. What is too large
for the time (MACs of the whole batch) is left out; names are beginnings. A summary goes to stderr.
"""

import argparse
import csv
import gc
import sys

import torch

from cnnlab.budget import memory
from cnnlab.kernels import LAYOUTS
from cnnlab.models import VARIANTS
from cnnlab.profiler import measure_peak_memory, profile

FORMATS = dict(zip(LAYOUTS, (torch.contiguous_format, torch.channels_last), strict=True))
HEAD = "network batch layout step predicted measured percent path".split()


def measured(name, batch, layout, step):
    """Bytes that torch's allocator reaches, with the images."""
    torch.manual_seed(0)
    network = VARIANTS[name].build().train(step).to(memory_format=FORMATS[layout])
    images = torch.rand(batch, *VARIANTS[name].input_shape).to(memory_format=FORMATS[layout])

    def run():
        with torch.set_grad_enabled(step):
            out = network(images)
            parts = [out] if isinstance(out, torch.Tensor) else [*out]
            return torch.autograd.backward(parts, [*map(torch.ones_like, parts)]) if step else out

    return measure_peak_memory(run) + images.nbytes


def lines(name, batch, step):
    found = profile(VARIANTS[name].build, (batch, *VARIANTS[name].input_shape), training=step)
    for layout in LAYOUTS:
        peak, path = found.peaks[layout]
        assert memory(found, layout).peak == peak
        real = measured(name, batch, layout, step)
        yield [name, batch, layout, int(step), peak, real, f"{100 * (peak / real - 1):.2f}", path]
        gc.collect()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", default=[""])
    parser.add_argument("--step", action="store_true", help="of training; else of inference")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 2, 8])
    parser.add_argument("--macs", type=float, default=1e18, help="of a batch, at most")
    given = parser.parse_args()
    torch.set_num_threads(1)
    write, goal, seen = csv.writer(sys.stdout, lineterminator="\n").writerow, 8 if given.step else 5, []
    write(HEAD)
    for name in filter(lambda name: name.startswith(tuple(given.names)), VARIANTS):
        for batch in given.batches:
            if batch * VARIANTS[name].cost.macs * (1 + 2 * given.step) <= given.macs:
                for line in lines(name, batch, given.step):
                    write(line)
                    sys.stdout.flush()
                    seen.append(abs(float(line[6])))
    within = sum(percent <= goal for percent in seen)
    print(f"{within} of {len(seen)} within {goal} %, the worst {max(seen, default=0)} %", file=sys.stderr)


if __name__ == "__main__":
    main()
