"""The page of symbols has every letter of the chapters' formulas, each for the chapters that use it."""

import re
from functools import cache

import pytest

from book._tools.build import ROOT
from book._tools.chapters import chapters, read

PAGE = (ROOT / "book" / "notation.md").read_text("utf-8")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+(?:\n[^$\n]+)?\$", re.DOTALL)
LEFT_OUT = re.compile(
    r"\\(?:text|operatorname|begin|end)\{[^}]*\}"
    r"|_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\text\{[^}]*\}|\\[A-Za-z]+|\w)"  # below: which one, not what
    r"|\^\\?(?:top|T)\b"
)
STYLED = re.compile(r"\\math(cal|bb) ?\{?([A-Z])\}?")
GREEK = (
    "alpha beta gamma delta varepsilon eta theta lambda mu rho sigma tau varphi Phi ell nabla partial".split()
)
SYMBOL = re.compile(rf"SR|pct|\\math(?:cal|bb) [A-Z]|\\(?:{'|'.join(GREEK)})(?![a-z])|\\[A-Za-z]+|[A-Za-z]")
OTHER = re.compile(r"\\(?!math(?:cal|bb) |(?:" + "|".join(GREEK) + r")\b)")  # a command that is no symbol


def symbols(formula):
    """Its letters: those of \\hat{x}_i + \\text{peak} H are x and H."""
    plain = STYLED.sub(r"\\math\1 \2 ", LEFT_OUT.sub(" ", formula))
    return {symbol for symbol in SYMBOL.findall(plain) if not OTHER.match(symbol)}


def of(text):
    return set().union(*map(symbols, MATH.findall(CODE.sub("", text))))


@cache
def used(path):
    """The letters of a chapter's formulas."""
    return of("\n\n".join(cell["source"] for cell in read(path).cells if cell.cell_type == "markdown"))


def rows(page):
    """The symbols of each row that begins with some, and its chapters; None where it is for all."""
    for line in page.splitlines():
        first, *_, last = line.strip("| ").split(" | ") if line.startswith(("| $", "| SR")) else ("", "")
        if first:
            yield symbols(first), {*re.findall(r"\d\d", last)} if re.fullmatch(r"[\d, ]+", last) else None


def missing(page, chapter, letters):
    return letters - set().union(*(said for said, where in rows(page) if where is None or chapter in where))


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (r"$\hat{x}_{i} + \text{peak}\, H W'$", {"x", "H", "W"}),
        (r"$\left\lfloor \frac{W - K}{S} \right\rfloor$", {"W", "K", "S"}),
        (r"$\mathcal{L}_{KD} = \mathcal H(P_T^\tau)$", {r"\mathcal L", r"\mathcal H", "P", r"\tau"}),
        (r"$p_\theta\mathrel{=}q$", {"p", "q"}),
        (r"$SR = \frac{s_1}{e_1 + e_3}$", {"SR", "s", "e"}),
        (r"$\mathbb{E}[R]$, `$b$` and $v_i^T$", {r"\mathbb E", "R", "v"}),
        (r"$\sum_{n,m} \alpha_c\beta\cdot\max(0, d_{\text{a}})$", {r"\alpha", r"\beta", "d"}),
    ],
)  # fmt: skip
def test_the_letters_of_a_formula(formula, found):
    assert of(formula) == found


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_every_letter_of_a_chapter_is_explained(path):
    assert sorted(missing(PAGE, path.name[:2], used(path))) == []


def test_no_row_is_for_a_chapter_that_does_not_use_it():
    letters = {path.name[:2]: used(path) for path in chapters()}
    stale = [(said - letters[each], each) for said, where in rows(PAGE) for each in where or ()]
    assert [each for each in stale if each[0]] == []


def test_a_row_that_is_taken_out_is_missed():
    page = "\n".join(each for each in PAGE.splitlines() if r"\tau" not in each)
    twenty = next(path for path in chapters() if path.name.startswith("20"))
    assert missing(page, "20", used(twenty)) == {r"\lambda", r"\tau"}
    assert missing(PAGE.replace("| 09, 10, 11 |", "| 09, 10 |"), "11", {"F"}) == {"F"}
