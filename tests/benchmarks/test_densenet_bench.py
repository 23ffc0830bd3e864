"""What DenseNet-121 takes in training at batch 8, as it is and in its memory-efficient form."""

from statistics import median
from time import thread_time

import torch
from torch.nn import functional as F

from cnnlab.models import VARIANTS
from cnnlab.profiler import measure_peak_memory

NAMES = ("densenet121", "densenet121_efficient")


def test_half_the_memory_is_enough(benchmark):
    """The goal: at most 50 % of the plain form's peak, forward, loss and backward at 224 pixels."""
    torch.set_num_threads(1)
    images, targets = torch.randn(8, 3, 224, 224), torch.arange(8)
    peaks, times = {}, {name: [] for name in NAMES}
    models = {name: VARIANTS[name].build().train() for name in NAMES}

    def step(name):
        models[name].zero_grad(set_to_none=True)
        F.cross_entropy(models[name](images), targets).backward()

    for name in NAMES:
        peaks[name] = measure_peak_memory(lambda name=name: step(name))
    for _ in range(3):
        for name in NAMES:
            start = thread_time()
            step(name)
            times[name].append(thread_time() - start)
    (plain, efficient), (fast, slow) = peaks.values(), map(median, times.values())
    benchmark.extra_info.update(peaks)
    benchmark.pedantic(lambda: step(NAMES[1]), rounds=1)
    print(f"\n\n{plain / 2**20:.0f} MiB, {efficient / 2**20:.0f} memory-efficient: {efficient / plain:.1%}")
    print(f"{fast:.2f} s a step, {slow:.2f} memory-efficient: {slow / fast:.2f}×")
    assert efficient <= 0.5 * plain
