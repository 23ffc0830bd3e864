"""Explorers compute what the package computes, and answer to fingers and keys."""

import base64
import functools
import itertools
import json
import re
from math import ceil

import numpy as np
import pytest
import torch
from test_browser_pages import complaints, discoloured
from windows import Window

from book._tools.chapters import chapters
from book._tools.stills import PLACED, drawn, placed
from cnnlab import conv, cost
from cnnlab.blocks import channel_shuffle, round_channels
from cnnlab.exercises.ch09 import skipped_gradient
from cnnlab.figures.explorers import (
    KERNELS,
    SCALED,
    STACKS,
    STATIC,
    dials,
    points,
    portrait,
    stills,
    tables,
)
from cnnlab.figures.explorers import LAYERS as LAYERS_OF_04
from cnnlab.figures.layer_tables import layer_table
from cnnlab.models import VARIANTS
from cnnlab.profiler import profile
from cnnlab.receptive_field import Field

pytestmark = pytest.mark.slow

ARITHMETIC = (STATIC / "explore" / "arithmetic.js").read_text("utf-8")
IN_BROWSER = """async ([source, calls]) => {
    const arithmetic = await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(source)}`);
    return calls.map(([name, ...given]) => {
        try { return arithmetic[name](...given); }
        catch (refusal) { return [refusal.constructor.name, refusal.message]; }
    });
}"""
REFUSALS = {TypeError: "TypeError", ValueError: "RangeError"}


# The arithmetic ---------------------------------------------------------------------------------------


def answered(compute, *given):
    """What the package says: a value, or the kind and the words of a refusal."""
    try:
        return compute(*given)
    except (TypeError, ValueError) as refusal:
        return [REFUSALS[type(refusal)], str(refusal)]


def through(field, *layer):
    return Field(*field.values()).through(*layer)._asdict()


def axis(*layer):
    """A layer's numbers as `conv2d` takes them, for images of one row."""
    return dict(
        zip(("stride", "padding", "dilation"), ((1, layer[1]), (0, layer[2]), (1, layer[3])), strict=True)
    )


def windows(size, *layer):
    """Which pixels each output reads, by one lit pixel at a time: [size, outputs]."""
    lit = np.eye(size)[:, None, None, :]
    return conv.conv2d(lit, np.ones((1, 1, 1, layer[0])), **axis(*layer))[:, 0, 0]


def reads(size, *layer):
    return windows(size, *layer).sum(axis=1).tolist()


def writes(size, kernel_size, stride, padding, output_padding, dilation):
    weight, more = np.ones((1, 1, 1, kernel_size)), (0, output_padding)
    options = axis(kernel_size, stride, padding, dilation)
    return (
        conv.conv_transpose2d(np.ones((1, 1, 1, size)), weight, output_padding=more, **options)
        .ravel()
        .tolist()
    )


def seen(width, layers, unit):
    """By lighting one unit of each level at a time: those that the last layer's unit notices."""
    found = []
    for level in range(len(layers) + 1):
        maps = np.eye(width)[:, None, None, :]
        for layer in layers[level:]:
            maps = (conv.conv2d(maps, np.ones((1, 1, 1, layer[0])), **axis(*layer)) > 0).astype(float)
        found.append(np.flatnonzero(maps[:, 0, 0, unit]).tolist())
        if level < len(layers):
            width = cost.conv2d_output_size(width, *layers[level])
    return found


def shuffle_source(channels, groups, place):
    return channel_shuffle(torch.arange(channels).view(1, -1, 1, 1), groups).flatten()[place].item()


def heard(channels, groups, layers, shuffled, output):
    """By lighting one channel of each row at a time: those that the output notices."""
    weight, rows = np.ones((channels, channels // groups, 1, 1)), [np.eye(channels)[:, output]]
    for layer in range(layers):
        if layer and shuffled:
            rows.insert(0, rows[0] @ np.eye(channels)[shuffle_order(channels, groups)])
        wires = conv.conv2d(np.eye(channels)[:, :, None, None], weight, groups=groups)[:, :, 0, 0]
        rows.insert(0, wires @ rows[0])
    return [np.flatnonzero(row).tolist() for row in rows]


KINDS = ("both", "shortcut", "block")
CHAINS = [np.random.default_rng(n).choice(KINDS, n % 40 + 1).tolist() for n in range(120)]


def chain_gradient(kinds, slope):
    """By the exercise's own solution; a shortcut alone is a slope of 0 with one."""
    slopes = [0 if kind == "shortcut" else slope for kind in kinds]
    return pytest.approx(skipped_gradient(slopes, [kind != "block" for kind in kinds]), rel=1e-12)


def path_counts(kinds):
    """The coefficients of a product: each block is 1 + z, 1 or z."""
    factors = {"both": [1, 1], "shortcut": [1, 0], "block": [0, 1]}
    return functools.reduce(np.convolve, [factors[kind] for kind in kinds], np.ones(1, int)).tolist()


def roofline(layer, images, number, peak, bandwidth):
    """By the package's counts of one image; a batch reads its weights once."""
    in_channels, out_channels, kernel_size, size, groups = layer
    flops = 2 * images * cost.conv2d_macs(in_channels, out_channels, kernel_size, size, groups)
    weights = out_channels * in_channels // groups * kernel_size**2
    moved = cost.conv2d_memory_access(in_channels, out_channels, kernel_size, size, size, groups)
    moved = number * (weights + images * (moved - weights))
    times = flops / peak, moved / bandwidth
    found = {"flops": flops, "bytes": moved, "intensity": flops / moved, "seconds": max(times)}
    return found | {"memory": times[1] > times[0]}


def block_costs(kind, c, o, t, k, size):
    """Weights, and what norms and gates add to the parameters, then MACs; by the papers' formulas."""
    if kind == "separable":
        return (k * k * c + c * o) + 2 * (c + o), (k * k * c + c * o) * size[1] ** 2
    hidden, squeezed, first = c * t, c // 4, c * c * t * (t > 1)
    gate = 2 * hidden * squeezed * (kind == "gated")
    weights = first + k * k * hidden + hidden * o + gate
    more = 2 * (hidden * (1 + (t > 1)) + o) + (hidden + squeezed) * (kind == "gated")
    return weights + more, first * size[0] ** 2 + (k * k * hidden + hidden * o) * size[1] ** 2 + gate


def scaled_stages(table, width, size, depth):
    """Each stage's parameters and MACs."""
    c, size, kind = round_channels(table["stem"] * width), -(-size // 2), table["kind"]
    found = [(27 * c + 2 * c, 27 * c * size**2)]
    for t, channels, n, s, k in table["rows"]:
        o, small, blocks = round_channels(channels * width), -(-size // s), ceil(n * depth)
        costs = [block_costs(kind, c, o, t, k, (size, small))]
        costs += [block_costs(kind, o, o, t, k, (small, small))] * (blocks - 1)
        found.append(tuple(map(sum, zip(*costs, strict=True))))
        c, size = o, small
    if table["head"]:
        o = round_channels(table["head"] * max(width, table["least_head"]))
        found.append((c * o + 2 * o, c * o * size**2))
        c = o
    return [*found, (1000 * c + 1000, 1000 * c)]


def shuffle_order(channels, groups):
    return [shuffle_source(channels, groups, place) for place in range(channels)]


SIZES = [
    *itertools.product((0, 1, 2, 5, 8, 13), (0, 1, 2, 3, 5, 7), (0, 1, 2, 3), (-1, 0, 1, 3), (0, 1, 2, 3))
]
LAYERS = [*itertools.product((1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2, 3))]
FIELDS = [
    {"size": 1, "jump": 1, "start": 0},
    {"size": 11, "jump": 4, "start": -5},
    {"size": 6, "jump": 0.5, "start": 0.25},
]
GROUPED = [(c, g) for c in (1, 2, 6, 12, 24) for g in range(1, 25) if c % g == 0]
DIALS = [*itertools.product(range(20, 221, 7), (32, 129, 224, 300), (20, 50, 100, 110, 180, 310))]
MACHINES = [*itertools.product(LAYERS_OF_04.values(), (1, 8, 100), (4, 2, 1), (1e9, 2e11), (1e9, 4e10, 1e13))]
CALLS = {
    "chain_gradient": (
        chain_gradient,
        [(kinds, slope) for kinds in CHAINS for slope in (-0.5, 0, 0.01, 0.1, 1)],
    ),
    "path_counts": (path_counts, [(kinds,) for kinds in CHAINS]),
    "conv2d_macs": (cost.conv2d_macs, [*itertools.product((0, 4, 6), (2, 6), (1, 3), (0, 1, 7), range(4))]),
    "conv2d_memory_access": (
        cost.conv2d_memory_access,
        [*itertools.product((0, 4, 6), (2, 6), (1, 3), (0, 1, 7), (0, 5), range(4))],
    ),
    "roofline": (roofline, MACHINES),
    "round_channels": (
        round_channels,
        [(c * w / 100, d) for w in range(20, 220) for c in (3, 16, 320) for d in (4, 8)],
    ),
    "conv2d_params": (cost.conv2d_params, [*itertools.product((0, 4, 6), (2, 6), (0, 1, 3), range(7))]),
    "shuffle_source": (shuffle_source, [(c, g, place) for c, g in GROUPED for place in range(c)]),
    "heard": (
        heard,
        [(c, g, depth, dealt, c // 2) for c, g in GROUPED for depth in (1, 2, 3) for dealt in (0, 1)],
    ),
    "conv2d_output_size": (cost.conv2d_output_size, [*SIZES, (8.5, 3, 1, 0, 1), (8, 3, 1, 0, 1.5)]),
    "pool2d_output_size": (
        cost.pool2d_output_size,
        [(*each, ceil) for each in SIZES if each[4] < 3 for ceil in (False, True)],
    ),
    "conv_transpose2d_output_size": (
        cost.conv_transpose2d_output_size,
        [(*each[:4], more, each[4]) for each in SIZES if each[0] < 8 for more in (-1, 0, 1, 2)],
    ),
    "through": (through, [(field, *each[1:]) for field in FIELDS for each in SIZES if each[0] == 0]),
    "reads": (reads, [(size, *layer) for size in (13, 16) for layer in LAYERS]),
    "writes": (writes, [(size, k, s, p, s - 1, d) for size in (6, 7) for k, s, p, d in LAYERS]),
}  # fmt: skip


@pytest.fixture(scope="module")
def compute(browser):
    """`compute(calls)`: what the module of JavaScript answers to [name, *arguments], each."""
    page = browser.new_page()
    yield lambda calls, source=ARITHMETIC: page.evaluate(IN_BROWSER, [source, calls])
    page.close()


@pytest.mark.parametrize("name", CALLS)
def test_the_page_computes_and_refuses_in_the_packages_words(compute, name):
    expected, given = CALLS[name]
    answers = compute([[name, *each] for each in given])
    wrong = [
        (each, answer)
        for each, answer in zip(given, answers, strict=True)
        if answer != answered(expected, *each)
    ]
    assert wrong == []
    assert len(given) > 100


def test_a_unit_sees_what_the_package_lets_it_see(compute):
    rng, calls = np.random.default_rng(0), []
    while len(calls) < 150:
        layers = [LAYERS[each] for each in rng.integers(len(LAYERS), size=rng.integers(1, 5))]
        width, units = int(rng.integers(6, 40)), [0]
        try:
            units = itertools.accumulate(
                layers, lambda size, layer: cost.conv2d_output_size(size, *layer), initial=width
            )
            calls.append((width, layers, int(rng.integers([*units][-1]))))
        except ValueError:
            continue  # a kernel that does not fit
    answers = compute([["seen", *call] for call in calls])
    assert answers == [seen(*call) for call in calls]


def test_a_stack_has_the_packages_fields(compute):
    calls = [["levels", width, layers] for width, layers in STACKS.values()]
    for (width, layers), found in zip(STACKS.values(), compute(calls), strict=True):
        field, units = Field(), width
        for layer, level in zip(layers, found[1:], strict=True):
            field, units = field.through(*layer), cost.conv2d_output_size(units, *layer)
            assert level == field._asdict() | {"units": units}


@pytest.mark.parametrize("name", SCALED)
def test_stages_cost_what_formulas_say(compute, name):
    table, settings = tables()[name], [(width / 100, size, depth / 100) for width, size, depth in DIALS]
    answers = compute([["scaled_stages", table, *each] for each in settings])
    for each, answer in zip(settings, answers, strict=True):
        assert [(stage["params"], stage["macs"]) for stage in answer] == scaled_stages(table, *each), each


@pytest.mark.parametrize("name", SCALED)
def test_stages_sum_to_the_networks_that_papers_print(compute, name):
    """The package's own networks, by their counts in `VARIANTS` or, at other sizes, by profile."""
    seen = {(point["width"], point["size"], point["depth"]) for point in points(name)}
    settings = {variant: at for variant in VARIANTS if (at := dials(name, variant)) in seen}
    answers = compute([["scaled_stages", tables()[name], *at] for at in settings.values()])
    for (variant, (_, size, _)), answer in zip(settings.items(), answers, strict=True):
        build, (params, macs), (_, usual, _) = VARIANTS[variant][:3]
        macs = macs if size == usual else profile(build, (1, 3, size, size)).macs
        assert [sum(stage[count] for stage in answer) for count in ("params", "macs")] == [params, macs], (
            variant
        )
    assert len(settings) >= 3


def parts(layers, depth):
    """Name, number of layers, parameters and MACs of each block, by runs of equal beginnings."""
    names = [layer[0].split(".") for layer in layers]
    keys = [name[: depth + 1] if len(name) > depth + 1 else place for place, name in enumerate(names)]
    runs = [list(run) for _, run in itertools.groupby(range(len(layers)), keys.__getitem__)]
    short = [names[run[0]][depth : depth + 1 if len(run) > 1 else None] for run in runs]
    sums = [[sum(layers[at][count] for at in run) for count in (3, 4)] for run in runs]
    return [(".".join(name), len(run), *both) for name, run, both in zip(short, runs, sums, strict=True)]


@pytest.fixture(scope="module")
def networks(html):
    """Every network as the site serves it."""
    folder = html / "_static" / "explore" / "networks"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def test_every_network_opens_into_its_layers(compute, networks):
    assert networks.keys() == VARIANTS.keys()
    some = [table["layers"] for table in networks.values()][::5]
    given = [(layers, depth) for layers in some for depth in (0, 1)]
    for each, found in zip(given, compute([["blocks", *each] for each in given]), strict=True):
        made = [(block["name"], len(block["layers"]), block["params"], block["macs"]) for block in found]
        assert made == parts(*each)
    for layers, found in zip(some, compute([["outline", layers, 8] for layers in some]), strict=True):
        assert [layer for block in found for layer in block["layers"]] == layers
    for name, table in networks.items():
        assert sum(macs for *_, macs, _ in table["layers"]) == VARIANTS[name].cost.macs
        assert table["params"] == VARIANTS[name].cost.params


@pytest.mark.parametrize("name", ["densenet121", "googlenet", "shufflenet_v2_x1_0", "unet"])
def test_the_site_serves_what_the_profiler_counts(networks, name):
    assert networks[name] == json.loads(json.dumps(layer_table(name)))
    found, layers = profile(VARIANTS[name].build, (1, *VARIANTS[name].input_shape)), networks[name]["layers"]
    costs = [(row.path, "×".join(map(str, row.output_shape[1:])), row.macs) for row in found.rows if row.macs]
    assert [(path, shape, macs) for path, _, shape, _, macs, _ in layers if macs] == costs
    stages = {path.split(".")[0]: 0 for path, *_ in layers}
    for path, *_, params, _, _ in layers:
        stages[path.split(".")[0]] += params
    for stage, params in stages.items():  # in evaluation: heads that only training uses are not passed
        assert not stage or params == sum(p.numel() for p in getattr(found.network, stage).parameters())


@pytest.mark.parametrize("name", KERNELS)
def test_the_map_is_the_packages(compute, name):
    image = np.random.default_rng(0).integers(0, 256, (20, 30))
    (made,) = compute([["correlate2d", image.tolist(), KERNELS[name]]])
    np.testing.assert_allclose(made, conv.correlate2d(image, np.array(KERNELS[name], float)), atol=1e-9)


FAULTS = {  # a line of the module → what somebody might have written
    "Math.floor(": "Math.round(",
    "dilation * (kernel_size - 1) + 1;": "dilation * kernel_size;",
    'name.endsWith("padding") ? 0 : 1': "1",
    "moves * stride >= size + padding": "moves * stride > size + padding",
    "field.start - padding * field.jump": "field.start - padding",
    "output * stride - padding": "output * stride",
    "nearest >= 0.9 * channels": "true",
    "Math.ceil(n * depth)": "Math.round(n * depth)",
    "block ? 1 : s": "s",
    "gate ? 1 : cost.size ** 2": "cost.size ** 2",
    "found.at(-1).name === name": "true",
    "both: slope + 1": "both: slope",
    "through[length - 1]": "through[length]",
    "images * (access - weights) + weights": "images * access",
    "found.length >= least": "found.length > least",
}


EVERY = [[name, *each] for name, (_, given) in CALLS.items() for each in given[::5]]
LAYERS_OF_TWO = [[f"{stage}.{block}", "", "", 1, stage, 1] for stage in (1, 2) for block in range(3)]
EVERY += [["blocks", LAYERS_OF_TWO], ["outline", LAYERS_OF_TWO, 4]]
EVERY += [["scaled_stages", table, 0.75, 224, 1.1] for table in tables().values()]


@pytest.fixture(scope="module")
def right(compute):
    return compute(EVERY)  # which the tests above compare with the package


@pytest.mark.parametrize("line", FAULTS)
def test_a_planted_fault_is_seen(compute, right, line):
    source = ARITHMETIC.replace(line, FAULTS[line])
    assert source != ARITHMETIC
    assert compute(EVERY, source) != right


# The pages --------------------------------------------------------------------------------------------


@pytest.fixture
def opened(browser, site):
    """`opened(chapter, width, theme)`: a window on a chapter whose outputs all stand open."""
    windows = []

    def open_page(chapter, width=390):
        window = Window(browser, site, width, "light")
        windows.append(window)
        window.page.add_init_script("localStorage.setItem('cnnlab-just-read', 'yes')")
        window.visit(f"notebooks/{chapter}.html")
        return window

    yield open_page
    for window in windows:
        assert window.faults == []
        window.page.close()


def explorer(window, name):
    return window.page.locator(f'.cnnlab-explorer[data-explorer="{name}"] > .operated').first


def slide(place, label, value):
    """Move a slider by its keys."""
    slider = place.get_by_role("slider", name=label, exact=True)
    slider.press("Home")
    for _ in range(value - int(slider.get_attribute("min"))):
        slider.press("ArrowRight")
    assert slider.input_value() == str(value)


def drag(place, *points):
    """Press on a drawing at the first point, and move on to the others; shares of its width and height."""
    place.locator("svg").scroll_into_view_if_needed()  # a mouse reaches no further than the window
    box, mouse = place.locator("svg").bounding_box(), place.page.mouse
    for number, (x, y) in enumerate(points):
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        if not number:
            mouse.down()
    mouse.up()
    place.page.evaluate("new Promise(requestAnimationFrame)")


def faults_in_both_themes(window):
    return complaints(window) + discoloured(window.turned("dark"))


def test_the_board_says_what_the_formula_says(opened):
    window = opened("01_convolution")
    board = explorer(window, "output_size")
    said = board.get_by_role("status")
    for size, kernel_size, stride, padding, dilation in [(8, 3, 2, 0, 1), (11, 5, 3, 2, 2), (9, 3, 2, 1, 2)]:
        given = {"Inputs W": size, "Kernel size K": kernel_size, "Stride S": stride}
        for label, value in (given | {"Padding P": padding, "Dilation D": dilation}).items():
            slide(board, label, value)
        outputs = cost.conv2d_output_size(size, kernel_size, stride, padding, dilation)
        assert f"= {outputs} outputs." in said.text_content()
        assert board.locator("rect.output").count() == outputs
        unread = reads(size, kernel_size, stride, padding, dilation).count(0)
        assert board.locator("rect.unread").count() == unread
    drag(board, (0.5, 0.3), (0.99, 0.3))
    assert board.get_by_role("slider", name="Window").input_value() == str(outputs - 1)
    assert faults_in_both_themes(window) == []


def test_the_board_refuses_and_transposes(opened):
    board = explorer(opened("01_convolution", 1280), "output_size")
    slide(board, "Kernel size K", 7)
    slide(board, "Inputs W", 4)
    with pytest.raises(ValueError, match="spanning") as refusal:
        cost.conv2d_output_size(4, 7, 2)
    assert board.get_by_role("status").text_content() == f"Refused: {refusal.value}."
    board.get_by_role("combobox").select_option("transposed")
    slide(board, "Kernel size K", 3)
    counts = writes(4, 3, 2, 0, 0, 1)
    assert f"= {len(counts)} outputs." in board.get_by_role("status").text_content()
    assert (
        board.get_by_role("status")
        .text_content()
        .endswith("sums of 1 and 2 along this axis: a checkerboard.")
    )
    assert board.locator("svg text").all_text_contents() == [f"{count:.0f}" for count in counts]
    slide(board, "Kernel size K", 4)
    assert "the board is even" in board.get_by_role("status").text_content()


def test_a_stack_lights_up_what_a_unit_sees(opened):
    window = opened("03_receptive_fields")
    stack = explorer(window, "receptive_field")
    said, rows = stack.get_by_role("status"), stack.locator("tbody tr")
    assert "18 in all" in said.text_content()
    assert rows.last.locator(".number").all_text_contents() == ["18", "4", "−7", "6"]
    slide(stack, "Unit", 0)
    pixels = seen(24, STACKS["two poolings"][1], 0)[0]
    assert (
        f"{len(pixels)} of them real, from {pixels[0]} to {pixels[-1]}; 7 lie in the padding"
        in said.text_content()
    )
    drag(stack, (0.5, 0.5), (0.5, 0.02))
    assert "of layer 5" in said.text_content()
    stack.get_by_role("button", name="Remove layer 5").click()
    assert rows.count() == 4
    assert "10 in all" in said.text_content()
    stack.get_by_role("button", name="Add a layer").click()
    assert "18 in all" in said.text_content()
    stack.get_by_role("button", name="Move layer 3 up").click()
    assert "16 in all" in said.text_content()
    assert faults_in_both_themes(window) == []


def test_a_layer_that_does_not_fit_is_refused(opened):
    stack = explorer(opened("03_receptive_fields"), "receptive_field")
    stack.get_by_label("kernel size of layer 5").fill("9")
    with pytest.raises(ValueError, match="spanning") as refusal:
        cost.conv2d_output_size(6, 9, 1, 1)
    said = stack.get_by_role("status").text_content()
    assert said.startswith(f"Layer 5 is refused: {refusal.value}. ")
    assert "of layer 4" in said
    stack.get_by_role("combobox").select_option("VGG16")
    assert "212 in all" in stack.get_by_role("status").text_content()


def test_a_kernel_makes_its_map(opened):
    window = opened("01_convolution")
    place = explorer(window, "kernel")
    pixels, side = base64.b64decode(portrait()["pixels"]), portrait()["side"]
    image = np.frombuffer(pixels, np.uint8).reshape(side, side)
    place.get_by_role("combobox").select_option("sharpen")
    before = place.locator("image").last.get_attribute("href")
    place.get_by_label("weight in row 2, column 2").fill("3.5")
    assert place.locator("image").last.get_attribute("href") != before
    assert place.get_by_role("combobox").input_value() == "own"
    drag(place, (0.1, 0.1), (0.3, 0.4))
    i, j = (
        int(place.get_by_role("slider", name=name).input_value())
        for name in ("Window's row", "Window's column")
    )
    kernel = np.array([[0, -1, 0], [-1, 3.5, -1], [0, -1, 0]])
    output = conv.correlate2d(image.astype(float), kernel)[i, j]
    said = place.get_by_role("status").text_content()
    assert f"sum to {output:g}: the output in row {i}, column {j}.".replace("-", "−") in said
    assert (i, j) != (37, 37)
    assert faults_in_both_themes(window) == []


def test_a_convention_lights_up_who_uses_it(opened):
    window = opened("04_cost")
    place = explorer(window, "conventions")
    said, lit = place.get_by_role("status"), place.locator("li.lit")
    assert said.text_content() == "Total: 714,188,480. No program of the list prints it."
    place.get_by_label("A MAC").select_option("2")
    assert lit.all_text_contents() == ["FlopCounterMode 2.13.01,428,376,960✓"]
    place.get_by_label("Network").select_option("ResNet-50")
    place.get_by_label("A MAC").select_option("1")
    place.get_by_label("A number normalized").select_option("4")
    assert said.text_content() == "Total: 4,133,640,192. thop 0.1.1 prints this number."
    assert "−22,227,968" in place.locator("li", has_text="fvcore").text_content()
    assert faults_in_both_themes(window) == []


def test_a_channel_lights_up_what_it_hears(opened):
    window = opened("16_shufflenet")
    place = explorer(window, "wiring")
    said = place.get_by_role("status")
    assert (
        "3 groups of 4: output 0 hears 4 of 12 inputs (0, 1, 2 and 3), from 1 of 3 groups. 96 weights"
        in said.text_content()
    )
    place.get_by_role("combobox").select_option("a shuffle")
    assert "hears 12 of 12 inputs" in said.text_content()
    drag(place, (0.2, 0.1), (0.97, 0.1))
    assert "output 11 hears" in said.text_content()
    slide(place, "Groups", 5)
    with pytest.raises(ValueError, match="equal groups") as refusal:
        cost.conv2d_params(12, 12, 1, 5)
    assert said.text_content() == f"Refused: {refusal.value}."
    slide(place, "Groups", 12)
    assert said.text_content().startswith("Depthwise: ")
    assert faults_in_both_themes(window) == []


def test_three_dials_move_a_networks_cost(opened):
    window = opened("14_mobilenet_v1")
    place = explorer(window, "scaling")
    said, bars = place.get_by_role("status"), place.locator("svg text.left")
    place.get_by_role("button", name="width 0.5, 160×160").click()
    macs = profile(VARIANTS["mobilenet_v1_x0_5"].build, (1, 3, 160, 160)).macs
    assert bars.all_text_contents() == [f"{macs:,} MACs", "1,331,592 parameters"]
    assert "76 M MACsexplained" in place.locator("li.lit").text_content()
    assert "0.315 times the parameters" in said.text_content()
    place.get_by_role("slider", name="Image, pixels").fill("224")
    assert place.locator("li.lit").count() == 4  # 149 and 150, 1.3 and 1.32
    drag(place, (0.5, 0.2), (0.99, 0.8))
    assert "the linear layer" in said.text_content()
    place.get_by_role("combobox").select_option("MobileNetV2")
    assert bars.first.text_content() == "300,774,272 MACs"


def test_two_networks_open_down_to_their_layers(opened):
    window = opened("09_resnet")
    place = explorer(window, "architecture")
    said, lists = place.get_by_role("status"), place.locator(".blocks")
    assert "25,557,032 parameters" in said.text_content()
    stage = lists.first.locator("details", has_text="layer3").first
    stage.locator("summary").first.press("Enter")
    block = stage.locator("details").nth(1)
    block.locator("summary").click()
    assert "conv2 conv 3×3, batch norm, ReLU" in block.locator(".layer").nth(1).text_content()
    assert "256×14×14 · 590,336 parameters · 115,605,504 MACs" in block.text_content()
    place.get_by_label("Beside it", exact=True).select_option("mobilenet_v2")
    place.get_by_text("mobilenet_v2: 300,774,272 MACs").wait_for()
    place.get_by_label("The bars show").select_option("params")
    assert "mobilenet_v2: 3,504,872 parameters" in place.locator("svg").text_content()
    block.wait_for()  # what was open opens again
    box = place.locator("svg").bounding_box()
    place.locator("svg").click(position={"x": box["width"] * 0.2, "y": box["height"] * 0.3})
    assert stage.get_attribute("open") is None
    assert faults_in_both_themes(window) == []


def test_paths_halve_with_every_block_that_goes(opened):
    window = opened("09_resnet")
    place = explorer(window, "shortcuts")
    said = place.get_by_role("status")
    assert (
        "The gradient is multiplied by 13.11. Half of it comes" in said.text_content()
    )  # the chapter's 13.110
    drag(place, (0.05, 0.1), (0.5, 0.1))
    assert place.get_by_role("slider", name="Block", exact=True).input_value() == "14"
    place.get_by_role("combobox").select_option("shortcut")
    place.get_by_role("button", name="Remove an F at random").click()
    assert f"{2**25:,} of {2**27:,} paths are there" in said.text_content()
    place.get_by_role("button", name="No shortcuts").click()
    assert ": 1 of 134,217,728 paths is there" in said.text_content()
    assert "multiplied by 1.0 · 10^−27" in said.text_content()
    place.get_by_role("slider", name="Slope F′").press("End")
    assert "multiplied by 1." in said.text_content()


def test_a_machine_bounds_the_layers(opened):
    window = opened("04_cost")
    place = explorer(window, "roofline")
    said = place.get_by_role("status")
    assert "The ridge is at 5 FLOPs a byte; left of it: E, F, G. A " in said.text_content()
    place.get_by_label("Layer", exact=True).select_option("G fully connected, 4096 → 4096")
    place.get_by_role("slider", name="Images at once").fill("10")
    assert "left of it: E, F, G" in said.text_content()
    place.get_by_role("slider", name="Images at once").fill("11")
    assert "left of it: E, F." in said.text_content()
    assert "The processor sets the bound" in said.text_content()
    place.get_by_role("slider", name="Peak, GFLOPS").press("ArrowRight")
    assert place.get_by_role("slider", name="Peak, GFLOPS").get_attribute("aria-valuetext") == "250"
    drag(place, (0.9, 0.9), (0.4, 0.3))
    assert place.get_by_label("Layer", exact=True).input_value()[0] in "EFG"


CHAPTERS = [path.stem for path in chapters() if path.name[:2] in PLACED]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_without_JavaScript_a_picture_stands_there(browser, site, chapter):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}notebooks/{chapter}.html")
    for place in page.locator(".cnnlab-explorer").all():
        assert place.locator("figure :is(svg[aria-label], ul)").first.is_visible()
        assert "On the book's site, with scripts, you " in place.inner_text()
    context.close()


def drawing(still):
    """What a still draws: the bytes of photographs and the names of colours are the browser's."""
    return re.sub(r' (?:href="data:[^"]*"|(?:fill|stroke)="rgb[^"]*")', "", still)


@pytest.mark.parametrize("explorer", placed(), ids=lambda explorer: explorer.key)
def test_a_notebooks_output_holds_the_same(browser, explorer):
    """And paper shows what it draws as it begins."""
    page, faults = browser.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: request.url.startswith("http") and faults.append(request.url))
    still = drawn(page, explorer)
    assert page.locator(".operated").get_by_role("status").text_content()
    assert drawing(still) == drawing(stills()[explorer.key])
    page.emulate_media(media="print")
    assert page.locator("figure.still").is_visible()
    assert page.locator(".operated").is_hidden()
    assert faults == []
    page.close()
