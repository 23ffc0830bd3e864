"""The ledger: every printed number is computed again, and no verdict can be wrong unnoticed."""

import csv
import re
from fractions import Fraction

import pytest

from cnnlab import published
from cnnlab.published import COMPUTATIONS, SLIPS, VERDICTS, Row, compute, number, rounds_to, rows, why_not

LEDGER = rows()


def name(row):
    return f"{row.source}, {row.subject}, {row.quantity}: {row.value}"


@pytest.mark.parametrize("row", LEDGER, ids=name)
def test_the_verdict_holds(row):
    assert why_not(row) is None


def test_at_most_two_percent_are_unresolved():
    unresolved = [name(row) for row in LEDGER if row.verdict == "unresolved"]
    assert len(unresolved) <= 0.02 * len(LEDGER), unresolved


# A wrong ledger is found ------------------------------------------------------------------------------


def verdict_fails(row):
    """Whether a row is refused, be it in a sentence or because its computation does not exist."""
    try:
        return why_not(row) is not None
    except (ValueError, TypeError, IndexError):
        return True


def misprinted(row):
    """The same row with its last digit changed by 2: rounding forgives 1 where ours ends in a half."""
    return row._replace(value=row.value[:-1] + str((int(row.value[-1]) + 2) % 10))


# Not the unresolved: any digits differ from ours there.
COMPUTED = [row for row in LEDGER if row.value[-1].isdigit() and row.words and row.verdict != "unresolved"]


@pytest.mark.parametrize("row", COMPUTED, ids=name)
def test_a_wrong_last_digit_is_found(row):
    assert verdict_fails(misprinted(row))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_other_verdict_on_a_row_is_found(verdict):
    others = [row for row in LEDGER if row.verdict != verdict]
    assert [name(row) for row in others if not verdict_fails(row._replace(verdict=verdict))] == []


AGREES = Row(
    "lecture-003", "AlexNet", "conv1", "MACs", "73", "MFLOP", "macs", "alexnet conv1", "agrees", "", "", ""
)
EXPLAINED = AGREES._replace(
    quantity="parameters", value="37,749", unit="K", function="params", arguments="alexnet fc6",
    verdict="explained", other_function="weights", other_arguments="alexnet fc6", note="Biases left out.",
)  # fmt: skip
SLIP = EXPLAINED._replace(
    value="37,725,832",
    unit="",
    verdict="slip",
    other_function="swapped",
    other_arguments="4 params alexnet fc6",
)
PLANTED = {
    "another layer": AGREES._replace(arguments="alexnet conv2"),
    "another quantity": AGREES._replace(function="params"),
    "another unit": AGREES._replace(unit="K"),
    "an unknown unit": AGREES._replace(unit="kilo"),
    "an unknown source": AGREES._replace(source="lecture-999"),
    "an unknown verdict": AGREES._replace(verdict="fine"),
    "an unknown computation": AGREES._replace(function="guess"),
    "an unknown network": AGREES._replace(arguments="alexnot conv1"),
    "an unknown layer": AGREES._replace(arguments="alexnet conv9"),
    "two answers where one agrees": AGREES._replace(other_function="macs", other_arguments="alexnet conv1"),
    "an explanation of what agrees": EXPLAINED._replace(value="37,753"),
    "an explanation that explains nothing": EXPLAINED._replace(other_arguments="alexnet fc7"),
    "an explanation that is missing": EXPLAINED._replace(other_function="", other_arguments=""),
    "an explanation without words": EXPLAINED._replace(note=""),
    "a mistake taken for an explanation": SLIP._replace(verdict="explained"),
    "an explanation taken for a mistake": EXPLAINED._replace(verdict="slip"),
    "a slip in another digit": SLIP._replace(other_arguments="5 params alexnet fc6"),
    "a slip that is right after all": SLIP._replace(value="37,752,832"),
    "a count merely reported": AGREES._replace(verdict="reported", function="", arguments=""),
    "a riddle that is solved": AGREES._replace(verdict="unresolved"),
}  # fmt: skip


@pytest.mark.parametrize("row", [AGREES, EXPLAINED, SLIP], ids=["agrees", "explained", "slip"])
def test_the_rows_from_which_faults_are_made_are_right(row):
    assert why_not(row) is None


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault):
    assert verdict_fails(PLANTED[fault])


# The file ---------------------------------------------------------------------------------------------


def test_the_file_has_the_columns_of_a_row():
    with published.CSV.open(encoding="utf-8", newline="") as file:
        assert tuple(csv.DictReader(file).fieldnames) == Row._fields


def test_no_number_is_entered_twice():
    keys = [(row.source, row.place, row.subject, row.quantity, row.value, row.unit) for row in LEDGER]
    assert [key for key in keys if keys.count(key) > 1] == []


@pytest.mark.parametrize("column", ["source", "place", "subject", "quantity", "value", "verdict"])
def test_no_row_leaves_a_column_empty(column):
    assert [name(row) for row in LEDGER if not getattr(row, column).strip()] == []


def test_values_stand_as_they_are_printed():
    assert [row.value for row in LEDGER if not re.fullmatch(r"[\d,]+(\.\d+)?|[\d*+() -]+", row.value)] == []


def test_every_computation_is_used():
    """What no row needs any more is taken out."""
    used = {word for row in LEDGER for word in (*row.words, *row.other_words)}
    assert sorted(COMPUTATIONS.keys() - used) == []


# Printed numbers, rounding ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("784", (784, 0)),
        ("37,725,832", (37_725_832, 0)),
        ("4.10", (Fraction(41, 10), 2)),
        ("0.4", (Fraction(2, 5), 1)),
        ("3*1 + 1*1 + 2*1 + 8*(-1)", (-2, 0)),
    ],
)
def test_number(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    ("ours", "value", "unit", "expected"),
    [
        (1_849, "1.8", "K", True),
        (1_850, "1.8", "K", True),  # a half may go down
        (1_850, "1.9", "K", True),  # or up
        (1_851, "1.8", "K", False),
        (1_849, "1.80", "K", False),  # a zero is a digit too
        (1_804, "1.80", "K", True),
        (2**20, "1", "MB", True),
        (Fraction(1, 3), "0.33", "", True),
        (Fraction(1, 3), "0.34", "", False),
    ],
)
def test_rounding(ours, value, unit, expected):
    assert rounds_to(ours, AGREES._replace(value=value, unit=unit)) is expected


# Tables and computations ------------------------------------------------------------------------------

# Other people's definitions, counted by other programs: torchvision 0.28 and pytorchcv 0.0.74 at 224 pixels.
# AlexNet of 2012: the parameters of Caffe's file, and its layers' MACs worked out by hand.
EXACT = {
    ("params", "alexnet"): 61_100_840,
    ("params", "alexnet_2012"): 60_965_224,
    ("macs", "alexnet_2012"): 105_415_200 + 223_948_800 + 149_520_384 + 112_140_288 + 74_760_192 + 58_621_952,
    ("params", "vgg16"): 138_357_544,
    ("macs", "vgg16"): 15_470_264_320,
    ("params", "vgg19"): 143_667_240,
    ("macs", "vgg19"): 19_632_062_464,
    ("params", "squeezenet"): 1_248_424,
    ("macs", "squeezenet"): 818_924_576,
    ("params", "mobilenet_v1"): 4_231_976,
    ("macs", "mobilenet_v1"): 568_740_352,
}


@pytest.mark.parametrize(("quantity", "network"), EXACT)
def test_a_table_has_the_size_of_an_independent_definition(quantity, network):
    assert compute(quantity, network, "*") == EXACT[quantity, network]


def test_shufflenet_of_width_one(monkeypatch):
    """At its own width the table is pytorchcv's, which the wider one is not: it widens conv1 too."""
    monkeypatch.setitem(published.NETWORKS, "shufflenet", [*published.shufflenet(1)])
    assert compute("params", "shufflenet", "*") == 1_865_728
    assert compute("macs", "shufflenet", "*") == 137_460_672


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("swapped 4 params alexnet fc6", 37_725_832),
        ("rotated channels alexnet fc6", 6_409),
        ("beheaded size vgg16 conv1_2", 24),
        ("significant 2 image_elements 3 224", 150_000),
        ("significant 1 macs alexnet *", 700_000_000),
        ("cut 2 10^9 macs vgg16 conv1_*", 1_930_000_000),
        ("float32 elements alexnet conv1", 802_816),
        ("decimal float32 elements alexnet conv1", Fraction(802_816 * 2**20, 10**6)),
        ("without conv1 weights alexnet conv1+conv2", 307_200),
        ("weights alexnet conv*-conv1-conv2", 663_552 + 884_736 + 589_824),
        ("ratio channels vgg16 conv5_1 / channels vgg16 conv1_1", 8),
        ("size_unrounded alexnet pool1 2", Fraction(55, 2)),
        ("model_macs alexnet 224", 714_188_480),
        ("model_params resnet18", 11_689_512),
        ("model_state resnet18", 11_689_512 + 2 * 4_800),
        ("model_without_norm resnet18", 11_689_512 - 2 * 4_800),
    ],
)
def test_computations(words, expected):
    assert compute(*words.split()) == expected


def test_a_slip_is_a_computation():
    assert COMPUTATIONS.keys() >= SLIPS


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("guess alexnet", "no computation is named 'guess alexnet'"),
        ("", "no computation"),
        ("params resnext *", "no table of 'resnext'"),
        ("params alexnet conv9", "no layer of alexnet is named 'conv9'"),
        ("model_macs resnext50 224", "no network is called 'resnext50'"),
    ],
)
def test_refusals(words, sentence):
    with pytest.raises(ValueError, match=sentence):
        compute(*words.split())
