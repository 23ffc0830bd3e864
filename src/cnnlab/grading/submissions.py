"""Open the submissions: a folder of notebooks, or the archive that a learning platform hands out.

Nothing is extracted: a member of an archive is read under its own name, whatever that pretends to be, and
copied into a file without a name. Links, pipes and devices are not opened. A notebook in an archive that a
student handed in goes by both names, `ada.zip/lab/x.ipynb`.
"""

from __future__ import annotations

import mmap
import os
import re
import stat
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO, NoReturn, TypeVar

from cnnlab.grading.names import is_archive, is_notebook, restored, wrapper
from cnnlab.grading.owners import Clues, handed_in
from cnnlab.grading.platforms import GRADESCOPE, folders_of
from cnnlab.grading.roster import Student, roster

__all__ = [
    "Archive",
    "Folder",
    "NoRoom",
    "Source",
    "Student",
    "Unreadable",
    "handed_in",
    "is_notebook",
    "roster",
    "source",
]

T = TypeVar("T")
LIMIT = 200 * 2**20  # bytes of a notebook
LOOK = 16 * 2**20  # bytes of it that are read to choose between several
MEMBERS = 20_000  # of a student's archive; a class's has a few for each student
CLASS_MEMBERS = 5 * MEMBERS
CHOICE = 30  # notebooks in a student's archive, of which one is chosen
INNER = 10  # archives in a student's archive that are looked into
CHUNK = 2**20  # bytes that are unpacked at a time
ZIP = b"PK\x03\x04"


class Unreadable(Exception):
    """Why a submission cannot be opened, for its student to read."""


class NoRoom(OSError):
    """Why no copy can be made: no submission is at fault."""


@contextmanager
def left_out() -> Iterator[None]:
    """What is wrong with one file ends nothing but the look at it; a full disk is none of its faults."""
    try:
        yield
    except NoRoom:
        raise
    except Exception:  # hostile bytes find many ways to fail
        return


class Source(ABC):
    """Submissions, by their names."""

    def __init__(self, dates: Mapping[str, int]) -> None:
        self.dates = dates  # of the files, from the year to the second; 0 where nothing reliable is known
        self.names = sorted(dates)

    @abstractmethod
    def fetch(self, name: str) -> IO[bytes]:
        """The file of one of the names."""

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """A notebook, also one in an archive; an archive stands for the one notebook that is in it."""
        with closing(self.notebook(name)) as file:
            yield file

    def notebook(self, name: str) -> IO[bytes]:
        """The open file; Unreadable says which, and what is wrong with it."""
        try:
            outer, inner = self.parted(name)
            with ExitStack() as stack:
                file = stack.enter_context(self.fetch(outer))
                notebook = inside(file, inner, copied) if inner else only(file)
                if notebook is file:
                    stack.pop_all()
                return notebook
        except Unreadable as problem:
            raise Unreadable(f"{name}: {problem}") from problem
        except NoRoom:
            raise
        except Exception as error:  # hostile bytes find many ways to fail
            raise Unreadable(f"{name}: it cannot be opened: {type(error).__name__}.") from error

    def parted(self, name: str) -> tuple[str, str]:
        """The file, and which notebook of those in it."""
        ends = [len(name), *(match.start() for match in re.finditer("/", name))]
        return next(((name[:end], name[end + 1 :]) for end in ends if name[:end] in self.dates), (name, ""))

    def date(self, name: str) -> int:
        """When the file was handed in, or the one that the notebook is in."""
        return self.dates.get(self.parted(name)[0], 0)

    def begun(self, name: str) -> Iterator[tuple[str, bytes]]:
        """The notebooks in a file, by name, each as far as it is read to choose; none that is unreadable."""
        with left_out(), self.fetch(name) as file:
            if not is_zip(file):
                yield name, file.read(LOOK)
                return
            found = books(file)
            for inner in found if len(found) <= CHOICE else ():
                with left_out():
                    yield f"{name}/{inner}", inside(file, inner, beginning)

    def clues(self) -> Clues:
        """What is known of the files beside their names, to tell whose they are and which is the newest."""
        root = wrapper(self.names)
        folders: dict[str, list[str]] = {}
        if root + GRADESCOPE in self.dates:
            with self.open(root + GRADESCOPE) as file:
                folders = folders_of(file.read().decode(errors="replace"), root)
        return Clues(self.dates, folders)


class Folder(Source):
    """Submissions under a folder, by their names relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # A file's date on a disk is that of its copy: the same class elsewhere would have other marks.
        super().__init__(
            {
                os.path.relpath(os.path.join(folder, name), root): 0
                for folder, _, names in os.walk(root, onerror=unlisted)
                for name in names
            }
        )

    def fetch(self, name: str) -> IO[bytes]:
        try:  # without waiting for the other end of a pipe
            descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Unreadable(f"the file cannot be opened: {error.strerror}.") from error
        file = os.fdopen(descriptor, "rb") if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        if not file:
            os.close(descriptor)
            raise Unreadable("it is not a file.")
        if os.fstat(descriptor).st_size > LIMIT:
            file.close()
            raise Unreadable(f"it is larger than {LIMIT // 2**20} MiB.")
        return file


def unlisted(error: OSError) -> NoReturn:
    raise OSError(error.errno, f"the folder cannot be listed: {error.strerror}", error.filename)


class Archive(Source):
    """Submissions in a `.zip`, by their names in it."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise ValueError(
                f"{path} is damaged, and nothing of it can be read: {error}; download it again"
            ) from error
        if len(self.archive.infolist()) > CLASS_MEMBERS:
            raise ValueError(
                f"{path} has {len(self.archive.infolist())} members; more than {CLASS_MEMBERS} are not read"
            )
        self.members = members(self.archive)
        super().__init__({name: date(member) for name, member in self.members.items()})

    def fetch(self, name: str) -> IO[bytes]:
        return copied(self.archive, self.members[name])


def source(path: Path) -> Folder | Archive:
    """What the command was given; ValueError for what is neither folder nor archive."""
    if path.is_dir():
        return Folder(path)
    with path.open("rb") as file:
        # One that something else precedes, or one that begins so and has lost its end: the second is damaged.
        if zipfile.is_zipfile(file) or is_zip(file):
            return Archive(path)
    raise ValueError(f"{path} is neither a folder nor a .zip")


# ---- Archives, of a class or of a student ----


def is_zip(file: IO[bytes]) -> bool:
    file.seek(0)
    start = file.read(len(ZIP))
    file.seek(0)
    return start == ZIP


def members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files in an archive, by their names as they were written; Windows may part folders by `\\`."""
    return {
        restored(member.filename).replace("\\", "/"): member
        for member in archive.infolist()
        if not member.is_dir()
    }


def date(member: zipfile.ZipInfo) -> int:
    """From the year to the second, as one number."""
    return int("{:04}{:02}{:02}{:02}{:02}{:02}".format(*member.date_time))


def listed(file: IO[bytes]) -> zipfile.ZipFile:
    """A student's archive, whose list is short enough to be read."""
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            count = sum(1 for _ in islice(re.finditer(b"PK\1\2", view), MEMBERS + 1))
        if count <= MEMBERS:
            return zipfile.ZipFile(file)
    except Exception as error:
        raise Unreadable("it is an archive that cannot be read.") from error
    raise Unreadable(f"it is an archive of more than {MEMBERS} files.")


def only(file: IO[bytes]) -> IO[bytes]:
    """The file itself or, where it is an archive, the one notebook in it."""
    if not is_zip(file):
        return file
    found = books(file)
    if len(found) != 1:
        raise Unreadable(f"it is an archive of {len(found)} notebooks; hand in one.")
    return inside(file, found[0], copied)


def books(file: IO[bytes], nested: bool = False) -> list[str]:
    """The notebooks in an archive, and in the archives in it, by their names."""
    archive = listed(file)
    names = members(archive)
    found = [name for name in names if is_notebook(name)]
    for name in () if nested else [*filter(is_archive, names)][:INNER]:
        with suppress(Unreadable), copied(archive, names[name]) as inner:
            found += [f"{name}/{book}" for book in books(inner, nested=True)]
    return found


def inside(file: IO[bytes], name: str, take: Callable[[zipfile.ZipFile, zipfile.ZipInfo], T]) -> T:
    """What is taken of a member of an archive, or of an archive in it."""
    archive = listed(file)
    names = members(archive)
    if name in names:
        return take(archive, names[name])
    for match in re.finditer("/", name):
        if name[: match.start()] in names:
            with copied(archive, names[name[: match.start()]]) as inner:
                return inside(inner, name[match.end() :], take)
    raise Unreadable("there is no such file in the archive.")


def copied(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    """A copy of a member in a file without a name, read no further than `LIMIT`, whatever it declares."""
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(tempfile.TemporaryFile())
            for number, chunk in enumerate(chunks(archive, member)):
                if number * CHUNK + len(chunk) > LIMIT:
                    raise Unreadable(f"it is larger than {LIMIT // 2**20} MiB.")
                copy.write(chunk)
            copy.seek(0)
        except OSError as error:
            where = f"{member.filename} cannot be copied into the folder {tempfile.tempdir or os.curdir}"
            raise NoRoom(error.errno, f"{where}: {error.strerror or error}") from error
        stack.pop_all()
    return copy


def beginning(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The first bytes of a member, whatever size it declares."""
    return b"".join(islice(chunks(archive, member), LOOK // CHUNK))


def chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError  # the others unpack all at once, be it terabytes
        with archive.open(member) as source:
            while chunk := source.read(CHUNK):
                yield chunk
    except Exception as error:  # hostile bytes find many ways to fail
        locked = ", it is locked by a password" if member.flag_bits & 1 else ""
        raise Unreadable(f"it cannot be taken out of its archive: {type(error).__name__}{locked}.") from error
