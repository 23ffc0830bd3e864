"""A page says how long its chapter takes, and what can be left out."""

import json

import pytest

from book._ext import cnnlab_reading
from book._tools.chapters import chapters, read


def prose(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(lines, *tags):
    return {"cell_type": "code", "metadata": {"tags": [*tags]}, "source": "x = 1\n" * lines}


CELLS = [
    prose("# Title\n\n" + "word " * 398),  # two minutes with the title's two
    code(50, "setup"),
    code(25),
    prose("## Before you start\n\nRuns offline on two cores in **0.1 minutes** with **1 MiB**."),
    prose("## Core\n\n" + "word " * 600 + "$a + b$ {cite:p}`lecun1998`\n### Aside\n\n" + "word " * 800),
    prose("### Exercise: none of it\n\n" + "word " * 2000),
    code(500, "exercise"),
    prose("## Check yourself\n\n" + "word " * 2000),
]


def test_minutes_by_hand():
    assert cnnlab_reading.minutes(CELLS, set()) == (10, 0)
    assert cnnlab_reading.minutes(CELLS, {"Aside"}) == (6, 4)


def test_the_page_tells_and_marks(monkeypatch, tmp_path):
    listed = tmp_path / "optional.yml"
    listed.write_text('"90": [Aside]\n', encoding="utf-8")
    monkeypatch.setattr(cnnlab_reading, "OPTIONAL", listed)
    source = [json.dumps({"cells": CELLS})]
    cnnlab_reading.add_minutes(None, "notebooks/90_small", source)
    made = ["".join(cell["source"]) for cell in json.loads(source[0])["cells"]]
    assert "with **1 MiB**. Reading takes about **6 minutes**, at 200 words or 25 lines of code" in made[3]
    assert made[3].endswith("; what is marked *optional*, 4 more.")
    assert "### Aside\n\n*Optional.*\n" in made[4]
    other = [json.dumps({"cells": CELLS})]
    cnnlab_reading.add_minutes(None, "book/preface", other)
    assert json.loads(other[0])["cells"] == CELLS


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_a_chapter_is_read_in_45_minutes(path):
    cells, leave_out = read(path)["cells"], cnnlab_reading.optional(path.name[:2])
    headings = {heading for heading, _ in cnnlab_reading.by_section(cells)}
    assert leave_out <= headings
    assert cnnlab_reading.minutes(cells, leave_out)[0] <= 45
