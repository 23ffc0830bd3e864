"""Networks against each other: what they cost and what they give, what was predicted and what measured."""

from collections.abc import Mapping, Sequence

from matplotlib import rc_context

from cnnlab.figures.style import BLUE, GREY, INK, ORANGE, STYLE, TEAL, Picture, finish, looks_of, new_figure

Points = Mapping[str, tuple[float, float]]  # by name: cost and gain


@rc_context(STYLE)
def clouds(groups: Mapping[str, Points], front: Sequence[str], xlabel: str, ylabel: str) -> Picture:
    """Networks by cost and gain, a look a group; a line goes through those of the front, cheapest first."""
    figure = new_figure(4.2)
    axes = figure.subplots()
    looks = looks_of(groups, (BLUE, ORANGE, TEAL, GREY), "osD^")
    for (label, points), (colour, marker) in zip(groups.items(), looks, strict=True):
        x, y = zip(*points.values(), strict=True)
        axes.plot(x, y, label=label, color=colour, marker=marker, linestyle="", markersize=5, alpha=0.8)
    places = {name: place for points in groups.values() for name, place in points.items()}
    axes.plot(*zip(*(places[name] for name in front), strict=True), color=INK, linewidth=1.2)
    axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
    axes.legend(frameon=False, loc="lower right")
    return finish(figure)


@rc_context(STYLE)
def predictions(panels: Mapping[str, tuple[Sequence[float], Sequence[float]]], unit: str) -> Picture:
    """What was measured over what was predicted, a panel each, with the line on which both are equal."""
    figure = new_figure(2.6 * ((len(panels) + 1) // 2))
    grid = figure.subplots((len(panels) + 1) // 2, 2, sharex=True, sharey=True, squeeze=False)
    every = [value for pair in panels.values() for side in pair for value in side]
    ends = [0.8 * min(every), 1.25 * max(every)]
    for axes, (title, (predicted, measured)) in zip(grid.flat, panels.items(), strict=False):
        axes.plot(ends, ends, color=GREY, linewidth=1.4)
        axes.plot(predicted, measured, marker="o", linestyle="", color=BLUE, markersize=4, alpha=0.7)
        axes.set(xscale="log", yscale="log", title=title, xlim=ends, ylim=ends)
    figure.supxlabel(f"predicted ({unit})", fontsize=STYLE["font.size"])
    figure.supylabel(f"measured ({unit})", fontsize=STYLE["font.size"])
    return finish(figure)
