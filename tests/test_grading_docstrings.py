"""A docstring is what the student's own Python made of it, whichever Python the grader has."""

import ast
import inspect
import json
import platform
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnlab.grading import docstrings
from cnnlab.grading.handout import Handout
from cnnlab.grading.marking import Job, mark_one
from cnnlab.grading.sandbox import Plain

LINES = st.lists(st.text("ab \t", max_size=6), min_size=1, max_size=5).map("\n".join)


@given(LINES)
@example("\ta\n\t  b\n\n \t c")
@example("  a\n    \n  b")
def test_cleaned_is_what_the_library_calls_clean_but_for_empty_lines_around_it(text):
    lines = docstrings.cleaned(text).split("\n")
    assert [line for line in lines if line.strip()] == [
        line for line in inspect.cleandoc(text).split("\n") if line.strip()
    ]
    assert len(lines) == text.count("\n") + 1


@given(LINES.filter(str.strip))
def test_cleaned_is_what_this_python_makes_of_it_if_it_is_new_enough(text):
    names = {}
    exec(f"def f():\n    {text!r}", names)
    new = docstrings.cleaned(text)
    assert names["f"].__doc__ == (new if docstrings.cleans(platform.python_version()) else text)


@pytest.mark.parametrize(
    ("version", "clean"),
    [
        ("3.13.1", True),
        ("3.14.0rc1", True),
        ("4.0", True),
        ("3.9.2", False),
        ("3.12.11", False),
        ("", False),
        ("3", False),
    ],
)
def test_the_notebook_says_which_python_ran_it(version, clean):
    assert docstrings.cleans(version) is clean


TEXT = "One:\n        two\n          three\n    "
DEFINITIONS = {
    "function": "def made():\n    {0!r}\n    return 1",
    "method": "class C:\n    @staticmethod\n    def made():\n        {0!r}\nmade = C.made",
    "coroutine": "async def made():\n    {0!r}",
    "class": "class made:\n    {0!r}\n    x = 1",
    "nested": "def outer():\n    def made():\n        {0!r}\n    return made\nmade = outer()",
}


@pytest.mark.parametrize("source", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_definition_can_keep_its_docstring_from_the_compiler(source):
    tree = ast.parse(source.format(TEXT))
    for node in [*ast.walk(tree)]:
        if isinstance(node, docstrings.Definition) and ast.get_docstring(node):
            docstrings.keep(node, TEXT)
            node.body[0] = (
                node.body[0] if isinstance(node.body[0], ast.Assign) else ast.Pass(lineno=1, col_offset=0)
            )
    names = {}
    exec(compile(tree, "test", "exec"), names)
    assert names["made"].__doc__ == TEXT


READS = '''
def output_size(size, kernel, stride=1, padding=0, dilation=1):
    """How wide the indentation is:
        four more."""
    {wanted} == len(output_size.__doc__.split("\\n")[1]) or 1 / 0
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
'''


@cache
def plain():
    return Plain(seconds=2)


@pytest.mark.parametrize(("version", "wide"), [("3.11.7", 18), ("3.13.2", 10), ("", 18)])
def test_an_answer_that_reads_its_docstring_gets_its_marks(version, wide):
    told = {"language_info": {"name": "python", "version": version}} if version else {}
    cell = {"cell_type": "code", "source": READS.format(wanted=wide), "outputs": []}
    data = json.dumps({"cells": [cell], "metadata": told}).encode()
    job = Job("A student", "ada", data, "", ("output_size",), Handout((), ""), "nobody guesses this")
    assert mark_one(plain(), job).marks[0].points == 1


def test_a_long_sum_is_no_deeper_than_python_calls():
    tree = ast.parse("total = " + " + ".join(["1"] * 700))
    docstrings.settle(tree, clean=True)
    names = {}
    exec(compile(tree, "test", "exec"), names)
    assert names["total"] == 700
