"""PNASNet-5: a cell found from simple to complex (Liu et al., ECCV 2018, arXiv:1712.00559).

NASNet's search trains 20,000 networks, each drawn whole. Here cells of one sum come first; a surrogate learns
from their accuracy which of the many with one more sum are worth training, up to five. One cell does for both
jobs: to halve the map it takes its first steps with stride 2.
"""

from functools import partial

from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.nasnet import Cell, Drawing, NASNet, Planned

PAPER = Paper("liu2018", "Progressive Neural Architecture Search", 2018)

# Figure 1, in NASNet's numbers
PNAS_5 = Drawing(
    (
        (("sep5x5", 0), ("max3x3", 0)),
        (("sep7x7", 1), ("max3x3", 1)),
        (("sep5x5", 1), ("sep3x3", 1)),
        (("sep3x3", 4), ("max3x3", 1)),
        (("sep3x3", 0), ("same", 1)),
    ),
    stacked=(2, 3, 4, 5, 6),
)


class PNASNet(NASNet):
    """NASNet's stack of this cell: [N, in_channels, H, W] → class scores [N, num_classes]."""

    def plan(self, n: int, channels: int) -> list[Planned]:
        """Two small reductions, then n cells three times; a reduction is the first of the n, not one more."""
        plan = [Planned(Cell, PNAS_5, channels // part, 2) for part in (4, 2)]
        for times in (1, 2, 4):
            first = Planned(Cell, PNAS_5, times * channels, 1 if times == 1 else 2)
            plan += [first, *[first._replace(stride=1)] * (n - 1)]
        return plan


VARIANTS = {
    "pnasnet_5_mobile": Variant(partial(PNASNet, 3, 54, 32), Cost(params=5_064_487, macs=587_293_200)),
    "pnasnet_5_large": Variant(
        partial(PNASNet, 4, 216, 96), Cost(params=86_057_668, macs=24_937_395_792), (3, 331, 331)
    ),
}
