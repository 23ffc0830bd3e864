"""Figures are opaque, readable and reproducible; the animation is a page of HTML that needs nothing else."""

import functools
import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from cnnlab import conv, figures, models
from cnnlab.figures import style

IMAGE = np.arange(16).reshape(4, 4)
KERNEL = np.array([[1, 0], [0, -1]])


class Small(nn.Module):
    """A bit of everything: containers, a branch, an own module without layers, and functions."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, 2, 1), nn.BatchNorm2d(4), nn.ReLU(), nn.ReLU())
        self.twice = nn.Sequential(nn.Conv2d(4, 4, 3, 1, 1, groups=4), nn.Conv2d(4, 4, (1, 3), 1, (0, 1)))
        self.norm = nn.LocalResponseNorm(2)
        self.same = nn.AdaptiveAvgPool2d((6, 5))  # which changes nothing here
        self.larger = nn.Upsample(scale_factor=2)
        self.linear, self.last = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        x = self.norm(self.twice(self.stem(x)))
        x = functional.max_pool2d(self.larger(self.same(x)), 2)
        return self.last(self.linear(x.mean(dim=(2, 3))))


STACK = [(3, 2, 1), (2, 1, 0)]  # kernel size, stride, padding
EACH = {
    "matrices": lambda: figures.matrices({"image": IMAGE, "kernel": KERNEL}, {"image": (1, 1, 2, 2)}),
    "images": lambda: figures.images({"one": IMAGE, "two": -IMAGE, "three": IMAGE.T}),
    "patterns": lambda: figures.patterns({"reads": (IMAGE > 9, IMAGE < 4)}),
    "bars": lambda: figures.bars({"slow": 1770.0, "fast": 0.193}, "milliseconds"),
    "lines": lambda: figures.lines([1, 2, 3], {"a": [1, 10, 100], "b": [9, 9, 9]}, "x", "y"),
    "curves": lambda: figures.curves(np.arange(4), dict.fromkeys("abcd", np.arange(4))),
    "survivors": lambda: figures.survivors({"2": (np.eye(2), np.array([True, False]))}),
    "runs": lambda: figures.runs({"one": [[1, 2], [2, 1]], "two": [[3, 3]]}, "epoch", "loss"),
    "neurons": figures.neurons,
    "columns": lambda: figures.columns(["conv1", "fc6"], {"memory": [784.0, 16.0], "work": [73.0, 38.0]}),
    "compare": lambda: figures.compare(["1", "2"], {"work": {"one": [1.0, 9], "two": [4, 40.0]}}),
    "roofline": lambda: figures.roofline({"3×3": (233, 110), "depthwise": (2.2, 30)}, 104.0, 30.0),
    "skyline": lambda: figures.skyline({"kept": [1, 3, 4], "freed": [1, 2, 1]}, "operations", "MiB"),
    "stacks": lambda: figures.stacks({"3a": {"1×1": 9.6, "5×5": 12.4}, "5b": {"1×1": 15, "5×5": 8}}, "MMACs"),
    "mixture": lambda: figures.mixture({"3a": {27: 0.4, 43: 0.6}, "3b": {27: 0.1, 59: 0.9}}, "pixels"),
    "arcs": lambda: figures.arcs({"chain": [(0, 1), (1, 2)], "dense": [(0, 1), (0, 2), (1, 2)]}),
    "triangles": lambda: figures.triangles({"one": np.triu(IMAGE / 15), "two": np.full((2, 2), np.nan)}),
    "tradeoff": lambda: figures.tradeoff({"width": {41: 50.6, 569: 70.6}, "size": {186: 64.4}}, "MACs", "%"),
    "cone": lambda: figures.cone(dict(zip("bai", figures.look_down(9, STACK, unit=1), strict=True))),
    "spans": lambda: figures.spans([-3, 1, 5], size=7, width=10),
    "heat": lambda: figures.heat({"one": IMAGE, "two": IMAGE.T}, {"one": 2}),
    "architecture": lambda: figures.architecture(Small, (1, 12, 10), depth=1),
    "orders": lambda: figures.orders({"(a)": (["3×3", "BN"], ["ReLU"]), "(e)": (["BN", "3×3"], [])}),
    "timeline": lambda: figures.timeline(
        {2011: ("one", 26.0, False), 2012: ("two", 16.4, True)}, ("by hand", 5.1)
    ),
    "mosaics": lambda: figures.mosaics(
        {"one": np.eye(5) * np.ones((2, 3, 1, 1)), "two": -np.ones((1, 4, 3, 3))}
    ),
    "shortcuts": lambda: figures.shortcuts({"plain": (["3×3", "3×3"], None), "basic": (["3×3"] * 2, "x")}),
    "units": lambda: figures.units(
        {"one": ("x", ["1×1|ReLU", "3×3"], [], "add"), "two": ("x", ["1×1"], ["pool"], "concat")}
    ),
    "pyramids": figures.pyramids,
    "framed": lambda: figures.framed(
        {"one": (IMAGE, [(0, 0, 2, 2)], [(1, 1, 3, 3)]), "two": (IMAGE, [], [])}
    ),
    "displacements": lambda: figures.displacements({"one": np.eye(2), "two": -2 * np.eye(2)}),
    "terrain": lambda: figures.terrain(
        dict.fromkeys("abcd", np.geomspace(0.1, 1e6, 9).reshape(3, 3)), [-1, 0, 1], floor=2.3
    ),
    "votes": lambda: figures.votes({"one": (np.eye(2), np.array([0.3, 0.7]), np.array([0.5, 0.5]))}),
    "routing": lambda: figures.routing(
        ["a", "b", "c"], ["0", "1"], np.array([[0.5, 0.5], [0.9, 0.1], [0.4, 0.6]]), [0.9, 0.1]
    ),
}
PHONE = 350  # CSS pixels that a figure gets on a phone 390 wide


@functools.cache
def picture_of(name):
    return EACH[name]()


def opened(picture):
    return Image.open(io.BytesIO(picture.png))


@pytest.mark.parametrize("name", EACH)
def test_a_picture_is_opaque_and_has_the_size_it_says(name):
    picture = picture_of(name)
    image = opened(picture)
    assert image.size == picture.size
    assert "A" not in image.convert("RGBA").getbands() or image.convert("RGBA").getextrema()[3] == (255, 255)
    assert picture._repr_png_() == picture.png


@pytest.mark.parametrize("name", EACH)
def test_text_is_at_least_nine_pixels_on_a_phone(name):
    image = opened(picture_of(name))
    assert float(image.info["min-text-px"]) * min(1, PHONE / image.width) >= 9


@pytest.mark.parametrize("name", EACH)
def test_twice_the_same(name):
    assert picture_of(name).png == EACH[name]().png


def test_the_text_measure_sees_a_small_letter():
    figure = style.new_figure(2)
    figure.text(0.5, 0.5, "tiny", fontsize=4)
    image = opened(style.finish(figure))
    assert float(image.info["min-text-px"]) == pytest.approx(4 * style.DPI / 72, abs=0.01)


def test_no_global_state():
    program = "import sys, cnnlab.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_window_frames_what_it_should():
    plain = np.asarray(opened(figures.matrices({"m": np.zeros((4, 4))})).convert("L"), float)
    framed = np.asarray(
        opened(figures.matrices({"m": np.zeros((4, 4))}, {"m": (0, 2, 2, 2)})).convert("L"), float
    )
    rows, columns = np.nonzero(abs(plain - framed) > 60)
    height, width = plain.shape
    assert rows.max() < 0.62 * height  # the upper half, below a title
    assert columns.min() > 0.4 * width


def test_hidden_elements_are_blank():
    full, half = (figures.matrices({"m": IMAGE}, hidden={"m": shown}).png for shown in (16, 8))
    assert full != half
    assert figures.matrices({"m": IMAGE}).png == full


@pytest.mark.parametrize(
    ("value", "text"), [(0.1934, "0.193"), (4.111, "4.11"), (1770.4, "1,770"), (100, "100")]
)
def test_short_numbers(value, text):
    assert style.short(value) == text


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


@pytest.fixture(scope="module")
def slide():
    return figures.slide(IMAGE, KERNEL, conv.correlate2d(IMAGE, KERNEL, 2), stride=2)


def test_slide_visits_every_output_and_writes_its_products_out(slide):
    assert len(slide.pictures) == len(slide.captions) == 4
    assert slide.captions[1] == "Output (0, 1): 2·1 + 3·0 + 6·0 + 7·(−1) = −5"
    assert len({picture.png for picture in slide.pictures}) == 4


def test_the_player_names_its_controls_and_loads_nothing(slide):
    html = slide._repr_html_()
    parser = Tags()
    parser.feed(html)
    names = [each.get("aria-label") for tag, each in parser.tags if tag in ("button", "input")]
    assert {"Play", "Next step", "Previous step", "Step"} <= set(names)
    (image,) = (each for tag, each in parser.tags if tag == "img")
    assert image["alt"].startswith("A window slides over the input, step 1 of 4: Output (0, 0)")
    assert not re.search(r"https?://|<link", html)
    assert html == slide._repr_html_()  # no random ids: the committed output can be compared


def test_a_caption_cannot_end_the_script():
    picture = style.shrink(EACH["matrices"]())
    html = figures.animate('"</script>"', {"</script><b>": picture})._repr_html_()
    assert html.count("</script>") == 1
    assert "</script><b>" not in html


def test_the_photograph_is_a_grey_square_of_the_size_asked_for():
    photograph = figures.photograph(64)
    assert photograph.shape == (64, 64)
    assert photograph.min() >= 0
    assert photograph.max() <= 1
    assert photograph.std() > 0.1


@pytest.mark.parametrize("unit", range(4))
def test_looking_down_finds_the_columns_that_can_change_a_unit(unit):
    def stack(row):
        for kernel_size, stride, padding in STACK:
            row = conv.correlate2d(row, np.ones((1, kernel_size)), (1, stride), (0, padding))
        return row[0]

    *_, image = levels = figures.look_down(9, STACK, unit)
    touched = [stack(row[None])[unit] > 0 for row in np.eye(9)]
    assert image.seen.tolist() == touched
    assert [len(level.seen) for level in levels] == [4, 5, 9]
    assert levels[0].centres.tolist() == [1, 3, 5, 7]  # between pairs of units over 0, 2, 4, 6 and 8


def test_descending_shows_a_layer_more_each_step():
    levels = dict(zip(["top", "middle", "image"], figures.look_down(9, STACK, unit=1), strict=True))
    animation = figures.descend("down", levels)
    assert animation.captions == ["top: 1 unit", "middle: 2 units", "image: 5 columns"]
    assert len({picture.png for picture in animation.pictures}) == 3


def test_a_plain_axis_differs_from_a_logarithmic_one():
    series, values = {"a": [1, 2, 4]}, {"a": 1, "b": 4}
    assert figures.bars(values, "x", "linear").png != figures.bars(values, "x").png
    assert (
        figures.lines([1, 2, 3], series, "x", "y", "linear").png
        != figures.lines([1, 2, 3], series, "x", "y").png
    )


def test_blocks_say_what_a_network_does():
    blocks = figures.network_blocks(Small, (1, 12, 10))
    assert [block[:3] for block in blocks] == [
        ("", "image", (1, 12, 10)),
        ("stem.0", "conv 3×3, stride 2, batch norm, ReLU", (4, 6, 5)),
        ("twice.0", "conv 3×3, depthwise", (4, 6, 5)),
        ("twice.1", "conv 1×3, LRN", (4, 6, 5)),
        ("larger", "Upsample", (4, 12, 10)),
        ("", "max pool 2×2", (4, 6, 5)),
        ("", "global average pool", (4,)),
        ("linear–last", "2 × linear", (4,)),
    ]
    merged = [block[:2] for block in figures.network_blocks(Small, (1, 12, 10), depth=1)]
    assert ("twice", "2 conv") in merged


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "zfnet"])
def test_blocks_have_the_shapes_that_layers_return(name):
    def note(layer, inputs, output):
        if isinstance(layer, nn.Conv2d | nn.Linear | nn.MaxPool2d):
            shapes.append(tuple(output.shape[1:]))

    shapes, build = [], models.VARIANTS[name].build
    with torch.device("meta"), torch.nn.modules.module.register_module_forward_hook(note):
        build().eval()(torch.zeros(1, 3, 224, 224))
    drawn = []
    for block in figures.network_blocks(build, (3, 224, 224))[1:]:
        times = re.match(r"(\d+) × ", block.does)
        drawn += int(times[1]) * [block.shape] if times else [block.shape]
    assert drawn == shapes


def test_residual_blocks_are_drawn_once_with_their_number():
    blocks = figures.network_blocks(models.VARIANTS["resnet50"].build, (3, 224, 224), depth=2)
    assert [block.does for block in blocks[3:6]] == [
        "Bottleneck: 4 conv",
        "2 × Bottleneck: 3 conv",
        "Bottleneck: 4 conv",
    ]
    assert [block.name for block in blocks[3:6]] == ["layer1.0", "layer1.1–2", "layer2.0"]


FIVE = {name: [1.0, 2.0] for name in "abcde"}


@pytest.mark.parametrize(
    "drawing",
    [
        lambda: figures.lines([1, 2], FIVE, "x", "y"),
        lambda: figures.runs({name: [values] for name, values in FIVE.items()}, "epoch", "loss"),
        lambda: figures.columns(["conv1", "fc6"], FIVE),
        lambda: figures.skyline(FIVE, "operations", "MiB"),
        lambda: figures.stacks({"3a": dict.fromkeys("abcde", 1.0)}, "MMACs"),
        lambda: figures.stacks({"3a": dict.fromkeys("abc", 1.0), "3b": dict.fromkeys("de", 1.0)}, "MMACs"),
        lambda: figures.tradeoff({name: {1: 2.0, 2: 3.0} for name in FIVE}, "MACs", "%"),
        lambda: figures.roofline(dict.fromkeys("abcdefghijk", (1, 1)), 1.0, 1.0),
    ],
)
def test_a_series_without_a_look_of_its_own_is_refused_not_dropped(drawing):
    with pytest.raises(ValueError, match=r"series \(a, b, .*\) are more than the \d+ looks that differ"):
        drawing()


def test_a_part_that_only_a_later_bar_has_is_drawn():
    one, two = figures.stacks({"3a": {"1×1": 5}, "5b": {"1×1": 5}}, ""), {"1×1": 5, "5×5": 5}
    assert figures.stacks({"3a": {"1×1": 5}, "5b": two}, "") != one
