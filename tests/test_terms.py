"""No term before its definition: what the glossary lists, a chapter uses only once the text has said it.

A term is defined where running text sets it in bold or italics, or where `defined.yml` says. Until then a
sentence may use it only beside the number of a chapter that comes to it: "max pooling (chapter 02)".
"""

import re
from functools import cache
from typing import NamedTuple

import pytest
import yaml

from book._ext.cnnlab_links import NEEDED, NUMBER, OWN, pattern, terms
from book._tools.chapters import ROOT, chapters, read

SAID = yaml.safe_load((ROOT / "book" / "_data" / "defined.yml").read_text("utf-8"))
APART = {
    "You will learn",
    "Before you start",
    "Check yourself",
    "Further reading",
}  # name what comes, or came
UNREAD = re.compile(
    r"```[\s\S]*?```|`[^`]*`|\$\$[\s\S]*?\$\$|\$[^$\n]*\$|\{cite:\w\}|\]\([^)]*\)|(?m:^#+ .*$)"
)
EMPHASIS = re.compile(r"\*\*([^*]+)\*\*|\*([^*]+)\*")
END = re.compile(  # of a sentence, a paragraph, a line of a table or list
    r"(?:(?<=[.?!])|(?<=[.?!]\*)|(?<=[.?!]\*\*)|(?<=[.?!]\)))\s+(?=[^a-z])|\n\s*\n|\n(?=[-|])"
)


class Sentence(NamedTuple):
    """A sentence of running text, and its chapter."""

    chapter: str
    text: str


def sentences(chapter, markdown):
    """In their order, without headings, code, formulas and citations."""
    parts = END.split(UNREAD.sub(" ", markdown))
    return [Sentence(chapter, " ".join(part.split())) for part in parts if part.strip()]


def running(chapter, cells):
    """A chapter's sentences, but for the lists of what comes and what came."""
    heading = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            heading = [heading, *re.findall(r"(?m)^## (.*)", cell.source)][-1]
            yield from [] if heading in APART else sentences(chapter, cell.source)


@cache
def book():
    return [one for path in chapters([]) for one in running(path.stem[:2], read(path).cells)]


def defines(term, text):
    if term in SAID:
        return SAID[term] in text
    return any(pattern(term).search(bold or italic) for bold, italic in EMPHASIS.findall(text))


def early(term, text):
    """The uses of a term before one defines it, but for those beside a chapter that does or comes later."""
    text = [one for one in text if OWN.get(term, one.chapter) == one.chapter]
    place = next((i for i, one in enumerate(text) if defines(term, one.text)), len(text))
    defined = text[place].chapter if place < len(text) else "99"
    used = [one for one in text[:place] if pattern(term).search(one.text)]
    return [one for one in used if max(named(one.text), default="") < defined]


def named(text):
    """The numbers of the chapters that a sentence names."""
    return [number for found in NEEDED.finditer(text) for number in NUMBER.findall(found[0])]


@pytest.mark.parametrize("term", terms())
def test_no_term_before_its_definition(term):
    found = early(term, book())
    used = "\n".join(f"chapter {one.chapter}: {one.text}" for one in found)
    assert not found, (
        f"{term!r} is used before a sentence sets it in *italics*; define it, or name its chapter\n{used}"
    )


@pytest.mark.parametrize("term", SAID)
def test_the_words_that_define_stand_in_one_place(term):
    assert term in terms()
    assert sum(SAID[term] in one.text for one in book()) == 1


DEFINED = "A *stride* is how far the window moves.\n\nTake a stride of 2."


@pytest.mark.parametrize(
    ("before", "uses"),
    [
        ("", 0),
        ("Two strides make four.", 1),
        ("Two strides. One stride.", 2),
        ("| what | a stride |\n| and | more |", 1),
        ("What is a stride (chapter 03)?", 0),
        ("What is a stride? See chapter 03.", 1),  # another sentence
        ("A stride, unlike chapter 01's kernel.", 1),  # leads to a chapter that does not say it
        ("## Strides\n\n`stride`, $stride$", 0),
        ("**Think of windows.** Then of a stride.", 1),
    ],
)
def test_a_use_before_the_definition_is_found(before, uses):
    assert len(early("stride", [*sentences("02", before), *sentences("02", DEFINED)])) == uses


def test_a_term_that_nobody_defines_is_found():
    assert len(early("stride", sentences("01", "Take a stride. Take another stride."))) == 2


def test_a_word_of_the_language_counts_in_its_own_chapter_alone():
    assert not early("shift", sentences("02", "A shift of the image."))
    assert early("shift", sentences("17", "A shift of the image."))
