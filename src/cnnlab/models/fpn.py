"""FPN: Feature Pyramid Networks for Object Detection (Lin et al., CVPR 2017, arXiv:1612.03144).

A small object shows only in a fine map, and a classifier's fine maps do not know yet what they see: its wise
ones are coarse. So what the coarse maps know flows back to the fine ones, and one small head proposes boxes
on all of them. Names follow torchvision's `fasterrcnn_resnet50_fpn`, which goes on where this ends.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost
from cnnlab.models import Paper, Variant
from cnnlab.models.resnet import DEPTHS, BasicBlock, Block, Bottleneck, Original, ResNet

PAPER = Paper("lin2017", "Feature Pyramid Networks for Object Detection", 2017)

CHANNELS = 256  # "d = 256", of all levels
# Section 4.1: an anchor of each shape at every position of P2 to P6, of 32², 64², 128², 256², 512² pixels.
RATIOS = (0.5, 1, 2)  # height : width


class BottomUp(ResNet):
    """ResNet without its classifier: images [N, in_channels, H, W] → C2 to C5, every stage's last output."""

    def __init__(self, block: type[Block], depths: Sequence[int], in_channels: int = 3) -> None:
        super().__init__(block, depths, in_channels=in_channels)
        del self.fc

    def forward(self, images: Tensor) -> list[Tensor]:  # type: ignore[override]  # there are no scores
        x = self.maxpool(self.relu(self.bn1(self.conv1(images))))
        maps = []
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            maps.append(x := stage(x))
        return maps


class TopDown(nn.Module):
    """C2 to C5 → P2 to P6, of 256 channels each: a 3×3 over W·C plus the coarser level, twice as large."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.inner_blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(w, CHANNELS, 1)) for w in widths)
        self.layer_blocks = nn.ModuleList(
            nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)) for _ in widths
        )

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        laterals = [conv(c) for conv, c in zip(self.inner_blocks, maps, strict=True)]
        merged = [laterals[-1]]
        for lateral in laterals[-2::-1]:
            # Doubling an odd size's half would end a pixel too far: the last is left out.
            doubled = F.interpolate(merged[0], size=lateral.shape[2:], mode="nearest")
            merged.insert(0, lateral + doubled)
        levels = [conv(x) for conv, x in zip(self.layer_blocks, merged, strict=True)]
        return [*levels, F.max_pool2d(levels[-1], kernel_size=1, stride=2)]  # P6: every second unit of P5


class RPNHead(nn.Module):
    """Which anchors hold an object, and how to shift and scale them: the same weights on every level.

    Levels [N, 256, H, W] → objectness [N, A], deltas [N, A, 4], where A = 3 · Σ H · W counts the anchors.
    P2's are first, row by row, the three of a position together.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), ReLU()))
        self.cls_logits = nn.Conv2d(CHANNELS, len(RATIOS), 1)
        self.bbox_pred = nn.Conv2d(CHANNELS, 4 * len(RATIOS), 1)

    def forward(self, levels: list[Tensor]) -> tuple[Tensor, Tensor]:
        features = [self.conv(level) for level in levels]
        objectness = [self.cls_logits(x).permute(0, 2, 3, 1).flatten(1) for x in features]
        deltas = [self.bbox_pred(x).permute(0, 2, 3, 1).reshape(len(x), -1, 4) for x in features]
        return torch.cat(objectness, dim=1), torch.cat(deltas, dim=1)


class FPN(nn.Module):
    """Images [N, in_channels, H, W] → objectness [N, A], deltas [N, A, 4] of A anchors; any H, W ≥ 1.

    `block` and `depths` are those of any ResNet.
    """

    def __init__(self, block: type[Block], depths: Sequence[int], in_channels: int = 3) -> None:
        super().__init__()
        widths = [block.expansion * width for width in (64, 128, 256, 512)]
        body, fpn = BottomUp(block, depths, in_channels), TopDown(widths)
        self.backbone = nn.ModuleDict({"body": body, "fpn": fpn})
        self.rpn = nn.ModuleDict({"head": RPNHead()})

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        levels = self.backbone["fpn"](self.backbone["body"](images))
        return self.rpn["head"](levels)


# The paper's images have a shorter side of 800; this size leads to the numbers of anchors of its Table 1. The
# paper's ResNet saves 256 · 128 · 37,500 + 512 · 256 · 9,350 + 1024 · 512 · 2,350 MACs, in the first 1×1 of
# each stage.
SIZE = (3, 800, 1000)
VARIANTS = {
    "fpn_resnet18": Variant(partial(FPN, BasicBlock, DEPTHS[18]), Cost(14_377_551, 109_431_270_912), SIZE),
    "fpn_resnet50": Variant(partial(FPN, Bottleneck, DEPTHS[50]), Cost(27_446_351, 150_548_557_312), SIZE),
    "fpn_resnet101": Variant(partial(FPN, Bottleneck, DEPTHS[101]), Cost(46_438_479, 210_209_254_912), SIZE),
    "fpn_resnet50_paper": Variant(
        partial(FPN, Original, DEPTHS[50]), Cost(27_446_351, 146_862_157_312), SIZE
    ),
}
