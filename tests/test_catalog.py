"""The table of all networks: its files hold what the profiler and the ledger say, and its front is one."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from book._tools import latency
from book._tools.counted import FILE, counted, line_of
from cnnlab.catalog import Catalog, catalog, front, machine, pareto
from cnnlab.models import VARIANTS
from cnnlab.published import rows
from cnnlab.published.models import profile_of

ROOT = Path(__file__).parents[1]
LINES = {line.partition(",")[0] for line in FILE.read_text(encoding="utf-8").splitlines()[1:]}
CHEAP = sorted(VARIANTS, key=lambda name: VARIANTS[name].cost.macs)


def in_the_file(name):
    network = catalog().named(name)
    return network.moved_bytes, network.peak_bytes, network.operators, network.field


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "mobilenet_v3_small", "resnet18"])
def test_the_file_of_counts_holds_what_the_profiler_says(name):
    assert counted(name)[1:] == in_the_file(name)


def counted_before(name):
    """By the profile that tests of the ledger share on this worker, see tests/conftest.py."""
    _, height, width = VARIANTS[name].input_shape
    return line_of(name, profile_of(name, width)) if height == width else counted(name)


@pytest.mark.slow
def test_so_does_every_line_of_it():
    assert [each.name for each in catalog() if counted_before(each.name)[1:] != in_the_file(each.name)] == []


def test_every_line_of_it_is_a_network_that_costs_what_others_say():
    """A network that is added later joins when the file is written again; none leaves unnoticed."""
    assert {each.name for each in catalog()} == LINES <= VARIANTS.keys()
    assert [each.name for each in catalog()] == [name for name in VARIANTS if name in LINES]
    for each in catalog():
        assert (each.params, each.macs) == VARIANTS[each.name].cost


def test_a_network_that_is_added_waits_for_the_next_table(monkeypatch):
    before = catalog()
    monkeypatch.setitem(VARIANTS, "newcomer", VARIANTS["lenet5"])
    assert catalog.__wrapped__() == before


def test_known_fields():
    """Araujo et al. (2019) print these fields of the trunks."""
    assert {name: catalog().named(name).field for name in ("alexnet", "vgg16")} == {
        "alexnet": 195,
        "vgg16": 212,
    }


def test_accuracies_are_those_of_the_ledger():
    """An error of 43.45 % is an accuracy of 56.55 %, and 0.790 is 79 %."""
    assert catalog().named("alexnet").top1 == 56.55
    assert catalog().named("xception").top1 == 79.0
    assert catalog().named("unet").top1 is None
    printed = {row.source for row in rows()}
    assert printed  # the ledger was read
    assert all(20 < each.top1 < 100 and each.source for each in catalog() if each.top1 is not None)


def test_ten_crops_are_not_compared_with_one():
    assert catalog().named("zfnet").test == "ten crops"
    assert "zfnet" not in [each.name for each in catalog().on_imagenet()]
    assert {each.data for each in catalog().on_imagenet()} == {"ImageNet"}


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="'resnet51'"):
        catalog().named("resnet51")


def test_times_say_where_they_were_measured():
    assert {"date", "machine", "threads", "torch", "command"} <= machine().keys()
    assert machine()["threads"] == "1"
    timed = catalog().measured()
    assert len(timed) > 50
    assert all(0 < each.ms <= each.slower_ms for each in timed)


def test_what_is_timed_is_what_was_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(latency, "cheapest_first", lambda: CHEAP[:2])
    found = [*latency.lines(seconds=30)]
    assert [line[0] for line in found] == CHEAP[:2]
    assert all(float(first) > 0 and float(second) > 0 and runs >= 6 for _, first, second, runs in found)


@pytest.mark.parametrize(
    ("costs", "gains", "kept"),
    [
        ([1, 2, 3], [1, 2, 3], [1, 1, 1]),
        ([1, 2, 3], [3, 2, 1], [1, 0, 0]),
        ([1, 1, 2], [1, 2, 2], [0, 1, 0]),  # ties in one of the two
        ([1, 1], [2, 2], [1, 1]),  # equals do not beat each other
    ],
)
def test_pareto(costs, gains, kept):
    assert pareto(costs, gains).astype(int).tolist() == kept


def test_everything_is_beaten_by_the_front():
    known = catalog().on_imagenet()
    best = front(known, "macs")
    assert all(any(b.macs <= n.macs and b.top1 >= n.top1 for b in best) for n in known)
    gains = [each.top1 for each in best]
    assert gains == sorted(gains)
    assert best[0].macs == min(each.macs for each in known)


def test_the_table_has_a_row_a_network():
    table = catalog()._repr_html_()
    assert table.count("<tr>") == len(LINES) + 1
    assert "61.101</td>" in table  # AlexNet's millions of parameters
    assert re.search(r'scope="row">alexnet</th><td>2012</td><td>ImageNet</td><td>56.55</td>', table)
    assert Catalog([])._repr_html_().count("<tr>") == 1


def in_node(expression):
    """What a function of the page's script says."""
    module = (ROOT / "book" / "_static" / "networks.js").as_uri()
    code = f"const m = await import({module!r}); console.log(JSON.stringify({expression}))"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js, which CI has")
def test_the_pages_front_is_the_packages():
    known = catalog().on_imagenet()
    given = [{"network": n.name, "top-1 (%)": n.top1, "MACs (M)": n.macs} for n in known]
    found = in_node(f"m.front({json.dumps(given)}, 'MACs (M)').map(row => row.network)")
    assert sorted(found) == sorted(each.name for each in front(known, "macs"))


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js, which CI has")
def test_the_page_sorts_missing_numbers_last_and_filters():
    lines = (
        "[['a', 'x', NaN], ['b', 'x', 2], ['c', 'y', 1]].map(([network, data, v]) => ({network, data, v}))"
    )
    order = "m.sorted({}, 'v', {}).map(row => row.network).join('')"
    assert in_node(order.format(lines, "true")) == "cba"
    assert in_node(order.format(lines, "false")) == "bca"
    kept = "m.within({}, 'x', 'B', {{v: 2}}).map(row => row.network).join('')"
    assert in_node(kept.format(lines)) == "b"
    assert in_node("[m.valueOf(' 1,234.5 '), m.valueOf('vgg16'), m.valueOf('')]") == [1234.5, "vgg16", None]


def test_shuffled_costs_change_the_front():
    known = catalog().on_imagenet()
    costs = np.random.default_rng(0).permutation([each.macs for each in known])
    gains = [each.top1 for each in known]
    assert pareto(costs, gains).tolist() != pareto([each.macs for each in known], gains).tolist()
