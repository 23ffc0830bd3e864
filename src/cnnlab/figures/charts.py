"""Numbers against numbers: bars, lines, steps."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.ticker import LogLocator

from cnnlab.figures.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    STYLE,
    TEAL,
    Picture,
    finish,
    looks_of,
    new_figure,
    short,
)


@rc_context(STYLE)
def bars(values: Mapping[str, float], xlabel: str, xscale: str = "log") -> Picture:
    """Positive values as horizontal bars with their numbers, on a logarithmic axis unless told otherwise."""
    figure = new_figure(0.42 * len(values) + 0.8)
    axes = figure.subplots()
    drawn = axes.barh(list(values), list(values.values()), color=BLUE, height=0.62)
    axes.bar_label(drawn, labels=[short(value) for value in values.values()], padding=4)
    axes.set(xscale=xscale, xlabel=xlabel)
    axes.margins(x=0.25)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    return finish(figure)


@rc_context(STYLE)
def lines(
    x: Sequence[float], series: Mapping[str, Sequence[float]], xlabel: str, ylabel: str, yscale: str = "log"
) -> Picture:
    """Curves over a common axis, logarithmic in y unless told otherwise; colour, dash and marker differ."""
    figure = new_figure(3.2)
    axes = figure.subplots()
    looks = looks_of(series, (BLUE, ORANGE, TEAL, GREY), ("-", "--", ":", "-."), "osD^")
    for (label, y), (colour, dash, marker) in zip(series.items(), looks, strict=True):
        axes.plot(x, y, label=label, color=colour, linestyle=dash, marker=marker, markersize=5)
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale=yscale)
    if all(isinstance(value, int) for value in x):  # there is no layer 2.5
        axes.locator_params(axis="x", integer=True)
    axes.legend(frameon=False)
    return finish(figure)


@rc_context(STYLE)
def curves(x: np.ndarray, ys: Mapping[str, np.ndarray], columns: int = 3) -> Picture:
    """Functions of one variable, a small panel each, over the same axes."""
    rows = -(-len(ys) // columns)
    figure = new_figure(1.75 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes in grid[len(ys) :]:
        axes.set_axis_off()
    for axes, (title, y) in zip(grid[: len(ys)], ys.items(), strict=True):
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.plot(x, y, color=BLUE)
        axes.set_title(title, pad=4)
    return finish(figure)


@rc_context(STYLE)
def runs(series: Mapping[str, Sequence[Sequence[float]]], xlabel: str, ylabel: str) -> Picture:
    """Several runs of each kind, step by step from 1: one thin line a run, one colour and dash a kind."""
    figure = new_figure(3.2)
    axes = figure.subplots()
    looks = looks_of(series, (BLUE, ORANGE, TEAL), ("-", "--", ":"))
    for (label, each), (colour, dash) in zip(series.items(), looks, strict=True):
        steps = np.arange(1, len(each[0]) + 1)
        drawn = axes.plot(steps, np.transpose(each), color=colour, linestyle=dash, linewidth=1.2)
        drawn[0].set_label(label)
    axes.set(xlabel=xlabel, ylabel=ylabel, xticks=steps)
    axes.legend(frameon=False)
    return finish(figure)


@rc_context(STYLE)
def columns(labels: Sequence[str], panels: Mapping[str, Sequence[float]]) -> Picture:
    """One chart above the other, a bar for each label; the largest of each bears its number."""
    figure = new_figure(1.35 * len(panels) + 0.8)
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    looks = looks_of(panels, (BLUE, ORANGE, TEAL))
    for axes, (title, values), (colour,) in zip(grid, panels.items(), looks, strict=True):
        drawn = axes.bar(range(len(labels)), values, color=colour, width=0.7)
        tops = [short(value) if value == max(values) else "" for value in values]
        axes.bar_label(drawn, labels=tops, padding=2)
        axes.set_title(title, loc="left", pad=4)
        axes.margins(y=0.25)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    grid[-1].set_xticks(range(len(labels)), labels, rotation=90)
    return finish(figure)


@rc_context(STYLE)
def compare(labels: Sequence[str], panels: Mapping[str, Mapping[str, Sequence[float]]]) -> Picture:
    """Two series in each of several charts, a bar for each label; the title says the largest of both."""
    figure = new_figure(1.5 * len(panels) + 1.0)
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    places = np.arange(len(labels))
    for axes, (title, series) in zip(grid, panels.items(), strict=True):
        looks = zip((-0.2, 0.2), (BLUE, ORANGE), ("", "////"), strict=True)
        for (name, values), (shift, colour, hatch) in zip(series.items(), looks, strict=True):
            face = "white" if hatch else colour
            axes.bar(places + shift, values, 0.4, label=name, facecolor=face, edgecolor=colour, hatch=hatch)
        largest = " and ".join(short(max(values)) for values in series.values())
        axes.set_title(f"{title}: at most {largest}", loc="left", pad=4)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    grid[0].legend(frameon=False)
    grid[-1].set_xticks(places, labels, rotation=90)
    return finish(figure)


@rc_context(STYLE)
def roofline(points: Mapping[str, tuple[float, float]], speed: float, bandwidth: float) -> Picture:
    """Layers (FLOPs a byte, GFLOPS reached) under what a machine allows: `speed` GFLOPS, `bandwidth` GB/s."""
    figure = new_figure(3.6)
    axes = figure.subplots()
    least, most = 0.25, 512.0
    ridge = speed / bandwidth
    axes.plot([least, ridge, most], [least * bandwidth, speed, speed], color=INK)
    axes.axvline(ridge, color=GREY, linestyle=":", linewidth=1.4)
    for (letter,), (intensity, reached) in zip(looks_of(points, "ABCDEFGHIJ"), points.values(), strict=True):
        axes.plot(intensity, reached, marker="o", color=BLUE if intensity > ridge else ORANGE, markersize=7)
        axes.annotate(letter, (intensity, reached), (6, -13), textcoords="offset points")
    axes.set(xscale="log", yscale="log", xlabel="FLOPs a byte (2 per MAC)", ylabel="GFLOPS reached")
    axes.set_xlim(least, most)
    tops = [reached for _, reached in points.values()]
    axes.set_ylim(min(tops) / 3, 2 * max(speed, *tops))
    return finish(figure)


@rc_context(STYLE)
def skyline(series: Mapping[str, Sequence[float]], xlabel: str, ylabel: str) -> Picture:
    """Quantities that change in steps, from zero: what is alive after each operation."""
    figure = new_figure(3.0)
    axes = figure.subplots()
    looks = looks_of(series, (BLUE, ORANGE, TEAL))
    for (label, values), (colour,) in zip(series.items(), looks, strict=True):
        edges = np.linspace(0, 1, len(values) + 1)
        axes.stairs(values, edges, label=label, color=colour, fill=True, alpha=0.75)
    axes.set(xlabel=xlabel, ylabel=ylabel, xticks=[])
    axes.margins(x=0)
    axes.legend(frameon=False)
    return finish(figure)


@rc_context(STYLE)
def spans(firsts: Sequence[int], size: int, width: int) -> Picture:
    """The columns that neighbouring units see, one bar a unit; what hangs over the image is hatched."""
    figure = new_figure(0.24 * len(firsts) + 0.9)
    axes = figure.subplots()
    for unit, first in enumerate(firsts):
        left, right = max(first, 0), min(first + size, width)
        axes.barh(unit, size, left=first - 0.5, height=0.7, color="white", edgecolor=GREY, hatch="////")
        axes.barh(unit, right - left, left=left - 0.5, height=0.7, color=BLUE)
    for edge in (-0.5, width - 0.5):
        axes.axvline(edge, color=INK, linewidth=1.4)
    axes.set(xlabel="column of the image", ylabel="unit", yticks=range(0, len(firsts), 2))
    axes.invert_yaxis()
    return finish(figure)


@rc_context(STYLE)
def timeline(winners: Mapping[int, tuple[str, float, bool]], line: tuple[str, float]) -> Picture:
    """A year's winner a bar: name, error in per cent, and whether it was a network (filled) or not (hatched).

    `line` names and marks a value to compare with.
    """
    figure = new_figure(0.42 * len(winners) + 1.1)
    axes = figure.subplots()
    names = [f"{name}, {year}" for year, (name, _, _) in winners.items()]
    for y, (_, error, learned) in enumerate(winners.values()):
        face, hatch = (BLUE, "") if learned else ("white", "////")
        drawn = axes.barh(y, error, height=0.62, facecolor=face, edgecolor=BLUE, hatch=hatch)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.bar_label(drawn, labels=[f"{error:g} %"], padding=4, bbox=box)
    axes.axvline(line[1], color=ORANGE, linestyle="--", label=line[0])
    axes.set(xlabel="top-5 error (%)")
    axes.set_yticks(range(len(names)), names)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.legend(frameon=False, loc="lower right")
    return finish(figure)


@rc_context(STYLE)
def stacks(bars: Mapping[str, Mapping[str, float]], xlabel: str) -> Picture:
    """What each total is put together from: a horizontal bar a title, a colour and a hatch a part."""
    figure = new_figure(0.46 * len(bars) + 1.5)
    axes, left = figure.subplots(), np.zeros(len(bars))
    every = dict.fromkeys(part for parts in bars.values() for part in parts)
    looks = looks_of(every, (BLUE, ORANGE, TEAL, GREY), ("", "//", "..", "xx"))
    for part, (colour, hatch) in zip(every, looks, strict=True):
        widths = [parts.get(part, 0) for parts in bars.values()]
        drawn = axes.barh(list(bars), widths, 0.62, left, label=part, facecolor=colour)
        for bar in drawn:
            bar.set(hatch=hatch, edgecolor="white", linewidth=0)
        left += widths
    for y, total in enumerate(left):
        axes.text(total, y, f" {short(total)}", va="center")
    axes.margins(x=0.16)
    axes.set_xlabel(xlabel)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.legend(ncols=2, frameon=False, loc="lower left", bbox_to_anchor=(0, 1))
    return finish(figure)


@rc_context(STYLE)
def mixture(shares: Mapping[str, Mapping[int, float]], ylabel: str) -> Picture:
    """How something is distributed, title by title: a disc for each value, its area the value's share."""
    figure = new_figure(3.6)
    axes = figure.subplots()
    for x, values in enumerate(shares.values()):
        areas = [450 * share for share in values.values()]
        axes.scatter([x] * len(values), list(values), areas, color=BLUE, alpha=0.75, linewidth=0)
        axes.plot([x, x], [min(values), max(values)], color=GREY, linewidth=1, zorder=0)
    axes.set(ylabel=ylabel, xticks=range(len(shares)), xticklabels=list(shares))
    axes.set_ylim(bottom=0)
    return finish(figure)


@rc_context(STYLE)
def tradeoff(series: Mapping[str, Mapping[float, float]], xlabel: str, ylabel: str) -> Picture:
    """What is got for what it costs: a curve a series, through its own pairs of cost and gain."""
    figure = new_figure(3.2)
    axes = figure.subplots()
    looks = looks_of(series, (BLUE, ORANGE, TEAL, GREY), ("-", "--", ":", "-."), "osD^")
    for (label, pairs), (colour, dash, marker) in zip(series.items(), looks, strict=True):
        costs = sorted(pairs)
        gains = [pairs[cost] for cost in costs]
        axes.plot(costs, gains, label=label, color=colour, linestyle=dash, marker=marker, markersize=7)
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.xaxis.set_minor_formatter("{x:,.0f}")
    axes.xaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.legend(frameon=False)
    return finish(figure)
