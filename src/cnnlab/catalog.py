"""The networks of the book in one table: what each costs, what is reported of it, how long it took here.

Three files stand beside this one. `counted.csv` is the profiler's, written by `book/_tools/counted.py`: its
lines are the table's, and a network that is added later joins them when that is run again, with chapter 21.
`accuracy.csv` says which row of the ledger prints a network's top-1 accuracy, and how it was tested where
that was not with one crop of each image. `latency.csv` was measured on one machine by
`book/_tools/latency.py`, and says on which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnlab.models import PAPERS, VARIANTS
from cnnlab.published import SOURCES, Row, rows
from cnnlab.records import read

__all__ = ["Catalog", "Counted", "Network", "catalog", "front", "machine", "pareto"]

HERE = Path(__file__).parent
FLOAT32 = 4  # bytes


class Counted(NamedTuple):
    """A line of `counted.csv`: for one image in float32."""

    name: str
    moved_bytes: int  # that all operators read and write, each by itself
    peak_bytes: int  # of activations that are alive at once
    operators: int
    field: int  # pixels that a place of the last maps sees along an axis


class Network(NamedTuple):
    """What the book knows of a network. `None` stands where nothing is reported, or nothing was measured."""

    name: str
    year: int
    size: int  # of the image, in pixels
    params: int
    macs: int
    moved_bytes: int
    peak_bytes: int
    operators: int
    field: int
    data: str  # what its accuracy was reported on: "ImageNet", "CIFAR-10" or ""
    top1: float | None  # % of the images
    test: str  # how, where it was not one crop: "ten crops"
    source: str  # of the accuracy: its place in the ledger
    ms: float | None  # for one image, in one thread of the machine that `machine` tells
    slower_ms: float | None  # `ms` is the faster of two medians, this the other: what disturbed it, shows

    @property
    def megabytes(self) -> float:
        """Of the parameters in float32, 10⁶ bytes each."""
        return FLOAT32 * self.params / 1e6


def machine() -> dict[str, str]:
    """Where the latencies were measured, when, and with what."""
    return read(HERE / "latency.csv").head


@cache
def catalog() -> Catalog:
    """Every network that `counted.csv` has, in the order of their modules."""
    counted = {
        line["name"]: Counted(line["name"], *map(int, [*line.values()][1:]))
        for line in read(HERE / "counted.csv").lines
    }
    reported = {line["name"]: line for line in read(HERE / "accuracy.csv").lines}
    taken = {line["name"]: _times(line) for line in read(HERE / "latency.csv").lines}
    none = None, None
    return Catalog(
        _network(counted[name], reported.get(name), taken.get(name, none))
        for name in VARIANTS
        if name in counted
    )


def _times(line: Mapping[str, str]) -> tuple[float, float]:
    """The two medians, the faster one first."""
    first, second = sorted(float(line[column]) for column in ("first_ms", "second_ms"))
    return first, second


Times = tuple[float, float] | tuple[None, None]


def _network(counted: Counted, line: Mapping[str, str] | None, taken: Times) -> Network:
    variant, told = VARIANTS[counted.name], _top1(line) if line else ("", None, "", "")
    year, size = PAPERS[counted.name].year, variant.input_shape[-1]
    return Network(counted.name, year, size, *variant.cost, *counted[1:], *told, *taken)


def _top1(line: Mapping[str, str]) -> tuple[str, float, str, str]:
    """Data set, accuracy in %, how it was tested, and who reports it, of a line of `accuracy.csv`."""
    row = _ledger()[line["source"], line["place"], line["subject"]]
    value = float(row.value) * (1 if row.unit == "%" else 100)
    title = SOURCES[row.source].title.partition(",")[0]
    top1 = round(100 - value if row.quantity == "top-1 error" else value, 2)
    return line["data"], top1, line["test"], f"{title}, {row.place}"


@cache
def _ledger() -> dict[tuple[str, str, str], Row]:
    """The ledger's rows of top-1 errors and accuracies."""
    told = (row for row in rows() if row.quantity in ("top-1 error", "top-1 accuracy"))
    return {(row.source, row.place, row.subject): row for row in told}


def pareto(costs: Sequence[float], gains: Sequence[float]) -> np.ndarray:
    """Which pairs nothing beats: no other costs no more, gains no less, and is better in one of the two."""
    cost, gain = np.asarray(costs, dtype=float), np.asarray(gains, dtype=float)
    no_worse = (cost <= cost[:, None]) & (gain >= gain[:, None])
    better = (cost < cost[:, None]) | (gain > gain[:, None])
    return np.logical_not((no_worse & better).any(axis=1))


def front(networks: Sequence[Network], cost: str) -> list[Network]:
    """The networks that no other beats in top-1 accuracy and a cost, an attribute's name; cheapest first."""
    kept = pareto([getattr(each, cost) for each in networks], [each.top1 or 0.0 for each in networks])
    found = [each for each, stays in zip(networks, kept, strict=True) if stays]
    return sorted(found, key=lambda each: float(getattr(each, cost)))


COLUMNS: dict[str, Callable[[Network], Any]] = {  # head: what stands there
    "network": lambda n: n.name,
    "year": lambda n: n.year,
    "data": lambda n: f"{n.data}, {n.test}" if n.test else n.data,
    "top-1 (%)": lambda n: n.top1,
    "parameters (M)": lambda n: round(n.params / 1e6, 3),
    "MACs (M)": lambda n: round(n.macs / 1e6, 2),
    "moved (MB)": lambda n: round(n.moved_bytes / 1e6, 1),
    "peak (MB)": lambda n: round(n.peak_bytes / 1e6, 2),
    "field (px)": lambda n: n.field,
    "latency (ms)": lambda n: n.ms and float(f"{n.ms:.3g}"),
    "who reports the accuracy": lambda n: n.source,
}


class Catalog(tuple[Network, ...]):
    """Networks that a notebook shows as a table; in the book a script lets readers sort and filter it."""

    def __repr__(self) -> str:
        return f"{len(self)} networks"

    def named(self, name: str) -> Network:
        """The network of that name; ValueError where there is none."""
        found = [each for each in self if each.name == name]
        if not found:
            raise ValueError(f"no network here is called {name!r}")
        return found[0]

    def on_imagenet(self) -> Catalog:
        """Those whose accuracy on ImageNet is reported, with one crop of each image as far as is told."""
        return Catalog(each for each in self if each.data == "ImageNet" and not each.test)

    def measured(self) -> Catalog:
        """Those that were timed."""
        return Catalog(each for each in self if each.ms is not None)

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in COLUMNS)
        body = "".join(f"<tr>{''.join(_cells(each))}</tr>" for each in self)
        return (
            '<div class="cnnlab-networks" tabindex="0" role="region" aria-label="Networks of the book">'
            f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _cells(network: Network) -> Iterator[str]:
    for column, show in COLUMNS.items():
        text = escape(_shown(show(network), column))
        yield f'<th scope="row">{text}</th>' if column == "network" else f"<td>{text}</td>"


def _shown(value: float | str | None, column: str) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, str) or column == "year" else f"{value:,}"
