"""Find the submissions: a folder of notebooks, or the archive that a learning platform hands out.

Nothing is extracted: a member of an archive is read under its own name, whatever that pretends to be, and
copied into a file without a name. Links, pipes and devices are not opened.
"""

from __future__ import annotations

import csv
import io
import mmap
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

LIMIT = 200 * 2**20  # bytes of a notebook
MEMBERS = 20_000  # of an archive


class Student(NamedTuple):
    """A line of the roster."""

    student: str
    file: str  # the notebook's name in the folder or archive, that of the folder it lies in, or `begins_*`
    reader: str  # the name that *count it* draws from


class Unreadable(Exception):
    """Why a submission cannot be opened, for its student to read."""


class Folder:
    """Notebooks under a folder, by their names relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names = sorted(
            os.path.relpath(os.path.join(folder, name), root)
            for folder, _, names in os.walk(root)
            for name in names
        )

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        try:  # without waiting for the other end of a pipe
            descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Unreadable(f"The file cannot be opened: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("It is not a file.")
            if status.st_size > LIMIT:
                raise Unreadable(f"It is larger than {LIMIT // 2**20} MiB.")
            with unpacked(file) as notebook:
                yield notebook


class Archive:
    """Notebooks in a `.zip`, by their names in it."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        members = self.archive.infolist()
        if len(members) > MEMBERS:
            raise ValueError(f"{path} has {len(members)} members; more than {MEMBERS} are not read")
        self.names = sorted({member.filename for member in members if not member.is_dir()})

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with member(self.archive, name) as file, unpacked(file) as notebook:
            yield notebook


@contextmanager
def member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """A copy of a member in a file without a name, read no further than `LIMIT`, whatever it declares."""
    with tempfile.TemporaryFile() as copy:
        for chunk in chunks(archive, name):
            copy.write(chunk)
        copy.seek(0)
        yield copy


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    size = 0
    try:
        if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError  # the others unpack all at once, be it terabytes
        with archive.open(name) as source:
            while chunk := source.read(2**20):
                size += len(chunk)
                if size > LIMIT:
                    raise Unreadable(f"It is larger than {LIMIT // 2**20} MiB.")
                yield chunk
    except Unreadable:
        raise
    except Exception as error:  # hostile bytes find many ways to fail
        raise Unreadable(f"It cannot be taken out of its archive: {type(error).__name__}.") from error


@contextmanager
def unpacked(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file itself or, where it is an archive, the one notebook in it."""
    start = file.read(4)
    file.seek(0)
    if start != b"PK\x03\x04":
        yield file
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        if sum(1 for _ in re.finditer(b"PK\1\2", view)) > MEMBERS:  # before a list is made of them
            raise Unreadable(f"It is an archive of more than {MEMBERS} files.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable("It is an archive that cannot be read.") from error
    names = [name for name in archive.namelist()[:MEMBERS] if is_notebook(name)]
    if len(names) != 1:
        raise Unreadable(f"It is an archive of {len(names)} notebooks; hand in one.")
    with member(archive, names[0]) as notebook:
        yield notebook


def is_notebook(name: str) -> bool:
    """By its name; what macOS and Jupyter keep beside a notebook does not count."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in path.parts)
    return path.suffix.casefold() == ".ipynb" and not hidden


def source(path: Path) -> Folder | Archive:
    """What the command was given; ValueError for what is neither folder nor archive."""
    if path.is_dir():
        return Folder(path)
    if zipfile.is_zipfile(path):
        return Archive(path)
    raise ValueError(f"{path} is neither a folder nor a .zip")


def roster(path: Path) -> list[Student]:
    """The class, by student. Columns: `student`, `file` and, where it is not the student's name, `reader`."""
    students = []
    for number, line in lines(path):
        student, file = line.get("student", ""), line.get("file", "").removeprefix("./")
        if not (student and file):
            raise ValueError(f"{path}, line {number}: a student and a file are needed; got {line}")
        students.append(Student(student, file, line.get("reader") or student))
    if not students:
        raise ValueError(f"{path} names no students")
    for column in ("student", "file"):
        counts = Counter(getattr(student, column) for student in students)
        value, count = counts.most_common(1)[0]
        if count > 1:
            raise ValueError(f"{path}: {column} {value!r} stands in it {count} times")
    return sorted(students)


def lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a table that are not empty, each with its number; a spreadsheet may part cells by `;`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not in UTF-8: save it as "CSV UTF-8"') from error
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip().casefold() for name in next(rows, [])]
    if not {"student", "file"} <= set(columns):
        raise ValueError(f"{path}: the first line must name the columns student and file; it is {columns}")
    for row in rows:
        cells = [unicodedata.normalize("NFC", cell.strip()) for cell in row]
        if any(cells):
            yield rows.line_num, dict(zip(columns, cells, strict=False))


def handed_in(students: list[Student], names: list[str]) -> dict[str, list[str]]:
    """The files of each student who has handed something in, the newest version of a notebook last."""
    spelled = {name: unicodedata.normalize("NFC", name) for name in names}  # macOS parts letters and accents
    owners: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for student in students:
        for name in sorted((name for name in names if belongs(spelled[name], student.file)), key=version):
            if name in owners:
                raise ValueError(
                    f"the roster gives {name!r} to two students: {owners[name]} and {student.student}"
                )
            owners[name] = student.student
            found.setdefault(student.student, []).append(name)
    return found


def belongs(name: str, file: str) -> bool:
    """Whether a file is the one that the roster names, or lies in that folder, or begins like `Ada_*`."""
    if file.endswith("*"):
        return name.startswith(file[:-1])
    return name == file or name.startswith(file.rstrip("/") + "/")


def version(name: str) -> tuple[Any, ...]:
    """Orders files: others, archives, notebooks; of these `x`, `x (2)`, `x (10)`, as browsers count."""
    stem, suffix = os.path.splitext(name)
    words, numbers = re.split("[0-9]+", stem), re.findall("0*([0-9]+)", stem)
    parts = list(zip_longest(words, ((len(each), each) for each in numbers), fillvalue=(0, "")))
    return is_notebook(name), suffix.casefold() == ".zip", parts
