"""The language of the ledger: what is written is read, what is read is computed; faults have a place."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnlab.published import COMPUTATIONS, compute, language, rows
from cnnlab.published.language import Call, computation, evaluate, names, parse, render

# Against an oracle: a text, a tree and a value, each made without the other two -----------------------------

FACTORS = {"float32": 4, "float16": 2, "decimal": Fraction(2**20, 10**6), "binary": Fraction(1000, 1024)}


def leaf(value):
    return f"printed({value})", Call("printed", (str(value),)), Fraction(value)


def multiple(part, name):
    text, tree, value = part
    return f"{name}({text})", Call(name, (tree,)), value * FACTORS[name]


def quotient(name, one, two):
    (text, tree, value), (other_text, other_tree, other) = one, two
    assume(other)
    result = value / other if name == "ratio" else abs(value - other) / other
    return f"{name}({text} / {other_text})", Call(name, (tree, other_tree), "/"), result


def summed(first, rest):
    text, tree, value = first
    trees, signs = (tree,), ""
    for sign, (more, more_tree, more_value) in rest:
        text, trees, signs = f"{text} {sign} {more}", (*trees, more_tree), signs + sign
        value = value + more_value if sign == "+" else value - more_value
    return f"total({text})", Call("total", trees, signs), value


def shortened(name, digits, part):
    text, tree, value = part
    step = Fraction(1, 10**digits)
    steps = ceil(value / step) if name == "up" or value < 0 else floor(value / step)
    return f"{name}({digits}, 1, {text})", Call(name, (str(digits), "1", tree), ",,"), steps * step


LEAVES = st.decimals(0, 10**6, places=2).map(leaf)
TRIPLES = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(multiple, parts, st.sampled_from([*FACTORS])),
        st.builds(quotient, st.sampled_from(["ratio", "apart"]), parts, parts),
        st.builds(summed, parts, st.lists(st.tuples(st.sampled_from("+-"), parts), max_size=3)),
        st.builds(shortened, st.sampled_from(["cut", "up"]), st.integers(0, 3), parts),
    ),
    max_leaves=12,
)


@given(TRIPLES)
def test_an_expression_is_read_written_and_computed(triple):
    text, tree, value = triple
    assert parse(text) == tree
    assert render(tree) == text
    assert evaluate(tree) == value


@given(TRIPLES, st.sampled_from(["", " ", "  ", "\n"]))
def test_blanks_where_no_sign_needs_them_mean_nothing(triple, blank):
    text, tree, _ = triple
    spread = "".join(f"{blank}{letter}{blank}" if letter in "()," else letter for letter in text)
    assert parse(spread) == tree


@given(st.text("a1()/+-,. ", max_size=20))
def test_any_other_text_is_refused_in_a_sentence(text):
    with pytest.raises(ValueError, match=r"at character \d+ of "):
        parse(text)


@given(TRIPLES, st.data())
def test_a_text_without_one_of_its_brackets_is_refused(triple, data):
    text, *_ = triple
    at = data.draw(st.sampled_from([i for i, letter in enumerate(text) if letter in "()"]))
    with pytest.raises(ValueError, match=r"at character \d+ of "):
        parse(text[:at] + " " + text[at + 1 :])


def test_every_expression_of_the_ledger_stands_as_the_language_writes_it():
    expressions = {text for row in rows() for text in (row.expression, row.other) if text}
    assert [text for text in sorted(expressions) if render(parse(text)) != text] == []


# By hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("macs_per_flop()", Fraction(1, 2)),
        ("ratio(ratio(printed(6) / printed(3)) / printed(4))", Fraction(1, 2)),
        ("ratio(printed(6) / ratio(printed(3) / printed(4)))", 8),
        ("total(printed(5) - total(printed(1) - printed(7)) + printed(2))", 13),
        ("apart(total(printed(1) + printed(2)) / printed(4))", Fraction(1, 4)),
        ("cut(0, 1, ratio(printed(7) / printed(2)))", 3),
        ("weights(alexnet, conv*-conv1-conv2)", 663_552 + 884_736 + 589_824),  # a minus within a word
        ("equal_work(64, 1/8)", 181),  # and a slash
        ("without(conv1, float32(weights(alexnet, conv1+conv2)))", 4 * 307_200),
    ],
)
def test_values(text, value):
    assert compute(text) == value


def test_words_are_a_computation_and_its_arguments():
    """As the chapters write it."""
    assert compute("conv_weights", "3", "64", "3") == compute("conv_weights(3, 64, 3)") == 1_728
    assert compute("float32", "conv_weights(3, 64, 3)") == 4 * 1_728
    assert compute("macs_per_flop") == Fraction(1, 2)


def test_a_rows_words_compute_what_its_expression_does():
    computed = [row for row in rows() if row.expression]
    assert all(parse(row.expression).name == row.words[0].partition("(")[0] for row in computed)
    nested = {row.expression: row for row in computed if "(" in row.expression.partition("(")[2]}
    for row in list(nested.values())[::20]:
        assert compute(*row.words) == compute(row.expression)


def test_the_names_in_an_expression():
    assert names(parse("ratio(size(alexnet, conv1) / printed(2))")) == {
        "ratio", "size", "alexnet", "conv1", "printed", "2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "nothing stands where a computation should, at character 1"),
        ("size", r"nothing stands where '\(' after size should, at character 5"),
        ("guess(3)", "no computation is named 'guess', at character 1"),
        ("ratio(printed(1) / guess(2))", "no computation is named 'guess', at character 20"),
        ("ratio(printed(1), printed(2))", r"',' stands where '/' or '\)' should, at character 17"),
        ("total(printed(1) / printed(2))", r"'/' stands where '\+' or '-' or '\)' should, at character 18"),
        ("ratio(printed(1) / )", r"'\)' stands where an argument of ratio should, at character 20"),
        ("ratio(printed(1) / printed(2)", r"nothing stands where '/' or '\)' should, at character 30"),
        ("size(alexnet, conv1))", r"'\)' stands where the end should, at character 21"),
        ("size(alexnet conv1)", r"'conv1' stands where ',' or '\)' should, at character 14"),
        ("size(alexnet)", "size: missing a required argument: 'layer', at character 1"),
        ("float32(size(alexnet, conv1, 3))", "size: too many positional arguments, at character 9"),
        ("stack(3, x)", "depth of stack is a word, int, not 'x', at character 10"),
        ("printed(1/0)", "value of printed is a word, Fraction, not '1/0', at character 9"),
        ("float32(7)", "count of float32 is an expression, not '7', at character 9"),
        ("stack(3, size(alexnet, conv1))", r"depth of stack is a word, int, not 'size\(alexnet, conv1\)'"),
        ("without(conv1, 3)", "counted of without is an expression, not '3', at character 16"),
    ],
)
def test_what_is_wrong_is_said_where(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse(text)


def test_a_second_computation_of_a_name_is_refused(monkeypatch):
    monkeypatch.setattr(language, "COMPUTATIONS", dict(COMPUTATIONS))

    def size(network: str) -> int:
        return 0

    with pytest.raises(ValueError, match="two computations are named 'size'"):
        computation(size)
