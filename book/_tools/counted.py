"""What each network of the book needs and sees, by the profiler: writes src/cnnlab/counted.csv.

    python -m book._tools.counted

For one image of the size that the network was published for, in float32. The receptive field is that of the
last maps with more than one place: what comes after them sees the whole image.
"""

import csv
from collections.abc import Iterator

from book._tools.chapters import ROOT
from cnnlab.catalog import Counted
from cnnlab.models import VARIANTS
from cnnlab.profiler import Profile, profile

FILE = ROOT / "src" / "cnnlab" / "counted.csv"


def counted(name: str) -> Counted:
    variant = VARIANTS[name]
    return line_of(name, profile(variant.build, (1, *variant.input_shape)))


def line_of(name: str, p: Profile) -> Counted:
    maps = [row for row in p.rows if len(row.output_shape) == 4 and max(row.output_shape[2:]) > 1]
    field = maps[-1].receptive_field
    field = max(field) if isinstance(field, tuple) else field
    return Counted(name, p.memory_access_bytes, p.peak_activation_bytes, len(p.counted), int(field or 0))


def lines() -> Iterator[tuple[object, ...]]:
    yield Counted._fields
    for name in VARIANTS:
        yield counted(name)


if __name__ == "__main__":
    with FILE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines())
