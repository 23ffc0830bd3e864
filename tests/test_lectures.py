"""Which numbers of a lecture's text no row of the ledger has: on a text of our own."""

import csv
import re

import pytest

from book._tools.lectures import KINDS, LISTED, idle, main, places, uncovered
from cnnlab.published import SOURCES, rows

PRINTED = {"A table": {"4.2", "569", "70.6"}, "Another": {"11", "2048", "1.5"}}
TEXT = """\
MobileNet-224 (2017)\t4.2\t569\t70.6%
conv1\t3\t227\t64\t11\t4\t2\t64\t55
It has 2,048 of them, and 1.50 G; [12] says so.
Its 3×3 kernels make 112×112×32 maps: https://example.org/1905.11946
"""


def found(text, reasons=KINDS):
    return [(each.line, each.number) for each in uncovered(text, PRINTED, reasons)]


def test_rows_and_reasons_cover_a_text():
    assert found(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("70.6", "70.5", [(1, "70.5")]),
        ("569", "596", [(1, "596")]),
        ("2,048", "2,084", [(3, "2,084")]),
        ("1.50 G", "1.51 G", [(3, "1.51")]),
        ("569", "2048", [(1, "2048")]),  # a row has it, of another table
        ("2,048", "569", []),  # in a sentence any row of the source will do
        ("3×3", "33", [(4, "33")]),
    ],
)
def test_a_number_that_is_changed_is_found(old, new, left):
    assert found(TEXT.replace(old, new)) == left


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_kind_something_is_left(kind):
    """Each excuses something that no other does."""
    texts = [
        TEXT, "FC\t1000", "1,000-d fc, 1000-d", "21 layers", "0.25× and 0.75 MobileNet", "5-bit, 16 bits",
        "Conv2d(64, 192)", "10em", "VGG 16", "3×3 conv, 384", "V3-Large 0.75\t39",
        "[1 \\times 1, 256] \\times 36", "pool1\t64\t27",
    ]  # fmt: skip
    others = [each for each in KINDS if each != kind]
    assert any(len(found(text, others)) > len(found(text)) for text in texts)


def test_a_reason_that_excuses_nothing_is_told():
    assert idle(TEXT, ["says so", "said so"]) == ["said so"]


def test_the_list_is_of_sources_and_says_why():
    with LISTED.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert {line["source"] for line in lines} <= set(SOURCES)
    assert all(re.compile(line["text"]) and len(line["reason"]) > 5 for line in lines)


def test_a_source_has_its_rows_by_place():
    found = places("lecture-004")
    assert sum(map(len, found.values())) <= sum(row.source == "lecture-004" for row in rows())
    assert "3.8" in found["Accuracy of GoogLeNet v1-v2, table"]


def test_the_command_counts_and_says_which_sources_there_are(tmp_path, capsys):
    text = tmp_path / "lecture.txt"
    text.write_text("12345 apples")
    assert main("lecture-000", str(text)) == 1
    assert "1: 12345 in '12345 apples'" in capsys.readouterr().out
    assert main("lecture-999", str(text)) == 2
    assert "'lecture-999' is no source of the ledger; these are: lecture-000, " in capsys.readouterr().out
