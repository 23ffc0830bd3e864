"""CapsNet: Dynamic Routing Between Capsules (Sabour, Frosst & Hinton, NIPS 2017, arXiv:1710.09829).

Max pooling keeps that a part is there and forgets where, so any arrangement of an eye, a nose and a mouth is
a face. A capsule is a vector: its length says that a thing is there, its direction how. Capsules predict the
pose of each whole that they may be a part of, and are routed to the wholes on which their predictions agree.
"""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnlab.blocks import ReLU
from cnnlab.cost import Cost, conv2d_output_size
from cnnlab.models import Paper, Variant

PAPER = Paper("sabour2017", "Dynamic Routing Between Capsules", 2017)

# Section 4: kinds of primary capsules, the length of their vectors and of those of the classes.
TYPES, POSE, CLASS_POSE = 32, 8, 16


def squash(s: Tensor) -> Tensor:
    """Shrink the vectors of the last axis to a length below 1 (equation 1): |s|² / (1 + |s|²) · s / |s|."""
    length = s.norm(dim=-1, keepdim=True)
    return s * length / (1 + length.square())  # a vector of no length stays one


def margin_loss(lengths: Tensor, labels: Tensor) -> Tensor:
    """Sum over the classes, mean over the images (equation 4): [N, num_classes], [N] → a number.

    A class that is there should be longer than 0.9, the others shorter than 0.1; those weigh half.
    """
    present = F.one_hot(labels, lengths.shape[1])
    losses = present * F.relu(0.9 - lengths).square() + 0.5 * (1 - present) * F.relu(lengths - 0.1).square()
    return losses.sum(dim=1).mean()


class PrimaryCapsules(nn.Conv2d):
    """A 9×9 convolution whose channels are vectors: [N, in_channels, H, W] → [N, 32 · H' · W', 8]."""

    def __init__(self, in_channels: int) -> None:
        super().__init__(in_channels, TYPES * POSE, kernel_size=9, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        poses = super().forward(x).unflatten(1, (TYPES, POSE))  # type: ignore[no-untyped-call]  # torch's
        return squash(poses.movedim(2, -1).flatten(1, 3))


class RoutedCapsules(nn.Module):
    """Routing by agreement (procedure 1): [N, inputs, 8] → [N, outputs, 16]; at least 1 iteration.

    weight[i, j] turns the vector of input i into what it predicts of output j.
    """

    def __init__(self, inputs: int, outputs: int, iterations: int) -> None:
        super().__init__()
        if iterations < 1:
            raise ValueError(f"routing takes at least 1 iteration; got {iterations}")
        self.weight = nn.Parameter(0.1 * torch.randn(inputs, outputs, POSE, CLASS_POSE))
        self.iterations = iterations

    def forward(self, u: Tensor) -> Tensor:
        predictions = torch.einsum("nip,ijpd->nijd", u, self.weight)
        logits = torch.zeros_like(predictions[..., 0])
        v = self.agreed(predictions, logits)
        for _ in range(self.iterations - 1):  # procedure 1 changes the logits once more, for nobody
            logits = logits + torch.einsum("nijd,njd->nij", predictions, v)
            v = self.agreed(predictions, logits)
        return v

    def agreed(self, predictions: Tensor, logits: Tensor) -> Tensor:
        """[N, inputs, outputs, 16], [N, inputs, outputs] → [N, outputs, 16]: shares add up to 1."""
        return squash(torch.einsum("nij,nijd->njd", logits.softmax(dim=2), predictions))


class CapsNet(nn.Module):
    """Images [N, in_channels, H, W] → class scores [N, num_classes], the lengths of the last capsules.

    In training also the images that the decoder makes of one capsule, that of `labels` or else the longest.
    `image_size` is (H, W), at least 17, as every place has its own weights. ValueError for other images.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        image_size: tuple[int, int] = (28, 28),
        iterations: int = 3,
    ) -> None:
        super().__init__()
        rows, columns = (conv2d_output_size(conv2d_output_size(n, 9), 9, stride=2) for n in image_size)
        self.conv1 = nn.Sequential(nn.Conv2d(in_channels, 256, kernel_size=9), ReLU())  # 20×20 of 28×28
        self.primary = PrimaryCapsules(256)  # 32 at each of 6×6 places
        self.digits = RoutedCapsules(TYPES * rows * columns, num_classes, iterations)
        self.image_size = tuple(image_size)
        self.decoder = nn.Sequential(  # its squared errors, summed, weigh 0.0005 beside the margin loss
            nn.Linear(num_classes * CLASS_POSE, 512), ReLU(), nn.Linear(512, 1024), ReLU(),
            nn.Linear(1024, in_channels * prod(image_size)), nn.Sigmoid(),
            nn.Unflatten(1, (in_channels, *image_size)),
        )  # fmt: skip

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor | tuple[Tensor, Tensor]:
        if images.shape[2:] != self.image_size:
            raise ValueError(f"built for images of {self.image_size}, not {tuple(images.shape[2:])}")
        capsules = self.digits(self.primary(self.conv1(images)))
        lengths = capsules.norm(dim=2)
        if not self.training:
            return lengths
        mask = F.one_hot(lengths.argmax(dim=1) if labels is None else labels, lengths.shape[1])
        return lengths, self.decoder((capsules * mask[..., None]).flatten(1))


# Section 4 says 8.2 M parameters, 6.8 M of them before the decoder: 20,992 + 5,308,672 of the convolutions,
# 1152 · 10 · 8 · 16 = 1,474,560 of the predictions, 82,432 + 525,312 + 803,600 of the decoder. MACs of the
# scores: 8,294,400 + 191,102,976 + 1,474,560, and 1152 · 10 · 16 for each of 3 sums and 2 agreements.
VARIANTS = {
    "capsnet": Variant(CapsNet, Cost(params=8_215_568, macs=201_793_536), (1, 28, 28)),
}
