"""Where the heads of MobileNetV3's table 7 were until release 0.1: they are in `networks.segmenters`."""

from typing import TYPE_CHECKING

from cnnlab.deprecated import old_names

if not TYPE_CHECKING:
    __getattr__ = old_names(__name__, {"CITYSCAPES": "cnnlab.published.networks.segmenters.CITYSCAPES"})
