"""What papers and lectures print, and how each number is recomputed: the ledger, `published.csv`.

A row names a computation of `cnnlab.published.computations` in words: `params alexnet fc6` is
`params("alexnet", "fc6")`, and `swapped 4 params alexnet fc6` changes two digits of it. The verdict on a row
is one of these, and `why_not` says where it does not hold:

- agrees: ours, in the unit of the row, rounds to the printed digits.
- explained: it does not, but the second computation does, by another convention.
- slip: likewise, by a wrong step, one of `SLIPS`; the first computation is the right value.
- reported: what cannot be recomputed here: an accuracy, a time, or the cost of a network that its paper does
  not define, of which the note says what it leaves open, or of a network that stands in a table beside ours
  and is not built.
- unresolved: computed, different, and nobody knows why.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cnnlab.published import heads as _heads  # noqa: F401 (its computations are registered)
from cnnlab.published import mobilenets as _mobilenets  # noqa: F401 (its computations are registered)
from cnnlab.published import searched as _searched  # noqa: F401 (likewise)
from cnnlab.published import shufflenets as _shufflenets  # noqa: F401 (likewise)
from cnnlab.published.computations import COMPUTATIONS, SLIPS, UNITS, Number, compute

__all__ = [
    "COMPUTATIONS", "CSV", "REPORTED", "SLIPS", "SOURCES", "UNBUILT", "UNDEFINED", "UNITS", "VERDICTS",
    "Number", "Row", "compute", "number", "rounds_to", "rows", "why_not",
]  # fmt: skip

CSV = Path(__file__).parents[1] / "published.csv"
VERDICTS = ("agrees", "explained", "slip", "reported", "unresolved")
UNDEFINED = (  # costs that a row may report
    "MACs, widths not told", "parameters, widths not told",
    "MACs, details not told", "parameters, details not told",
)  # fmt: skip
UNBUILT = ("MACs, network not built", "parameters, network not built")  # others' rows in a table of ours
REPORTED = {  # what a row may print without a computation
    "top-1 error", "top-5 error", "top-1 accuracy", "top-5 accuracy", "segmentation error",
    "average precision", "mean average precision", "average recall", "intersection over union",
    "latency", "batches per second", "images per second", "compressed size", *UNDEFINED, *UNBUILT,
    "images", "categories",  # of a data set
    "top-1 error, validation", "top-5 error, validation", "top-5 error, test", "top-1 error, higher by",
    "localization error, validation", "localization error, test", "mean class recall",
    "improvement over the second", "images located", "verification accuracy",
    "share of the weights kept", "bits a weight", "bits a weight, Huffman", "bits a gap",
    "bits a gap, Huffman", "share of the size", "share of the size, Huffman",  # what compression leaves
    "times faster, simulated", "times less energy, simulated",
}  # fmt: skip
SOURCES = {  # the part before the first comma is what the ledger calls it
    "lecture-000": "Lecture 000, CNN for CV, week 8: network structure",
    "lecture-001": "Lecture 001, Compact neural architecture design",
    "lecture-002": "Lecture 002, Convolutional neural networks",
    "lecture-003": "Lecture 003, Components of a convolutional network",
    "lecture-004": "Lecture 004, Deep learning optimization: representative CNNs",
    "paper-lecun1998": "LeCun et al. (1998), Gradient-based learning applied to document recognition",
    "paper-krizhevsky2012": "Krizhevsky et al. (2012), ImageNet classification with deep CNNs",
    "paper-zeiler2014": "Zeiler & Fergus (2014), Visualizing and understanding convolutional networks",
    "paper-lin2014": "Lin et al. (2014), Network in network",
    "paper-simonyan2015": "Simonyan & Zisserman (2015), Very deep convolutional networks",
    "paper-szegedy2015": "Szegedy et al. (2015), Going deeper with convolutions",
    "paper-russakovsky2015": "Russakovsky et al. (2015), ImageNet Large Scale Visual Recognition Challenge",
    "paper-ronneberger2015": "Ronneberger et al. (2015), U-Net",
    "paper-han2016": "Han et al. (2016), Deep Compression",
    "paper-he2016": "He et al. (2016a), Deep residual learning for image recognition",
    "paper-he2016identity": "He et al. (2016b), Identity mappings in deep residual networks",
    "paper-huang2016": "Huang et al. (2016), Deep networks with stochastic depth",
    "paper-iandola2016": "Iandola et al. (2016), SqueezeNet",
    "paper-szegedy2016": "Szegedy et al. (2016), Rethinking the Inception architecture",
    "paper-zagoruyko2016": "Zagoruyko & Komodakis (2016), Wide residual networks",
    "paper-chollet2017": "Chollet (2017), Xception",
    "paper-howard2017": "Howard et al. (2017), MobileNets",
    "paper-huang2017": "Huang et al. (2017), Densely connected convolutional networks",
    "paper-lin2017": "Lin et al. (2017), Feature pyramid networks for object detection",
    "paper-sabour2017": "Sabour et al. (2017), Dynamic routing between capsules",
    "paper-xie2017": "Xie et al. (2017), Aggregated residual transformations",
    "paper-gholami2018": "Gholami et al. (2018), SqueezeNext",
    "paper-hu2018": "Hu et al. (2018), Squeeze-and-excitation networks",
    "paper-jeon2018": "Jeon & Kim (2018), Constructing fast network through deconstruction of convolution",
    "paper-ma2018": "Ma et al. (2018), ShuffleNet V2",
    "paper-sandler2018": "Sandler et al. (2018), MobileNetV2",
    "paper-wu2018": "Wu et al. (2018), Shift",
    "paper-zhang2018": "Zhang et al. (2018), ShuffleNet",
    "paper-zoph2018": "Zoph et al. (2018), NASNet",
    "paper-chen2019": "Chen et al. (2019), All you need is a few shifts",
    "paper-howard2019": "Howard et al. (2019), Searching for MobileNetV3",
    "paper-tan2019": "Tan & Le (2019), EfficientNet",
    "paper-tan2019mnasnet": "Tan et al. (2019), MnasNet",
    "paper-han2020": "Han et al. (2020), GhostNet",
    "paper-tan2021": "Tan & Le (2021), EfficientNetV2",
}


class Row(NamedTuple):
    """A printed number; the columns of published.csv."""

    source: str
    place: str
    subject: str
    quantity: str
    value: str  # as it is printed, without its unit
    unit: str
    function: str
    arguments: str
    verdict: str
    other_function: str
    other_arguments: str
    note: str

    @property
    def words(self) -> list[str]:
        return [self.function, *self.arguments.split()] if self.function else []

    @property
    def other_words(self) -> list[str]:
        return [self.other_function, *self.other_arguments.split()] if self.other_function else []


@cache
def rows() -> tuple[Row, ...]:
    with CSV.open(encoding="utf-8", newline="") as file:
        return tuple(Row(**line) for line in csv.DictReader(file))


def number(value: str) -> tuple[Fraction, int]:
    """A printed number and how many decimals it shows; a sum of products is worked out.

    >>> number("37,725,832")
    (Fraction(37725832, 1), 0)
    >>> number("3*1 + 2*(-1)")
    (Fraction(1, 1), 0)
    """
    if "*" in value:
        pairs = re.findall(r"(-?\d+)\*\(?(-?\d+)\)?", value)
        return Fraction(sum(int(a) * int(b) for a, b in pairs)), 0
    digits = value.replace(",", "")
    return Fraction(digits), len(digits.partition(".")[2])


def rounds_to(ours: Number, row: Row) -> bool:
    """Whether a number, brought into the row's unit, rounds to its digits; a half may go either way."""
    printed, decimals = number(row.value)
    return abs(Fraction(ours) / Fraction(UNITS[row.unit]) - printed) <= Fraction(1, 2 * 10**decimals)


def why_not(row: Row) -> str | None:
    """Why the verdict on a row does not hold, in a sentence, or None."""
    if row.source not in SOURCES or row.unit not in UNITS or row.verdict not in VERDICTS:
        return f"the source {row.source!r}, the unit {row.unit!r} or the verdict {row.verdict!r} is unknown"
    if row.verdict == "reported":
        return why_not_reported(row)
    agrees = rounds_to(compute(*row.words), row)
    if agrees != (row.verdict == "agrees"):
        return (
            f"ours is {compute(*row.words)}, which {'rounds' if agrees else 'does not round'} to {row.value}"
        )
    if bool(row.other_words) != (row.verdict in ("explained", "slip")):
        return f"a row that is {row.verdict!r} has {'no' if row.other_words else 'a'} second computation"
    return why_not_otherwise(row) if row.other_words else None


def why_not_reported(row: Row) -> str | None:
    """Why a number is not one that only its source can know, or None."""
    if row.quantity not in REPORTED or row.words:
        return f"{row.quantity} can be computed, so it is not merely reported"
    told = row.note or row.quantity not in (*UNDEFINED, *UNBUILT)
    return None if told else "what the source leaves open is not put into words"


def why_not_otherwise(row: Row) -> str | None:
    """Why the second computation does not account for the printed digits, or None."""
    other = compute(*row.other_words)
    if not rounds_to(other, row):
        return f"the second computation gives {other}, which does not round to {row.value}"
    if bool(SLIPS & {*row.other_words}) != (row.verdict == "slip"):
        return f"{' '.join(row.other_words)} is {'a' if row.verdict == 'explained' else 'no'} wrong step"
    return None if row.note else "the second computation is not put into words"
