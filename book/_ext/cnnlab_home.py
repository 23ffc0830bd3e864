"""What the first page says in numbers: how programs count one network, the ledger's verdicts, the chapters.

It has a line for each, [counts], [verdicts] and [chapters]. The sentences of the chapters' cards stand in
book/_data/home.yml, their pictures are those of cnnlab_thumbs.py.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from sphinx.application import Sphinx

from book._ext.cnnlab_course import Chapter, chapter
from book._ext.cnnlab_parts import parts
from book._ext.cnnlab_thumbs import thumb
from cnnlab.figures.explorers import totals
from cnnlab.published import rows

PAGE, NETWORK = "book/preface", "ResNet-50"
ROOT = Path(__file__).resolve().parents[2]
SENTENCES = ROOT / "book" / "_data" / "home.yml"


def counts() -> str:
    """What each program prints for one image's way through one network."""
    printed = totals()["printed"][NETWORK]
    lines = [f"| {program} | {number:,} |" for program, number in printed.items()]
    return "\n".join([f"| Program | It prints for {NETWORK} |", "|:--|--:|", *lines])


def verdicts() -> str:
    """How many published numbers the book computes again, and how many of them are wrong."""
    found = Counter(row.verdict for row in rows())
    computed = found.total() - found["reported"]
    return f"**{computed:,} published numbers computed again, {found['slip']} of them wrong.**"


def card(chapter: Chapter, sentence: str) -> str:
    core, _, exercises = chapter.minutes()
    return "\n".join([
        f"::::{{grid-item-card}} {chapter.number} {chapter.title}",
        f":link: ../notebooks/{chapter.name}",
        ":link-type: doc",
        ":class-card: cnnlab-chapter",
        "```{raw} html",
        thumb(ROOT / "notebooks" / f"{chapter.name}.ipynb"),
        "```",
        "",
        sentence,
        ":::{card-footer}",
        f"{core} minutes to read, {exercises} of exercises",
        ":::",
        "::::",
    ])  # fmt: skip


def cards() -> str:
    """Every chapter under the name of its part, as _toc.yml has them."""
    sentences = yaml.safe_load(SENTENCES.read_text("utf-8"))
    of = {
        page: caption for page, caption in parts(ROOT / "_toc.yml").items() if page.startswith("notebooks/")
    }
    return "\n\n".join(
        part(caption, [chapter(ROOT / f"{page}.ipynb") for page in pages], sentences)
        for caption, pages in groupby(of, key=lambda page: of[page])
    )


def part(caption: str, found: list[Chapter], sentences: dict[str, str]) -> str:
    inside = "\n".join(card(each, sentences[each.number]) for each in found)
    return f"### {caption}\n\n:::::{{grid}} 1 2 2 3\n:gutter: 2\n\n{inside}\n:::::"


def fill(_app: Sphinx, docname: str, source: list[str]) -> None:
    if docname == PAGE:
        for line, text in {"[counts]": counts, "[verdicts]": verdicts, "[chapters]": cards}.items():
            source[0] = source[0].replace(f"\n{line}\n", f"\n{text()}\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
