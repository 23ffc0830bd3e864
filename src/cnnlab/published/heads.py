"""Where chapter 15 finds the heads of its table 7, until it names their room: `networks.segmenters`."""

from cnnlab.published.networks.segmenters import CITYSCAPES

__all__ = ["CITYSCAPES"]
