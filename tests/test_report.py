"""The report of a profile: one file, whole by itself, whose drawings show the numbers of the profile."""

import re
from html.parser import HTMLParser

import pytest
from torch import nn

from cnnlab.__main__ import main
from cnnlab.profiler import profile
from cnnlab.report import page

LAYERS = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 4, 3, 2), nn.AdaptiveAvgPool2d(1))
FOUND = profile(LAYERS, (1, 3, 16, 16))
PAGE = page("a <network>", FOUND)
VOID = {"meta", "rect", "circle", "path", "polyline"}


class Tags(HTMLParser):
    """Which tags are open, and what each has."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag


def tags():
    parser = Tags()
    parser.feed(PAGE)
    assert parser.open == []
    return parser.seen


def numbers(text):
    return [float(number) for number in re.findall(r"[-\d.]+", text)]


def test_it_needs_no_other_file_and_no_script():
    assert {name for tag, having in tags() for name in having}.isdisjoint({"src", "href", "onclick"})
    assert "script" not in {tag for tag, _ in tags()}
    assert not re.search(r"https?:|url\(|@import", PAGE)
    assert "a &lt;network&gt;" in PAGE


def test_each_drawing_is_described():
    drawings = [having for tag, having in tags() if tag == "svg"]
    assert len(drawings) == 4
    assert all(having["role"] == "img" and len(having["aria-label"]) > 10 for having in drawings)


def test_bars_are_as_long_as_the_work_of_the_stages():
    wide = [float(having["width"]) for tag, having in tags() if tag == "rect"]
    stages = FOUND.stages()
    for bars, column in [(wide[: len(stages)], "macs"), (wide[len(stages) :], "moved_bytes")]:
        values = [getattr(stage, column) for stage in stages]
        assert bars == pytest.approx([max(bars) * value / max(values) for value in values], abs=0.05)


def test_the_timeline_reaches_the_peak_where_it_is_and_never_more():
    (points,) = (having["points"] for tag, having in tags() if tag == "polyline")
    heights = [230 - float(point.split(",")[1]) for point in points.split()]
    live = [now for _, now in FOUND.timeline]
    assert max(live) == FOUND.peak_activation_bytes
    assert heights == pytest.approx([200 * now / max(live) for now in live], abs=0.06)
    assert FOUND.timeline[live.index(max(live))][0] == FOUND.peak_path


def test_a_point_for_each_operator_that_multiplies():
    assert sum(tag == "circle" for tag, _ in tags()) == sum(row.macs > 0 for row in FOUND.counted) == 2
    work = sorted(2 * row.macs for row in FOUND.counted if row.macs)
    assert f"from {work[0]:,} to {work[1]:,} FLOPs" in PAGE
    assert "No operator multiplies" in page("none", profile(nn.ReLU(), (1, 3)))


def test_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "report.html"
    assert main(["lenet5", "--html", str(file)]) == 0
    assert "<h1>lenet5</h1>" in file.read_text(encoding="utf-8")
    assert main(["lenet5", "--markdown", "--depth", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("| total |")
    assert main(["lenet5", "--html", str(tmp_path / "none" / "report.html")]) == 2
    assert main(["--compare", "lenet5", "--html", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
