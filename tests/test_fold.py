"""Less code on a page: what folds, what stands in the solution's colours, and what is a table."""

import re
from html import unescape

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from book._ext import cnnlab_fold, cnnlab_tables
from book._ext.cnnlab_tables import html, read
from book._tools.chapters import chapters
from book._tools.chapters import read as notebook

PNG = {"image/png", "text/plain"}
DRAWN = "x = np.zeros(3)\nfigures.bars({'x': x})"
# A cell, what it shows, and what is said of its code.
ROWS = [
    (DRAWN, PNG, "Code of this figure"),
    ("plt.plot([1])", PNG, "Code of this figure"),
    (f"assert x\nassert y\n{DRAWN}", PNG, "Code of this figure, with 2 claims asserted"),
    ("figures.animate('a', {})", {"text/html"}, "Code of this figure"),
    (DRAWN, PNG | {"stream"}, ""),  # what it prints is to be understood
    (DRAWN, set(), ""),
    ("figures.bars({})\nx = 1", PNG, ""),
    ("for x in y:\n    y[x] = fit(x)\nfigures.bars(y)", PNG, ""),  # an experiment
    ("for x in y:\n    y[x] = conv.conv2d(x, w)\nfigures.bars(y)", PNG, ""),
    ("for x in y:\n    y[x] = nets[x](images)\nfigures.bars(y)", PNG, ""),
    ("def run(x):\n    return fit(x)\nfigures.bars(run(1))", PNG, ""),
    ("while x:\n    x = x - 1\nfigures.bars(x)", PNG, ""),
    (
        "for x in fit(y):\n    y[x] = np.mean(x.values())\n    y |= {}\nfigures.bars(y)",
        PNG,
        "Code of this figure",
    ),
    (
        "def two(x):\n    return [2 * x]\nfor x in y:\n    y[x] = two(x)\nfigures.bars(y)",
        PNG,
        "Code of this figure",
    ),
    ("with torch.device('meta'):\n    net = build()\nfigures.bars(net)", PNG, "Code of this figure"),
    ("for x in y:\n    assert x\nfigures.bars(y)", PNG, "Code of this figure, with 1 claim asserted"),
    ("profile(net)", {"text/html"}, ""),
    ("a = b\nassert a\nassert c", set(), "What is asserted here: 2 claims"),
    ("assert a", set(), "What is asserted here: 1 claim"),
    ("a = fit(b)\nassert a", set(), ""),  # an experiment
    ("assert a\nprint(a)", {"stream"}, ""),
    ("assert a", {"stream"}, ""),
    ("%timeit 1", set(), ""),
    ("", set(), ""),
]


@pytest.mark.parametrize(("text", "kinds", "said"), ROWS)
def test_a_cell_that_only_sets_up_draws_or_asserts_is_folded(text, kinds, said):
    assert cnnlab_fold.summary(text, [], kinds) == said
    assert cnnlab_fold.summary(text, ["setup"], kinds) == "Set up"
    assert cnnlab_fold.summary(text, ["exercise"], kinds) == ""


def test_a_function_of_the_chapter_that_only_arranges_is_known():
    known = cnnlab_fold.arranging(cnnlab_fold.parsed("def two(x):\n    return [2 * x]"), cnnlab_fold.ARRANGE)
    loop = "for x in y:\n    y[x] = two(x)\nfigures.bars(y)"
    assert cnnlab_fold.summary(loop, [], PNG, known) == "Code of this figure"
    assert cnnlab_fold.summary(loop, [], PNG) == ""


def test_of_the_cells_that_only_draw_few_stand_open():
    """Those few train, time or convolve in a loop, and that is what they are about."""
    stand_open = []
    for path in chapters():
        known = cnnlab_fold.ARRANGE
        for cell in notebook(path).cells:
            kinds = {kind for each in cell.get("outputs", []) for kind in each.get("data", ["stream"])}
            if cell.cell_type == "code":
                known = cnnlab_fold.arranging(cnnlab_fold.parsed(cell.source), known)
                said = cnnlab_fold.summary(cell.source, cell.metadata.get("tags", []), kinds, known)
                if "image/png" in kinds and "stream" not in kinds and not said:
                    stand_open.append(f"{path.name[:2]}: {cell.source}")
    assert len(stand_open) < 10, stand_open


def test_a_solution_has_colours_and_every_letter():
    code = 'def f(a):\n    return "<b>&" if a > 1 else None\n'
    plain = f'<summary>f</summary><pre tabindex="0">{cnnlab_fold.escape(code)}</pre>'
    tree = BeautifulSoup(cnnlab_fold.coloured(plain), "html.parser")
    assert tree.pre.text == code
    assert [tag.text for tag in tree.select(".highlight .k")] == ["def", "return", "if", "else"]


# ---- Tables -----------------------------------------------------------------------------------------


def text_of(page):
    """All between the tags, blanks too, as a browser's `textContent` has it."""
    return unescape(re.sub("<[^>]*>", "", page))


names = st.text(st.sampled_from("abcdefgh<&é"), min_size=1, max_size=9).map("a {}".format)
numbers = st.integers(-(10**9), 10**9).map("{:,}".format)


@st.composite
def printed(draw):
    """The cells of a table, and its text: names to the left, numbers to the right, as chapters print them."""
    count = draw(st.integers(1, 5))
    header = ["", *draw(st.lists(names, min_size=count, max_size=count))]
    row = st.tuples(names, *[numbers] * count).map(list)
    rows = [header, *draw(st.lists(row, min_size=2, max_size=6))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = " " * draw(st.integers(2, 4))
    lines = [
        gap.join([each[0].ljust(widths[0]), *map(str.rjust, each[1:], widths[1:])]).rstrip() for each in rows
    ]
    return rows, "\n".join(lines) + "\n"


@given(printed(), st.sampled_from(["", "all of them, as printed\n"]), st.sampled_from(["", "12 of 13\n"]))
def test_a_printed_table_comes_back_cell_by_cell(table, before, after):
    rows, text = table
    found = read(before + text + after)
    assert [[cell.strip() for cell in row] for row in found.rows] == rows
    assert (found.before, found.after) == (before, after)
    page = html(found)
    assert text_of(page) == before + text + after
    tree = BeautifulSoup(page, "html.parser")
    assert [tag.text.strip() for tag in tree.select("tbody > tr > th[scope=row]")] == [
        row[0] for row in rows[1:]
    ]
    assert [tag.text.strip() for tag in tree.select("tbody td.cnnlab-number")] == [
        cell for row in rows[1:] for cell in row[1:]
    ]


TABLE = "net     params    MACs\none  1,234,567      10\ntwo         12   1,000\n"
# What is done to the table above, so that its columns could be read in another way, or nothing names them.
DOUBTS = {
    "no header": ("net     params    MACs", "all  1,234,567      10"),
    "one row": ("two         12   1,000\n", ""),
    "an unnamed column": ("params", "      "),
    "one blank between": ("  ", " "),
    "a number runs into its neighbour": ("1,234,567      10", "1,234,567,891012"),
    "columns out of line": ("two         12   1,000", "two  12   1,000"),
    "another line between": ("two ", "and\ntwo "),
    "another shape below": ("1,000\n", "1,000\n3×3  of  all  kernels\n"),
    "a tab": ("one", "o\te"),
    "a colour": ("two", "\x1b[m"),
    "words alone": ("1,234,567      10\ntwo         12   1,000", "   params    MACs\ntwo     params    MACs"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_what_could_be_read_otherwise_is_no_table(doubt):
    assert read(TABLE)
    changed = TABLE.replace(*DOUBTS[doubt])
    assert changed != TABLE
    assert read(changed) is None


def test_what_is_remarked_at_the_end_of_a_row_needs_no_name():
    found = read("     MACs\none    10  first\ntwo     3\n")
    assert [row[2].strip() for row in found.rows] == ["", "first", ""]
    assert found.numeric() == [False, True, False]


def test_the_chapters_print_tables_and_no_letter_of_them_is_lost():
    found = []
    for path in chapters():
        outputs = [each for cell in notebook(path).cells for each in cell.get("outputs", [])]
        texts = [each.text for each in outputs if each.output_type == "stream"]
        found += [(text, table) for text in texts if (table := cnnlab_tables.read(text))]
    assert len(found) > 40
    assert [text for text, table in found if text_of(html(table)) != text] == []


def test_a_rows_name_is_a_name_also_where_it_begins_with_a_digit():
    page = html(read("layers   error\n    18    27.9\n    34    25.0\n"))
    assert page.count('<th scope="row">') == 2
    assert page.count('class="cnnlab-number"') == 3  # the header of the errors among them
