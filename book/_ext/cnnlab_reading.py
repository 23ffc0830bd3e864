"""How many minutes a chapter takes to read, told at its top; what a first reading can leave out is marked.

book/_data/optional.yml lists those sections. The exercises are not counted, nor is what the setup and the
quiz hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from sphinx.application import Sphinx

OPTIONAL = Path(__file__).resolve().parents[1] / "_data" / "optional.yml"
WORDS, LINES = 200, 25  # a minute, of prose and of code
HEADING = re.compile(r"##+ (.*)")
TOP = re.compile(r"(?m)^Runs offline on two cores.*$")
UNREAD = re.compile(r"\$[^$]*\$|\{\w+(?::\w+)?\}`[^`]*`")  # formulas and citations
END, EXERCISE = "Check yourself", "Exercise: "  # an exercise ends where the next heading begins
TOLD = "Reading takes about **{core} minutes**, at {words} words or {lines} lines of code a minute{more}."
MORE = "; what is marked *optional*, {minutes} more"
MARK = "*Optional.*"


def optional(chapter: str) -> set[str]:
    return {*yaml.safe_load(OPTIONAL.read_text("utf-8")).get(chapter, ())}


def by_section(cells: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Minutes, piece by piece, each with the heading that it stands under; "" before the first."""
    heading = ""
    for cell in cells:
        lines = [line for line in "".join(cell["source"]).splitlines() if line.strip()]
        if cell["cell_type"] == "code" and not {"setup", "quiz"} & {*cell["metadata"].get("tags", ())}:
            yield heading, len(lines) / LINES
        for line in lines if cell["cell_type"] == "markdown" else []:
            heading = found[1] if (found := HEADING.match(line)) else heading
            if heading == END:
                return
            yield heading, len(UNREAD.sub("", line).split()) / WORDS


def minutes(cells: list[dict[str, Any]], leave_out: set[str]) -> tuple[int, int]:
    """Of what is to be read, and of what can be left out."""
    pieces = [(heading, took) for heading, took in by_section(cells) if not heading.startswith(EXERCISE)]
    apart = sum(took for heading, took in pieces if heading in leave_out)
    return round(sum(took for _, took in pieces) - apart), round(apart)


def told(cells: list[dict[str, Any]], leave_out: set[str]) -> str:
    core, apart = minutes(cells, leave_out)
    more = MORE.format(minutes=apart) if leave_out else ""
    return TOLD.format(core=core, words=WORDS, lines=LINES, more=more)


def add_minutes(_app: Sphinx, docname: str, source: list[str]) -> None:
    if not docname.startswith("notebooks/"):
        return
    notebook, leave_out = json.loads(source[0]), optional(Path(docname).name[:2])
    sentence = told(notebook["cells"], leave_out)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = TOP.sub(lambda found: f"{found[0]} {sentence}", "".join(cell["source"]))
            cell["source"] = "\n".join(marked(line, leave_out) for line in text.split("\n"))
    source[0] = json.dumps(notebook)


def marked(line: str, leave_out: set[str]) -> str:
    found = HEADING.fullmatch(line)
    return f"{line}\n\n{MARK}\n" if found and found[1] in leave_out else line


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", add_minutes, priority=400)  # before the register of claims comes in
    return {"parallel_read_safe": True, "parallel_write_safe": True}
