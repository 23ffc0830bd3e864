"""Every plot of the book, in one style: opaque, colour-blind safe, and readable on a phone.

The only package that imports matplotlib, and it never touches pyplot's global state. Each function returns
a `Picture` (or, for `animate`, an `Animation`) that a notebook shows as it is, in the book and in Colab
alike. Figures are at most `WIDTH` inches wide and their letters at least `FONT` points high: on a phone 350
pixels wide that is more than 9 pixels. The smallest text stands in the PNG itself, for the browser tests.
"""

from cnnlab.figures.animations import Animation, Level, animate, cone, descend, look_down, products, slide
from cnnlab.figures.charts import (
    bars,
    columns,
    compare,
    curves,
    lines,
    mixture,
    roofline,
    runs,
    skyline,
    spans,
    stacks,
    timeline,
    tradeoff,
)
from cnnlab.figures.choices import clouds, predictions
from cnnlab.figures.diagrams import arcs, neurons, orders, routing, shortcuts, units
from cnnlab.figures.explorers import explore
from cnnlab.figures.maps import (
    displacements,
    heat,
    images,
    matrices,
    mosaics,
    patterns,
    photograph,
    survivors,
    terrain,
    triangles,
    votes,
)
from cnnlab.figures.networks import Block, architecture, network_blocks
from cnnlab.figures.pyramids import framed, pyramids
from cnnlab.figures.style import FONT, WIDTH, Picture

__all__ = [
    "FONT",
    "WIDTH",
    "Animation",
    "Block",
    "Level",
    "Picture",
    "animate",
    "architecture",
    "arcs",
    "bars",
    "clouds",
    "columns",
    "compare",
    "cone",
    "curves",
    "descend",
    "displacements",
    "explore",
    "framed",
    "heat",
    "images",
    "lines",
    "look_down",
    "matrices",
    "mixture",
    "mosaics",
    "network_blocks",
    "neurons",
    "orders",
    "patterns",
    "photograph",
    "predictions",
    "products",
    "pyramids",
    "roofline",
    "routing",
    "runs",
    "shortcuts",
    "skyline",
    "slide",
    "spans",
    "stacks",
    "survivors",
    "terrain",
    "timeline",
    "tradeoff",
    "triangles",
    "units",
    "votes",
]
