"""Whether a cell draws the figures that are committed.

A figure of `cnnlab.figures` says in its PNG what it draws (curves, bars and labels by their place in the
panel, which no version of matplotlib moves) and seals its pixels. So a moved panel is the same figure, a
changed curve is another one, and a mark painted by hand breaks the seal.

Where one of the two says nothing, their pixels are compared, to the eye of a reader.
"""

import base64
import io
import json
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import numpy as np
from PIL import Image

from cnnlab.figures.style import seal

NEAR = 5  # thousandths of a panel, or of the range from black to white
MEAN_DIFFERENCE = 0.02  # of the range from black to white, over the whole figure
BLOCK, BLOCK_DIFFERENCE = 8, 0.3  # pixels; a patch painted by hand hides in the mean of a large figure

PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/]+=*")  # in base64, as notebooks and pages of HTML keep it
# What nbval leaves out when it compares texts: the pictures of an animation, and its name, made of them.
PICTURES = {PNG: "PNG", re.compile(r"animation-[0-9a-f]{8}"): "ANIMATION"}


def figures(outputs: Iterable[Any]) -> list[bytes]:
    """The PNGs among a cell's outputs: its figures, and the pictures of its animations, each once."""
    kinds = ("image/png", "text/html")
    texts = [output.get("data", {}).get(kind, "") for output in outputs for kind in kinds]
    pictures = [found for text in texts for found in dict.fromkeys(PNG.findall(text))]
    return [base64.b64decode(picture) for picture in pictures]


def difference(committed: bytes, fresh: bytes) -> str:
    """How two PNGs differ, in a sentence; "" when they are the same figure."""
    one, other = (Image.open(io.BytesIO(each)) for each in (committed, fresh))
    if one.size != other.size:
        return f"{one.size[0]}×{one.size[1]} pixels are committed, {other.size[0]}×{other.size[1]} come out"
    if "drawn" not in one.info or "drawn" not in other.info:
        return pixels_apart(one, other)
    for name, image in {"committed": one, "fresh": other}.items():
        if seal(image) != image.info["pixels"]:
            return f"the {name} figure was changed after it was drawn: its pixels do not fit its seal"
    return marks_apart(json.loads(one.info["drawn"]), json.loads(other.info["drawn"]))


def marks_apart(committed: list[Any], fresh: list[Any]) -> str:
    """The first mark that is drawn otherwise, in a sentence; "" if there is none."""
    for one, other in zip_longest(committed, fresh, fillvalue=["nothing", "", []]):
        if one[:2] != other[:2] or len(one[2]) != len(other[2]):
            return f"{one[0]} “{one[1]}” is committed, {other[0]} “{other[1]}” comes out"
        if far := [pair for pair in zip(one[2], other[2], strict=True) if not near(*pair, one)]:
            return f"{one[0]} “{one[1]}” is at {far[0][0]:g} as committed, and comes out at {far[0][1]:g}"
    return ""


def near(one: float, other: float, mark: list[Any]) -> bool:
    """Whether two places are one to a reader; the limits of a panel are numbers of any size."""
    width = 1000 if mark[0] != "panel" else max(map(abs, mark[2]))
    return abs(one - other) <= NEAR * width / 1000


def pixels_apart(committed: Image.Image, fresh: Image.Image) -> str:
    one, other = (np.asarray(each.convert("RGB"), float) for each in (committed, fresh))
    apart = np.abs(one - other).mean(axis=2) / 255
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
