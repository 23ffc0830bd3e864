"""Which of a student's notebooks is marked: the newest in which something is answered.

A notebook is parsed in the sandbox only: what is answered in it is told here by its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.core import tidy
from cnnlab.grading.names import is_archive, is_notebook
from cnnlab.grading.owners import order, shared
from cnnlab.grading.platforms import stamp
from cnnlab.grading.roster import Student
from cnnlab.grading.submissions import Source

WINDOW = 4000  # bytes in which a function is seen to be a stub
# What was typed into a cell, up to the next key of its JSON: in a string no quotation mark stands by itself.
TYPED = re.compile(
    rb'"(?:source|input)"[ ]*:(.*?)'
    rb'(?="(?:outputs|cell_type|metadata|execution_count|prompt_number|id|attachments)"[ ]*:|\Z)',
    re.DOTALL,
)
# A line ends in `\n`, and lines may stand in strings of their own.
LINES = re.compile(rb'"\s*,\s*"')
# A function's head, perhaps what it should do, and then nothing that computes. The + keeps hostile text from
# being read in every other way too.
STUB = re.compile(
    rb"""[^\\\n]{0,400}?:(?:\\[nrt]|[ \n]|\#[^\\\n]*|\\"\\"\\".*?\\"\\"\\"|'''.*?''')*+"""
    rb"""(?:raise[ ]+NotImplementedError|(?:pass|\.\.\.)(?:[ \n]|\\[nr])*(?:"|\Z))""",
    re.DOTALL,
)
WORD = rb"(?:(?<!\\)\b|(?<=\\[nrt]))"  # where a word begins, also after a line's end, whose `n` is none of it
DEFINED = re.compile(WORD + rb"(?:def|class)[ ]+(\w{1,64})")
ANSWER = re.compile(WORD + rb"(\w{1,64})_answer[ ]*(?::[^=\\\n]{0,60})?=(?![ ]*(?:=|\.\.\.))")
NAMED = re.compile(
    WORD + rb"(\w{1,64})[ ]*=[ ]*(?:lambda\b|(?:functools\.)?partial\(|[A-Za-z_]\w{0,64}[ ]*(?:\\n|\"))"
)
# What is handed to `check`, as far as its name, its call or its number goes.
CHECKED = re.compile(WORD + rb"""check\([ ]*\\?["'](\w{1,64})\\?["'][ ]*,[ ]*([^\s,)\\]{1,64})""")
QUOTED = re.compile(rb"""["'](\w{1,64})\\?["']""")
READER = re.compile(WORD + rb"""READER[ ]*=[ ]*\\?["']([^"'\\]{1,200})""")


class Seen(NamedTuple):
    """What a notebook shows of its answers."""

    asked: frozenset[str]  # the names of the exercises that are in it
    answered: frozenset[str]
    blank: bool  # whether it has stubs: where nothing is answered, it is as it was handed out


def seen(data: bytes) -> Seen:
    """The exercises in a notebook's bytes, and those with an answer other than the stub."""
    typed = LINES.sub(b"", b"\0".join(TYPED.findall(data)))  # cells are apart, and lines are not
    defined = [(found[1].decode(errors="replace"), found.end()) for found in DEFINED.finditer(typed)]
    checked = [[part.decode(errors="replace") for part in found] for found in CHECKED.findall(typed)]
    named = {found.decode(errors="replace") for each in (ANSWER, NAMED) for found in each.findall(typed)}
    quoted = {found.decode(errors="replace") for found in QUOTED.findall(typed)}
    asked = {name for name, _ in defined} | quoted | named
    stubs = {name for name, end in defined if STUB.match(typed, end, end + WINDOW)}
    answered = {name for name, _ in defined} - stubs | named
    answered |= {name for name, given in checked if given not in (name, f"{name}_answer")}
    known = EXERCISES.keys()
    return Seen(frozenset(asked & known), frozenset(answered & known), bool(stubs & known))


def choose(notebooks: Source, names: Sequence[str], exercises: Collection[str]) -> str:
    """Of a student's files, or the notebooks in them, the one to mark: its name is for `open`.

    The newest of the platform's attempts with an answer; of files of one attempt that with the most answers,
    then the last version. A stub never wins over an answer.
    """
    if len(names) == 1 and is_notebook(names[0]):
        return names[0]
    likely = [name for name in names if is_notebook(name) or is_archive(name)] or names
    found = {inner: seen(data) for name in likely for inner, data in notebooks.begun(name)}
    newest_first = sorted(found, key=lambda name: order(name, notebooks.date(name)), reverse=True)
    return max(
        newest_first,
        key=lambda name: rank(found[name], stamp(name, notebooks.date(name)), exercises),
        default=likely[-1],
    )


def rank(notebook: Seen, handed_in: int, exercises: Collection[str]) -> tuple[int, ...]:
    """What makes a notebook the one to mark, the weightiest first."""
    answered, asked = len(notebook.answered & set(exercises)), len(notebook.asked & set(exercises))
    unseen = asked and not notebook.blank  # answered in a way that is not seen here
    return min(answered, 1), 2 if unseen else min(asked, 1), handed_in, answered, asked


def together(students: Sequence[Student], files: Mapping[str, str], notebooks: Source) -> list[Student]:
    """The students; of those who hand in one file, each with the reader among them that the file names.

    Two who work in one notebook are drawn one task, that of the `READER` in it.
    """
    named: dict[str, set[str]] = {}
    for name in shared({student: [file] for student, file in files.items()}):
        for _, data in notebooks.begun(name):
            named.setdefault(name, set()).update(
                tidy(each.decode(errors="replace")) for each in READER.findall(data)
            )
    readers = {
        files[each.student]: each.reader
        for each in reversed(students)
        if each.student in files and tidy(each.reader) in named.get(files[each.student], ())
    }
    return [each._replace(reader=readers.get(files.get(each.student, ""), each.reader)) for each in students]
