"""Wide ResNet: Wide Residual Networks (Zagoruyko & Komodakis, BMVC 2016, arXiv:1605.07146).

A thousand thin layers wait for one another, and most of them add little. Sixteen to forty layers of k times
the width do as well and keep a graphics card busy: WRN-40-4 trains eight times as fast as ResNet-1001, says
the paper. CIFAR's networks are of pre-activated basic units; ImageNet's are ResNets whose 3×3 convolutions
have twice the channels, with torchvision's parameter names, so its weights load directly.
"""

from functools import partial

from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.preact_resnet import PreActResNet
from cnnlab.models.resnet import DEPTHS, Bottleneck, ResNet
from cnnlab.models.resnet_cifar import IMAGE, thirds

PAPER = Paper("zagoruyko2016", "Wide Residual Networks", 2016)


class WideBottleneck(Bottleneck):
    group_width = 128  # torchvision's and the authors' "2": only inside, where a channel costs least


def wrn(depth: int, k: int) -> partial[PreActResNet]:
    """WRN-depth-k, table 1; `depth` is 6n + 4. ValueError where it is not, or where k is no factor."""
    if k < 1:
        raise ValueError(f"a network cannot be {k} times as wide")
    return partial(PreActResNet, thirds(depth, 2, others=4), widths=(16 * k, 32 * k, 64 * k))


# The paper prints 36.5, 8.9 and 11.0 million for the networks of CIFAR, 68.9 for WRN-50-2-bottleneck.
VARIANTS = {
    "wide_resnet50_2": Variant(partial(ResNet, WideBottleneck, DEPTHS[50]), Cost(68_883_240, 11_398_021_120)),
    "wide_resnet101_2": Variant(
        partial(ResNet, WideBottleneck, DEPTHS[101]), Cost(126_886_696, 22_753_050_624)
    ),
    "wrn28_10": Variant(wrn(28, 10), Cost(36_479_194, 5_243_328_768), IMAGE),
    "wrn40_4": Variant(wrn(40, 4), Cost(8_949_210, 1_298_582_016), IMAGE),
    "wrn16_8": Variant(wrn(16, 8), Cost(10_961_370, 1_548_145_664), IMAGE),
}
