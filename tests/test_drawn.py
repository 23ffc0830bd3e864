"""Figures are compared by what they draw: a moved panel is the same figure, a changed curve is not."""

import io
from functools import cache

import numpy as np
import pytest
from matplotlib import rc_context
from PIL import Image
from test_figures import EACH

from book._tools.same_figures import PICTURES, difference, differences, figures
from cnnlab.figures import animate, drawn, matrices, style

IMAGE = np.arange(64.0).reshape(8, 8)


def nothing(*_):
    pass


def one_of_each(change=nothing, **look):
    """A figure with every kind of mark, changed by one hand; `look` is what another matplotlib does."""
    with rc_context(style.STYLE | look):
        figure = style.new_figure(3.0)
        left, right = figure.subplots(1, 2)
        left.plot(np.arange(9), np.arange(9) ** 2, label="curve")
        left.bar([1, 4], [60, 30], label="bars")
        left.scatter([2, 3], [7, 50])
        left.annotate("peak", (4, 30), (5, 35), arrowprops={"arrowstyle": "->"})
        left.legend()
        right.imshow(IMAGE)
        right.set(title="image", xlabel="right")
        right.set_yticks([0, 7], ["top", "bottom"])
        right.text(3, 4, "middle")
        change(left, right)
        return style.finish(figure).png


@cache
def untouched():
    return one_of_each()


FAULTS = {
    "a curve": lambda left, _: left.lines[0].set_ydata(np.arange(9) ** 2 + np.eye(9)[4]),
    "its colour": lambda left, _: left.lines[0].set_color("black"),
    "a bar": lambda left, _: left.patches[0].set_height(59),
    "a point": lambda left, _: left.collections[0].set_offsets([[2, 7], [3, 51]]),
    "a lost curve": lambda left, _: left.lines[0].remove(),
    "a limit": lambda left, _: left.set_ylim(0, 70),
    "a scale": lambda left, _: left.set_yscale("log"),
    "an arrow": lambda left, _: setattr(left.texts[0], "xy", (4, 31)),
    "a pixel": lambda _, right: right.images[0].set_data(IMAGE + 9 * np.eye(64)[9].reshape(8, 8)),
    "an arrow's width": lambda left, _: left.texts[0].arrow_patch.set_linewidth(2),
    "a title": lambda _, right: right.set_title("picture"),
    "a tick's name": lambda _, right: right.set_yticks([0, 7], ["top", "below"]),
    "a moved label": lambda _, right: right.texts[0].set_position((3.1, 4)),
    "another label": lambda _, right: right.texts[0].set_text("centre"),
    "a legend": lambda left, _: left.legend(["curve", "columns"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_changed_mark_is_another_figure(fault):
    assert difference(untouched(), one_of_each(FAULTS[fault])) != ""


LOOKS = {
    "larger letters": {"font.size": 13},
    "other letters": {"font.family": "DejaVu Serif"},
    "longer ticks": {"xtick.major.size": 9},
    "wider frames": {"axes.linewidth": 2},
    "other hinting": {"text.hinting": "no_hinting"},
    "titles apart": {"axes.titlepad": 14},
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_moved_panel_is_the_same_figure(look):
    one, other = untouched(), one_of_each(**LOOKS[look])
    assert style.seal(Image.open(io.BytesIO(one))) != style.seal(Image.open(io.BytesIO(other)))
    assert difference(one, other) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", EACH)
def test_what_is_drawn_is_said_alike_with_other_letters(name, monkeypatch):
    """Each function of the package: a label's place in its panel must not hang on the size of letters."""
    pictures = [EACH[name]().png]
    monkeypatch.setitem(style.STYLE, "font.family", "DejaVu Serif")
    pictures.append(EACH[name]().png)
    assert difference(*pictures) == ""


def test_a_painted_figure_breaks_its_seal():
    """However small: one pixel, by a program that keeps what the PNG says."""
    drawn_one = one_of_each()
    image, buffer = Image.open(io.BytesIO(drawn_one)), io.BytesIO()
    image.putpixel((3, 3), (250, 255, 255, 255))
    image.save(buffer, "png", pnginfo=notes(image))
    told = "the {} figure was changed after it was drawn: its pixels do not fit its seal"
    assert difference(buffer.getvalue(), drawn_one) == told.format("committed")
    assert difference(drawn_one, buffer.getvalue()) == told.format("fresh")


def notes(image):
    kept = style.PngInfo()
    for name, note in image.info.items():
        kept.add_text(name, note)
    return kept


def test_a_picture_of_an_animation_is_compared():
    def output(*values):
        html = animate("steps", {f"{value}": matrices({"a": np.eye(2) * value}) for value in values})
        return {"data": {"text/html": html._repr_html_()}}

    assert len(figures([output(1, 2)])) == 2
    assert differences([output(1, 2)], [output(1, 2)]) == []
    assert differences([output(1, 2)], [output(1, 3)]) == [
        "Text “2 #1d2433” is committed, Text “3 #1d2433” comes out"
    ]


def test_without_its_pictures_an_animation_is_its_page():
    page = animate("steps", {"one": matrices({"a": np.eye(2)})})._repr_html_()
    for pattern, word in PICTURES.items():
        page = pattern.sub(word, page)
    assert len(page) < 4000
    assert 'id="ANIMATION"' in page


def test_the_first_mark_that_differs_is_named_with_its_places():
    told = difference(one_of_each(), one_of_each(lambda left, _: left.patches[1].set_height(20)))
    assert told.startswith("Patch “")
    assert "as committed, and comes out at" in told


def test_a_long_curve_is_noted_in_pieces():
    steps = np.linspace(0, 1, 10_000)
    with rc_context(style.STYLE):
        figure = style.new_figure(2)
        figure.subplots().plot(steps, steps)
    (curve,) = [mark for mark in drawn.drawn(figure) if mark[0] == "Line2D"]
    assert len(curve[2]) == 2 * drawn.POINTS


def test_a_figure_of_somebody_else_is_compared_by_its_pixels():
    buffer = io.BytesIO()
    Image.new("L", (702, 390), 255).save(buffer, "png")
    assert "apart" in difference(buffer.getvalue(), one_of_each())
