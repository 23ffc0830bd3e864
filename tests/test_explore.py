"""Explorers: what stands in their place, where the book puts them, and the networks that they begin with."""

import ast
import csv
import gzip
import json
import re
from itertools import product
from pathlib import Path

import pytest
import yaml
from small_chapter import notebook
from sphinx.errors import ExtensionError

from book._ext import cnnlab_explore
from book._tools import networks
from book._tools.chapters import chapters, read
from cnnlab.figures import explore, layer_tables
from cnnlab.figures.explorers import (
    EXPLORERS,
    LAYERS,
    NETWORKS,
    PRINTED,
    STACKS,
    STATIC,
    SWITCHES,
    Explorer,
    totals,
)
from cnnlab.models import VARIANTS
from cnnlab.profiler import profile
from cnnlab.receptive_field import Field, receptive_field

PLACED = yaml.safe_load(cnnlab_explore.EXPLORERS.read_text("utf-8"))
TRUNKS = {"AlexNet": "alexnet", "VGG16": "vgg16", "ResNet-18": "resnet18", "ResNet-50": "resnet50"}


class App:
    """What the extension asks of Sphinx."""

    class builder:
        name = "html"


@pytest.fixture
def listed(monkeypatch, tmp_path):
    def write(**entry):
        path = tmp_path / "explorers.yml"
        path.write_text(yaml.safe_dump({"90": [{"explorer": "output_size", "try": "**Try** it."} | entry]}))
        monkeypatch.setattr(cnnlab_explore, "EXPLORERS", path)

    return write


def page(docname="notebooks/90_small", app=App):
    source = [json.dumps(notebook())]
    cnnlab_explore.add_explorers(app, docname, source)
    cells = json.loads(source[0])["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def test_an_explorer_stands_at_the_end_of_its_section(listed):
    plain = page()
    heading, following = re.findall(r"(?m)^##+ (.*)$", plain)[:2]
    listed(at=heading, settings={"stride": 3})
    shown = page()
    place = shown.index("**Try** it.\n\n<div")
    assert shown.index(f"## {heading}") < place < shown.index(f"## {following}")
    assert "&quot;stride&quot;:3" in shown
    assert re.sub(r"\*\*Try\*\* it\.\n\n<div.*</div>\n\n?", "", shown) == plain


def of(builder):
    return type("App", (), {"builder": type("Builder", (), {"name": builder})})


def test_other_pages_and_other_books_have_none(listed):
    plain = page()
    listed(at=re.search(r"(?m)^##+ (.*)$", plain)[1])
    assert page("book/90_small") == page("notebooks/91_other") == page(app=of("xml")) == plain


def test_an_EPUB_has_the_picture_alone(listed):
    listed(at=re.search(r"(?m)^##+ (.*)$", page())[1])
    shown = page(app=of("epub"))
    assert "**Try** it." in shown
    assert "<figcaption>" in shown
    assert "data-settings" not in shown


def test_a_section_that_is_not_there_is_named(listed):
    listed(at="Nowhere")
    with pytest.raises(ExtensionError, match="no section 'Nowhere' for the explorer output_size"):
        page()


@pytest.mark.parametrize("chapter", PLACED)
def test_every_place_is_a_section_of_its_chapter(chapter):
    (path,) = (path for path in chapters() if path.name.startswith(chapter))
    for entry in PLACED[chapter]:
        assert cnnlab_explore.put(read(path).cells, entry), entry["at"]


def test_every_explorer_stands_somewhere_with_its_picture():
    entries = [entry for entries in PLACED.values() for entry in entries]
    assert {entry["explorer"] for entry in entries} == {*EXPLORERS}
    for entry in entries:
        still = explore(entry["explorer"], **entry.get("settings", {})).still
        assert "<figure" in still, entry
        assert "\n" not in still  # a blank line would end the place for Markdown


@pytest.mark.parametrize("name", EXPLORERS)
def test_a_notebook_holds_all_that_an_explorer_needs(name):
    shown = explore(name)._repr_html_()
    assert shown.startswith("<style>")
    assert "://" not in shown.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?m)^(import|export)\b", shown)
    assert shown.count("</script>") == 1
    assert f'begin("{name}"' in shown


def test_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="there is no explorer 'kernels'; there are output_size, "):
        explore("kernels")
    assert repr(explore("kernel")) == "Explorer('kernel')"
    assert "&lt;/b&gt;" in Explorer("output_size", {"kind": "</b>"}).place()


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_weighs_at_most_40_kb(name):
    files = [STATIC / "explore" / each for each in ("arithmetic.js", "ui.js", f"{name}.js", "explore.css")]
    parts = [path.read_bytes() for path in files] + [explore(name).place().encode()]
    assert sum(len(gzip.compress(part)) for part in parts) <= 40_000


@pytest.mark.parametrize("name", TRUNKS)
def test_a_stack_sees_what_its_network_sees(name):
    """By tracing the network itself; the stack is typed by hand, without its 1×1 layers."""
    variant, field = VARIANTS[TRUNKS[name]], Field()
    trunk = "layer4" if name.startswith("ResNet") else "features"
    for kernel_size, stride, padding, dilation in STACKS[name][1]:
        field = field.through(kernel_size, stride, padding, dilation)
    assert receptive_field(variant.build, (1, *variant.input_shape), trunk).columns == field
    assert STACKS[name][0] == variant.input_shape[-1]


def test_only_networks_with_other_sources_are_made_again(monkeypatch, tmp_path):
    committed, made = tmp_path / "committed.gz", tmp_path / "made.gz"
    asked = []
    monkeypatch.setattr(networks, "keys", lambda: {"lenet5": "new", "alexnet": "same"})
    monkeypatch.setattr(layer_tables, "layer_table", lambda name: asked.append(name) or name.upper())
    old = {
        name: {"key": key, "table": "old"}
        for name, key in [("lenet5", "x"), ("alexnet", "same"), ("gone", "x")]
    }
    committed.write_bytes(gzip.compress(json.dumps(old).encode()))
    for _ in range(2):  # the second build takes what the first has made
        found = networks.brought_up_to_date(made, committed)
        assert {name: entry["table"] for name, entry in found.items()} == {
            "lenet5": "LENET5",
            "alexnet": "old",
        }
    assert asked == ["lenet5"]


def test_a_networks_sources_are_those_that_it_builds_on():
    assert "class Bottleneck" in networks.source("senet")  # of resnet.py, by resnext.py
    assert networks.keys()["se_resnet50"] != networks.keys()["resnet50"]
    assert dict.fromkeys(networks.keys(), 0) == dict.fromkeys(VARIANTS, 0)


def test_the_roofline_has_the_chapters_layers():
    (path,) = (path for path in chapters() if path.name.startswith("04"))
    (cell,) = (cell.source for cell in read(path).cells if cell.source.startswith("LAYERS = {"))
    assert ast.literal_eval(cell.removeprefix("LAYERS = ")) == LAYERS


COUNTERS = Path(__file__).parent / "reference" / "counters.csv"
PLACES = {"AlexNet": "alexnet", "VGG16": "vgg16", "ResNet-50": "resnet50", "MobileNetV2": "mobilenet_v2"}


def printed():
    """What the tools printed when they were asked: network and tool → total."""
    with COUNTERS.open(encoding="utf-8", newline="") as file:
        return {(row["network"], row["tool"]): int(row["total"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_printed_total_can_be_switched_on(name):
    """The counts are the profiler's, whose totals are the tools'; the switches reach each of them."""
    counted, networks = profile(VARIANTS[PLACES[name]].build), totals()
    counts, ways = networks["networks"][name], product(*(SWITCHES[each].values() for each in SWITCHES))
    reached = {sum(n * counts[count] for one in way for count, n in one.items()) for way in ways}
    for tool, total in networks["printed"][name].items():
        assert total == printed()[PLACES[name], tool.split()[0]]
        assert total == counted.as_reported_by(tool.split()[0])
        assert total in reached, tool
    assert counts["macs"] == counted.macs
    assert counts["conv_bias"] + counts["linear_bias"] == counted.flops(0, bias=1)
    assert (counts["norm"], counts["relu"]) == (counted.flops(0, norm=1), counted.flops(0, activation=1))
    assert len(PRINTED) == 8
