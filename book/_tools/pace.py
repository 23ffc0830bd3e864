"""Prints, every two seconds until its input ends, how many times as long work takes here and now.

As where the chapters' minutes were measured, that is. A processor is not one speed: chapter 09 took 34,
58 and 119 seconds of one on three days, on machines of one name, and each took half as long again while
somebody else used the other half of a core. So what a chapter takes is measured beside a piece of work of
its kind, and told in minutes of the machine on which the pace is 1.

    python -m book._tools.pace
"""

import select
import sys
import time

import torch
from torch import nn

SECONDS = 0.0137  # of a processor, for the work below: 0.048 where chapter 09 took 119, times 34 / 119
EVERY_SECONDS = 2.0


def block() -> nn.Module:
    return nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())


def main() -> None:
    model = nn.Sequential(*(block() for _ in range(20)))
    images = torch.randn(128, 8, 8, 8)
    model(images).sum().backward()  # the first time it chooses its kernels
    ended = False
    while not ended:
        begun = time.process_time()
        model(images).sum().backward()
        print((time.process_time() - begun) / SECONDS, flush=True)
        ended = bool(select.select([sys.stdin], [], [], EVERY_SECONDS)[0])


if __name__ == "__main__":
    main()
