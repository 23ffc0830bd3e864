"""Write slides of chapters: `make slides CHAPTERS=15`.

python -m book._tools.slides            # every chapter, into _build/slides
python -m book._tools.slides 15         # only this one

Each section is a column of slides: its heading with its first paragraph, what stands in bold, as *Predict*,
its lists, formulas, tables, figures and outputs. All of its text is in the speaker's notes (key S). Code is
shown of cells that are tagged `slide`; an exercise shows its task. What does not fit goes on to a next slide
of the same heading, or is made smaller, by `slides.js`. reveal.js lies beside: no other host is asked.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from book._tools.build import ROOT, stop
from book._tools.pdf import MATHJAX, NO_PLACE, STATIC, beside
from book._tools.printed import OUT, bodies

SLIDES = ROOT / "_build" / "slides"
HERE = Path(__file__).parent
LEFT_OUT = "#before-you-start, #your-progress, #what-was-measured-here, #further-reading, .tag_setup"
WITH_CODE = {"tag_slide", "tag_exercise"}
ROWS = 25  # of a table; a longer one nobody reads from afar
HEADINGS = ["h1", "h2", "h3"]
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="beside/reveal.css"><link rel="stylesheet" href="beside/pygments.css">
<link rel="stylesheet" href="beside/cnnlab.css"><link rel="stylesheet" href="beside/slides.css">
{mathjax}
<script src="beside/mathjax/tex-chtml.js" defer></script><script src="beside/reveal.js" defer></script>
<script src="beside/notes.js" defer></script><script src="beside/slides.js" defer></script></head>
<body class="book"><div class="reveal"><div class="slides">
{slides}
</div></div></body></html>"""


def items(section: Any) -> Iterator[Any]:
    """What of a section stands on slides, in its order."""
    paragraphs = 0
    for child in section.find_all(recursive=False):
        kinds = set(child.get("class", []))
        if child.name == "p":
            paragraphs += 1
            if paragraphs == 1 or child.find("strong"):
                yield child
        elif "cell" in kinds:
            yield from child.select(".cell_input" if kinds & WITH_CODE else ":scope > .nothing")
            yield from child.select(".cell_output > *")
        elif child.name not in (*HEADINGS, "section", "span"):
            yield child


def notes(section: Any) -> str:
    """The section's text as it is read out, without its sections'."""
    return "\n".join(str(each) for each in section.find_all(["p", "ul", "ol"], recursive=False))


def slide(section: Any) -> str:
    heading = section.find(HEADINGS, recursive=False)
    shown = "\n".join(f'<div class="item">{each}</div>' for each in items(section))
    return f'<section>{heading}\n{shown}\n<aside class="notes">{notes(section)}</aside></section>'


def deck(name: str, body: str) -> str:
    """A chapter's slides: a column for each section, its subsections below it."""
    soup: Any = BeautifulSoup(body, "html.parser")
    for each in soup.select(f"{NO_PLACE}, {LEFT_OUT}"):
        each.decompose()
    for each in soup.select("a"):
        each.unwrap()
    for each in soup.select("img[src]"):
        each["src"] = beside(name, each["src"])
    for each in [table for table in soup.select("table") if len(table.select("tr")) > ROWS]:
        said = f"A table of {len(each.select('tr'))} lines, which stands in the book."
        each.replace_with(soup.new_tag("div", string=said))
    whole = soup.section
    columns = [[slide(whole)]]
    for section in whole.find_all("section", recursive=False):
        columns.append([slide(each) for each in [section, *section.find_all("section")]])
    stacks = "\n".join("<section>" + "\n".join(column) + "</section>" for column in columns)
    return PAGE.format(title=escape(whole.h1.get_text()), mathjax=MATHJAX, slides=stacks)


def stand_by(into: Path) -> None:
    """Lay beside the slides all that they load."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(HERE / "reveal", into / "beside")
    shutil.copytree(STATIC / "mathjax", into / "beside" / "mathjax")
    shutil.copytree(OUT / "pages" / "_images", into / "_images")
    for file in (OUT / "pages" / "_static" / "pygments.css", STATIC / "cnnlab.css"):
        shutil.copy(file, into / "beside")
    for file in HERE.glob("slides.*s"):
        shutil.copy(file, into / "beside")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="01 02 …; all of them if none is named")
    asked = parser.parse_args().chapters
    pages = {name: body for name, body in bodies().items() if name.startswith("notebooks/")}
    names = {Path(name).name[:2]: name for name in pages}
    if unknown := sorted(set(asked) - set(names)):
        stop(f"no chapter is called {', '.join(unknown)}; there are {', '.join(sorted(names))}")
    stand_by(SLIDES)
    for number in asked or sorted(names):
        file = SLIDES / f"{Path(names[number]).name}.html"
        file.write_text(deck(names[number], pages[names[number]]), "utf-8")
        print(f"cnnlab: open {file}")


if __name__ == "__main__":
    main()
