"""Active shift: Constructing Fast Network through Deconstruction of Convolution (Jeon & Kim, NeurIPS 2018).

Why should every direction get equally many channels? Here each channel learns where to look: a displacement
(α, β) in pixels, interpolated in between, so that it has a gradient (arXiv:1806.07370). `SparseShift` is from
All You Need is a Few Shifts (Chen et al., CVPR 2019, arXiv:1903.05285): it looks by whole pixels, which costs
nothing, and learns as if it did not.
"""

from functools import partial, reduce

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ReLU, convolution
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant

PAPER = Paper("jeon2018", "Constructing Fast Network through Deconstruction of Convolution", 2018)

DEPTHS = (3, 4, 6, 3)  # blocks with w, 2w, 4w and 8w channels; one more stands before them


def interpolated(x: Tensor, displacement: Tensor, stride: int, reach: int) -> Tensor:
    """O_ij = Σ_nm I_nm · max(0, 1 − |i + α − n|) · max(0, 1 − |j + β − m|), first along i, then along j.

    [N, C, H, W] → [N, C, ⌈H / stride⌉, ⌈W / stride⌉] for α, β [2, C]. All further away than `reach` is 0.
    """
    for pixels in displacement:
        height, padded = x.shape[2], F.pad(x, [0, 0, reach, reach])
        terms = []
        for start in range(2 * reach + 1):
            weight = (1 - (pixels - (start - reach)).abs()).clamp_min(0)
            terms.append(weight[:, None, None] * padded[:, :, start : start + height : stride])
        x = reduce(torch.add, terms).transpose(2, 3)
    return x


def moved(x: Tensor, displacement: Tensor, stride: int, reach: int) -> Tensor:
    """What `interpolated` gives for whole displacements: pixels are fetched, none is multiplied."""
    border = reach + 1  # so that place 0 is always padding
    padded = F.pad(x, [border] * 4)
    down, right = (displacement.clamp(-reach, reach) + border).long()[..., None]
    rows, columns = (torch.arange(0, size, stride, device=x.device) for size in x.shape[2:])
    places = (rows + down)[:, :, None] * padded.shape[3] + (columns + right)[:, None]
    far = (displacement.abs() > reach).any(dim=0)
    places = places.masked_fill(far[:, None, None], 0)
    fetched = padded.flatten(2).gather(2, places.flatten(1).expand(len(x), -1, -1))
    return fetched.reshape(len(x), *places.shape)


class ActiveShift(nn.Module):
    """Each channel looks α pixels down and β right: [N, channels, H, W] → [N, channels, ⌈H / s⌉, ⌈W / s⌉].

    It learns `displacement` [2, channels], up to `reach` pixels. At whole numbers the slope jumps, and torch
    takes 0 there; so it begins between them.
    """

    def __init__(self, channels: int, stride: int = 1, reach: int = 3) -> None:
        super().__init__()
        self.displacement = nn.Parameter(nn.init.uniform_(torch.empty(2, channels), -1, 1))
        self.stride, self.reach = stride, reach

    def forward(self, x: Tensor) -> Tensor:
        return interpolated(x, self.displacement, self.stride, self.reach)


class SparseShift(ActiveShift):
    """Looks by whole pixels, which moves data and computes nothing; learns by `ActiveShift`'s slopes.

    Add a little of `penalty` to the loss, and most channels stay where they are.
    """

    def forward(self, x: Tensor) -> Tensor:
        # The two are equal. Fetching is faster to train; the other's slices tell a receptive field.
        shift = moved if self.training and torch.is_grad_enabled() else interpolated
        whole = shift(x, self.displacement.detach().round(), self.stride, self.reach)
        if not self.displacement.requires_grad:
            return whole
        between = super().forward(x.detach())
        return whole + (between - between.detach())  # adds 0, and a gradient

    def penalty(self) -> Tensor:
        return self.displacement.abs().sum()  # R(α, β) = ‖α‖₁ + ‖β‖₁


class Block(nn.Module):
    """1×1 – active shift – 1×1, added to the input: [N, channels, H, W] → the same."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(in_channels), convolution(in_channels, out_channels, 1)
        self.bn2, self.shift = nn.BatchNorm2d(out_channels), ActiveShift(out_channels, stride)
        self.conv2, self.relu = convolution(out_channels, out_channels, 1), ReLU()

    def shortcut(self, x: Tensor, active: Tensor) -> Tensor:
        return x

    def forward(self, x: Tensor) -> Tensor:
        active = self.relu(self.bn1(x))
        shifted = self.shift(self.relu(self.bn2(self.conv1(active))))
        return self.conv2(shifted) + self.shortcut(x, active)


class DownsamplingBlock(Block):
    """Added to a projection instead: [N, in_channels, H, W] → [N, out_channels, ⌈H / 2⌉, ⌈W / 2⌉]."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, stride=2)
        self.projection = convolution(in_channels, out_channels, 1, stride=2)

    def shortcut(self, x: Tensor, active: Tensor) -> Tensor:
        return self.projection(active)


class ASResNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes]; the first stage has `width` channels."""

    def __init__(self, width: int, num_classes: int = 1000, in_channels: int = 3) -> None:
        super().__init__()
        blocks: list[nn.Module] = [Block(width, width)]
        channels = width
        for scale, depth in zip((1, 2, 4, 8), DEPTHS, strict=True):
            blocks += [DownsamplingBlock(channels, scale * width)]
            channels = scale * width
            blocks += [Block(channels, channels) for _ in range(depth - 1)]
        self.conv0 = convolution(in_channels, width, 3, stride=2)
        self.blocks = nn.Sequential(*blocks, nn.BatchNorm2d(channels), ReLU())
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.blocks(self.conv0(images)).mean(dim=(2, 3)))


VARIANTS = {  # the authors print 0.9, 1.96 and 3.42 M parameters
    "as_resnet_w32": Variant(partial(ASResNet, 32), Cost(params=901_256, macs=166_840_320)),
    "as_resnet_w50": Variant(partial(ASResNet, 50), Cost(params=1_962_950, macs=397_574_400)),
    "as_resnet_w68": Variant(partial(ASResNet, 68), Cost(params=3_424_460, macs=726_866_688)),
}
