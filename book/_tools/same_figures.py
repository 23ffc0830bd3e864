"""Whether a cell draws the figures that are committed, to the eye of a reader.

Pixels differ a little from one version of a library to the next, so figures are not compared byte by
byte; a mark painted by hand, a moved bar or a lost figure is seen.
"""

import base64
import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

MEAN_DIFFERENCE = 0.02  # of the range from black to white, over the whole figure
BLOCK, BLOCK_DIFFERENCE = 8, 0.3  # pixels; a patch painted by hand hides in the mean of a large figure


def figures(outputs: Iterable[Any]) -> list[bytes]:
    """The PNGs among a cell's outputs."""
    data = [output.get("data", {}) for output in outputs]
    return [base64.b64decode(each["image/png"]) for each in data if "image/png" in each]


def difference(committed: bytes, fresh: bytes) -> str:
    """How two PNGs differ, in a sentence; "" when a reader would see no difference."""
    one, other = (Image.open(io.BytesIO(each)).convert("RGB") for each in (committed, fresh))
    if one.size != other.size:
        return f"{one.size[0]}×{one.size[1]} pixels are committed, {other.size[0]}×{other.size[1]} come out"
    apart = np.abs(np.asarray(one, float) - np.asarray(other, float)).mean(axis=2) / 255
    if (mean := apart.mean()) > MEAN_DIFFERENCE:
        return f"{mean:.1%} of the range apart on average, more than {MEAN_DIFFERENCE:.0%}"
    worst = np.asarray(Image.fromarray(apart).reduce(BLOCK)).max()
    return f"{worst:.0%} of the range apart in one spot" if worst > BLOCK_DIFFERENCE else ""


def differences(committed: Iterable[Any], fresh: Iterable[Any]) -> list[str]:
    """A sentence for each figure among a cell's fresh outputs that is not as it is committed."""
    before, after = figures(committed), figures(fresh)
    if len(before) != len(after):
        return [f"{len(before)} figures are committed, {len(after)} come out"]
    return [found for pair in zip(before, after, strict=True) if (found := difference(*pair))]
