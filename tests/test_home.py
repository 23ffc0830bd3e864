"""The first page: every chapter has its card, and what stands beside them is computed."""

import re

import yaml

from book._ext import cnnlab_home as home
from book._tools import build
from cnnlab.published import rows


def filled():
    source = [(build.ROOT / "book" / "preface.md").read_text(encoding="utf-8")]
    home.fill(None, home.PAGE, source)
    return source[0]


def test_every_chapter_has_a_card_and_a_sentence_in_the_order_of_the_contents():
    pages = [page for page in build.pages() if page.startswith("notebooks/")]
    assert re.findall(r"(?m)^:link: [.][.]/(notebooks/\S+)$", filled()) == pages
    sentences = yaml.safe_load(home.SENTENCES.read_text(encoding="utf-8"))
    assert [*sentences] == [page[10:12] for page in pages]
    assert all(sentence in filled() for sentence in sentences.values())


def test_eight_programs_print_eight_numbers():
    printed = re.findall(r"(?m)^\| \S+ [\d.]+ \| ([\d,]+) \|$", filled())
    assert len(set(printed)) == len(printed) == 8
    assert "4,089,238,376" in printed  # torchinfo's, as chapter 04 has it


def test_the_verdicts_are_the_ledgers():
    computed = [row for row in rows() if row.verdict != "reported"]
    wrong = sum(row.verdict == "slip" for row in computed)
    assert f"**{len(computed):,} published numbers computed again, {wrong} of them wrong.**" in filled()
    assert not re.search(r"(?m)^\[\w+\]$", filled())


def test_no_other_page_is_filled():
    source = ["a\n\n[counts]\n"]
    home.fill(None, "book/glossary", source)
    assert source == ["a\n\n[counts]\n"]
