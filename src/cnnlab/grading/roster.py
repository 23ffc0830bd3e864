"""The roster: who is in the class, and which file is whose.

It is a table of an instructor's own, or one as a platform exports it: then each student's file is found by
the platform's way to name it.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cnnlab.exercises.core import tidy

NO_STUDENT = "points possible"  # how Canvas begins the line that says how many points there are


class Student(NamedTuple):
    """A line of the roster."""

    student: str
    file: str  # its name, that of its folder, or a pattern: `Ada_*`; several are parted by `|`; or none
    reader: str  # the name that *count it* draws from


class Form(NamedTuple):
    """A kind of roster: which columns it is known by, and what they say of a student."""

    form: str
    columns: tuple[str, ...]  # in small letters
    student: Callable[[Mapping[str, str]], str]
    file: Callable[[Mapping[str, str]], str]
    number: Callable[[Mapping[str, str]], str]  # tells students of one name apart


class Sheet(NamedTuple):
    """A roster as it was read."""

    form: str
    columns: list[str]
    lines: list[tuple[str, list[str]]]  # as they stand there, each with its student, or with nobody
    students: list[Student]


def natural(name: str) -> str:
    """A name as its owner writes it: `Ada Lovelace` of `Lovelace, Ada`."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def canvas_file(line: Mapping[str, str]) -> str:
    """Canvas writes the letters of the name, a mark if it was late, and the number of the student."""
    letters = re.sub(r"\W", "", line["student"]).lower()
    return f"{letters}_{line['id']}_*|{letters}_LATE_{line['id']}_*" if line["id"] else ""


def moodle_file(column: str) -> Callable[[Mapping[str, str]], str]:
    """Of `Participant 4711`, in whatever language, Moodle writes the number."""
    digits = re.compile(r"[0-9]+$")
    return lambda line: f"*_{found[0]}_assignsubmission_*" if (found := digits.search(line[column])) else ""


FORMS = [
    Form("Canvas", ("student", "id", "sis login id", "section"),
         lambda line: natural(line["student"]), canvas_file, lambda line: line["id"]),
    Form("Moodle", ("identifier", "full name"),
         lambda line: line["full name"], moodle_file("identifier"), lambda line: line["identifier"]),
    Form("Moodle", ("id", "vollständiger name"),
         lambda line: line["vollständiger name"], moodle_file("id"), lambda line: line["id"]),
    # Gradescope's folders have numbers; which is whose, its export says by the address.
    Form("Gradescope", ("first name", "last name", "email"),
         lambda line: f"{line['first name']} {line['last name']}".strip(),
         lambda line: line["email"], lambda line: line["email"]),
    Form("", ("student", "file"), lambda line: line["student"], lambda line: "", lambda line: ""),
]  # fmt: skip


def roster(path: Path) -> list[Student]:
    """The class, by student. Columns: `student`, `file` and, where it is not the student's name, `reader`."""
    return sheet(path).students


def sheet(path: Path) -> Sheet:
    """The roster with all that stands in it; ValueError where it means nothing."""
    rows = rows_of(path)
    _, columns = next(rows, (1, []))
    names = [name.strip().casefold() for name in columns]
    form = form_of(path, names)
    lines = [(number, row, line_of(names, row)) for number, row in rows]
    same = Counter(form.student(line) for _, _, line in lines)
    whose = [student_of(form, line, same) for _, _, line in lines]
    students = []
    for who, (number, _, line) in zip(whose, lines, strict=True):
        if who:
            students.append(Student(who, file_of(form, line), line.get("reader") or form.student(line)))
        elif line.get("file"):
            raise ValueError(f"{path}, line {number}: a student is needed for the file {line['file']!r}")
    refuse_twice(path, students)
    rows_as_read = [(who, row) for who, (_, row, _) in zip(whose, lines, strict=True)]
    return Sheet(form.form, columns, rows_as_read, sorted(students))


def line_of(names: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """A line's cells by the names of their columns; empty where the line is short."""
    cells = [unicodedata.normalize("NFC", cell.strip()) for cell in row]
    return dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))


def form_of(path: Path, names: Sequence[str]) -> Form:
    for form in FORMS:
        if set(form.columns) <= set(names):
            return form
    raise ValueError(
        f"{path}: the first line must name the columns student and file, or be that of Canvas's gradebook, "
        f"Moodle's grading worksheet or Gradescope's roster; it is {list(names)}"
    )


def student_of(form: Form, line: Mapping[str, str], same: Mapping[str, int]) -> str:
    """The name that the line is known by; empty where it is nobody's."""
    name = form.student(line)
    if name.casefold().startswith(NO_STUDENT):
        return ""
    return f"{name} ({number})" if same[name] > 1 and (number := form.number(line)) else name


def file_of(form: Form, line: Mapping[str, str]) -> str:
    """What the roster says, before what its platform does."""
    return line.get("file", "").replace("\\", "/").removeprefix("./") or form.file(line)


def refuse_twice(path: Path, students: Sequence[Student]) -> None:
    if not students:
        raise ValueError(f"{path} names no students")
    name, count = Counter(student.student for student in students).most_common(1)[0]
    if count > 1:
        raise ValueError(f"{path}: student {name!r} stands in it {count} times")


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of a table that are not empty, each with its number; a spreadsheet may part cells by `;`."""
    text = text_of(path)
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r'"?sep=(.)"?', first.strip(" \r"), re.IGNORECASE)  # a line of Excel's own
    delimiter = said[1] if said else max(",;\t", key=text.lstrip().partition("\n")[0].count)
    rows = csv.reader(io.StringIO(rest if said else text), delimiter=delimiter)
    try:
        for row in rows:
            if any(map(str.strip, row)):
                yield rows.line_num + bool(said), row
    except csv.Error as error:
        raise ValueError(f"{path}, line {rows.line_num}: this is no table: {error}") from error


def text_of(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 as Excel writes "Unicode text"; lines end in one way."""
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not in UTF-8: save it as "CSV UTF-8"') from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def same_readers(students: Sequence[Student]) -> list[str]:
    """A sentence for each name that several students are drawn for: their *count it* tasks are the same."""
    readers: dict[str, list[str]] = {}
    for student in students:
        readers.setdefault(tidy(student.reader), []).append(student.student)
    return [
        f"{' and '.join(names)} have one reader, {reader!r}: they are drawn the same tasks"
        for reader, names in readers.items()
        if len(names) > 1
    ]
