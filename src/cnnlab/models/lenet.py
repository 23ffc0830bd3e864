"""LeNet-5: Gradient-Based Learning Applied to Document Recognition (LeCun et al., Proc. of the IEEE 1998).

A layer that joins every pixel to every unit learns each stroke anew at each place. So a unit sees a small
field, all units of a map share their weights, and maps are halved: what is there matters more than where.
`lenet5` is the paper's network; in `lenet5_full` C3 sees all maps of S2; `lenet5_modern` is what the name
means today.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce

import torch
from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("lecun1998", "Gradient-Based Learning Applied to Document Recognition", 1998)

# Table I: the maps of S2 (rows) that each map of C3 (columns) sees. Each sees others, and so learns another.
TABLE_1 = (
    "X . . . X X X . . X X X X . X X",
    "X X . . . X X X . . X X X X . X",
    "X X X . . . X X X . . X . X X X",
    ". X X X . . X X X X . . X . X X",
    ". . X X X . . X X X X . X X . X",
    ". . . X X X . . X X X X . X X X",
)
ALL = 6 * (" ".join(16 * "X"),)


def squash(x: Tensor) -> Tensor:
    """A tanh(Sx) of each element (section II.B): ±1 at ±1, where it bends most and is far from flat."""
    return 1.7159 * torch.tanh(2 / 3 * x)


def subsampling(channels: int) -> nn.Sequential:
    """The sum of 2×2 inputs times a coefficient, plus a bias: [N, C, H, W] → [N, C, ⌊H / 2⌋, ⌊W / 2⌋]."""
    total = nn.AvgPool2d(kernel_size=2, divisor_override=1)
    return nn.Sequential(total, nn.Conv2d(channels, channels, kernel_size=1, groups=channels))


class PartialConv(nn.Module):
    """5×5 kernels where a table of maps has an X: [N, rows, H, W] → [N, columns, H − 4, W − 4]."""

    def __init__(self, table: Sequence[str]) -> None:
        super().__init__()
        columns = zip(*(row.split() for row in table), strict=True)
        self.seen = [[i for i, mark in enumerate(column) if mark == "X"] for column in columns]
        self.maps = nn.ModuleList(nn.Conv2d(len(seen), 1, kernel_size=5) for seen in self.seen)

    def forward(self, x: Tensor) -> Tensor:
        rows = torch.split(x, 1, dim=1)
        inputs = [torch.cat([rows[i] for i in seen], dim=1) for seen in self.seen]
        return torch.cat([conv(x) for conv, x in zip(self.maps, inputs, strict=True)], dim=1)


class RBF(nn.Module):
    """Minus the squared distance to each class's fixed code of ±1: [N, units] → [N, num_classes].

    Equation 7, whose codes are 7×12 pictures of the characters; the paper draws but does not list them. It
    says that an error correcting code would do: ours are rows of a Hadamard matrix, any two far apart.
    """

    codes: Tensor

    def __init__(self, units: int, num_classes: int) -> None:
        super().__init__()
        if num_classes > (rows := 2 ** units.bit_length()):
            raise ValueError(f"{units} units have {rows} codes, too few for {num_classes} classes")
        doubling = torch.tensor([[1.0, 1.0], [1.0, -1.0]])
        hadamard = reduce(torch.kron, units.bit_length() * [doubling])
        self.register_buffer("codes", hadamard[:num_classes, 1 : units + 1])  # column 0 is the same for all

    def forward(self, x: Tensor) -> Tensor:
        return -(x[:, None] - self.codes).square().sum(dim=2)


class LeNet5(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 32 in the paper, at least 32."""

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, connections: Sequence[str] = TABLE_1
    ) -> None:
        super().__init__()
        self.c1, self.s2 = nn.Conv2d(in_channels, 6, kernel_size=5), subsampling(6)  # 28×28, 14×14
        self.c3, self.s4 = PartialConv(connections), subsampling(16)  # 10×10, 5×5
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)  # 1×1; more of a larger image, whose mean goes on
        self.f6 = nn.Linear(120, 84)
        self.output = RBF(84, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        x = squash(self.s2(squash(self.c1(images))))
        x = squash(self.s4(squash(self.c3(x))))
        return self.output(squash(self.f6(squash(self.c5(x)).mean(dim=(2, 3)))))


class LeNet5Modern(nn.Sequential):
    """With ReLU, pooling that learns nothing (or nn.AvgPool2d), all pairs of maps and linear scores.

    Images [N, in_channels, H, W] → class scores [N, num_classes]; H and W at least 32.
    """

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, pool: Callable[[int], nn.Module] = nn.MaxPool2d
    ) -> None:
        super().__init__(
            nn.Conv2d(in_channels, 6, kernel_size=5), ReLU(), pool(2),
            nn.Conv2d(6, 16, kernel_size=5), ReLU(), pool(2),
            nn.Conv2d(16, 120, kernel_size=5), ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(120, 84), ReLU(), nn.Linear(84, num_classes),
        )  # fmt: skip


# The paper prints what C1 to F6 learn: 156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000. Their MACs:
# 117,600 + 1,176 + 150,000 + 400 + 48,000 + 10,080. Table I has 60 kernels, `lenet5_full` all 96: 900 weights
# and 90,000 MACs more. `lenet5_modern` has S2's and S4's less, and 850 parameters and 840 MACs in the output.
VARIANTS = {
    "lenet5": Variant(LeNet5, Cost(params=60_000, macs=327_256), (1, 32, 32)),
    "lenet5_full": Variant(partial(LeNet5, connections=ALL), Cost(60_900, 417_256), (1, 32, 32)),
    "lenet5_modern": Variant(LeNet5Modern, Cost(params=61_706, macs=416_520), (1, 32, 32)),
}
