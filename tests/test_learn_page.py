"""A page names, behind each line of *You will learn*, the exercises that test it."""

import json
import re
from dataclasses import replace

import pytest
import yaml
from small_chapter import LEARN, NAMES, notebook

from book._ext import cnnlab_learn
from book._tools import goals
from book._tools.chapters import chapters, read
from cnnlab.exercises import EXERCISES


def shown(source, docname):
    """The Markdown cells of a page, after the extension has been at them."""
    given = [json.dumps(source)]
    cnnlab_learn.add_links(None, docname, given)
    cells = json.loads(given[0])["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


@pytest.fixture
def small(monkeypatch, tmp_path):
    listed = tmp_path / "learn.yml"
    listed.write_text(yaml.safe_dump({"90": LEARN}), encoding="utf-8")
    monkeypatch.setattr(goals, "LEARN", listed)
    return notebook()


def test_a_line_leads_to_its_exercises(small):
    texts = shown(small, "notebooks/90_small")
    goals = next(text for text in texts if text.startswith("## You will learn"))
    assert "- this → {ref}`one <exercise-one>`, {ref}`two <exercise-two>`\n" in goals
    assert "- that,\n  and more → {ref}`three <exercise-three>`" in goals
    assert goals.endswith("\n\nAnd that is not all.")
    assert [text for text in texts if text.startswith("(")] == [
        f"(exercise-{name})=\n### Exercise: {name}" for name in NAMES
    ]


def test_an_exercise_may_say_itself_which_line_it_tests(small):
    own = replace(EXERCISES["output_size"], chapter="90", goal="that, and more")
    assert goals.exercises_by_line("90", {"own": own}) == LEARN | {
        "that, and more": [*LEARN["that, and more"], "own"]
    }
    assert goals.exercises_by_line("91", {"own": own}) == {}


def test_other_pages_and_chapters_without_a_list_stay_as_they_are(small):
    before = [cell["source"] for cell in small["cells"] if cell["cell_type"] == "markdown"]
    assert shown(small, "book/90_small") == shown(small, "notebooks/91_other") == before


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_every_exercise_is_named_once_behind_a_line(path):
    texts = shown(read(path), f"notebooks/{path.stem}")
    goals = next(text for text in texts if text.startswith("## You will learn"))
    own = sorted(name for name, each in EXERCISES.items() if each.chapter == path.stem[:2])
    assert sorted(re.findall(r"<exercise-(\w+)>`", goals)) == own
    assert sorted(re.findall(r"(?m)^\(exercise-(\w+)\)=$", "\n".join(texts))) == own
