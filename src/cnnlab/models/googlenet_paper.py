"""GoogLeNet as its paper has it: Going Deeper with Convolutions (Szegedy et al., CVPR 2015, arXiv:1409.4842).

Before batch normalization, 22 layers hardly passed a gradient back: in training, two auxiliary heads make the
middle of the network answer too. Convolutions have biases, 5×5 kernels are 5×5, and the stem normalizes over
neighbouring channels as AlexNet did.
"""

from torch import Tensor, nn

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.alexnet import FOLLOWS
from cnnlab.models.googlenet import AuxiliaryHead, GoogLeNet, Inception

PAPER = Paper("szegedy2015", "Going Deeper with Convolutions", 2015)


class ConvReLU(nn.Sequential):
    """Convolution with a bias → ReLU: [N, in_channels, H, W] → [N, out_channels, H', W']."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int | str = "same",
    ) -> None:
        super().__init__(nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding), ReLU())


class PaperInception(Inception):
    """Figure 2b to the letter: [N, in_channels, H, W] → [N, out_channels, H, W]."""

    conv = ConvReLU
    large = 5


class PaperHead(AuxiliaryHead):
    """Section 5: [N, in_channels, 14, 14] → [N, num_classes]; 15 and 16 are pooled to 4×4 too."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__(in_channels, num_classes)
        self.pool = nn.AvgPool2d(kernel_size=5, stride=3)
        self.conv = ConvReLU(in_channels, 128, 1)


class PaperGoogLeNet(GoogLeNet):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; H = W = 224, at least 31.

    In training also those of the auxiliary heads, the later one first; then 223 to 270, which their linear
    layers ask for.
    """

    module, head = PaperInception, PaperHead

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, dropout: float = 0.4) -> None:
        super().__init__(num_classes, in_channels, dropout)
        self.norm = FOLLOWS["norm"]()  # Figure 3 names it without its constants: AlexNet's
        self.last_pool = self.pool

    def stem(self, images: Tensor) -> Tensor:
        x = self.norm(self.pool(self.conv1(images)))
        return self.pool(self.norm(self.conv3(self.conv2(x))))


# Added up from Table 1 in a test. The table's own counts, of K = 1,024 weights, disagree with its widths from
# 4a on; the 2.7K and 34M of its first row are those of the separable layer that `bn_inception_paper` has.
VARIANTS = {
    "googlenet_paper": Variant(PaperGoogLeNet, Cost(params=13_378_280, macs=1_582_671_872)),
}
