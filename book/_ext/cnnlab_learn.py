"""Behind each line of *You will learn* the exercises that test it, as links to them.

Which they are says `book/_tools/goals.py`, and the linter holds it to the chapters.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book._tools.goals import exercises_by_line
from cnnlab.exercises import EXERCISES

HEADING = re.compile(r"\A### Exercise: (.*)")
CHECK = re.compile(r"^check\(\"(\w+)\"", re.MULTILINE)
GOALS = re.compile(r"(?s)\A## You will learn\n.*?(?=\n## |\Z)")
LINE = re.compile(r"(?m)^- (.*(?:\n[ \t]+\S.*)*)")
PLACE = "exercise-{name}"


def titles(cells: list[dict[str, Any]]) -> dict[str, str]:
    """The heading of each exercise, by its name; each gets a label, to which a link can lead."""
    found, heading = {}, None
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = cell if HEADING.match(text) else None
        elif heading and (name := CHECK.search(text)):
            asked = "".join(heading["source"])
            found[name[1]] = HEADING.match(asked)[1]  # type: ignore[index]  # it was just found
            heading["source"] = f"({PLACE.format(name=name[1])})=\n{asked}"
    return found


def linked(goals: str, learn: dict[str, list[str]], title: dict[str, str]) -> str:
    def with_links(line: re.Match[str]) -> str:
        names = learn.get(" ".join(line[1].split()).rstrip(";.,"), [])
        links = [f"{{ref}}`{title[name]} <{PLACE.format(name=name)}>`" for name in names if name in title]
        return f"{line[0].rstrip(';.,')} → {', '.join(links)}" if links else line[0]

    return LINE.sub(with_links, goals)


def add_links(_app: Sphinx, docname: str, source: list[str]) -> None:
    learn = exercises_by_line(Path(docname).name[:2], EXERCISES)
    if not docname.startswith("notebooks/") or not learn:
        return
    notebook = json.loads(source[0])
    title = titles(notebook["cells"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = GOALS.sub(lambda goals: linked(goals[0], learn, title), text)
    source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
