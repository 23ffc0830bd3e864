"""What was measured or trained once, elsewhere, and written down: lines, and what they need beside them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

__all__ = ["Record", "read", "recorded"]

HERE = Path(__file__).parent


class Record(NamedTuple):
    """A file's head (date, machine, versions, the command that wrote it) and its lines, as text."""

    head: dict[str, str]
    lines: list[dict[str, str]]


def read(path: Path) -> Record:
    """The record in a file: lines `# key: value`, then a table with commas."""
    text = path.read_text(encoding="utf-8").splitlines()
    heads = [line.removeprefix("# ") for line in text if line.startswith("# ")]
    table = [line for line in text if not line.startswith("# ")]
    return Record(dict(head.split(": ", 1) for head in heads), [*csv.DictReader(table)])


def recorded(chapter: str) -> Record:
    """What `make record` wrote for a chapter, `"09"`; a LookupError where there is none."""
    path = HERE / "records" / f"{chapter}.csv"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.csv")))
        raise LookupError(f"chapter {chapter!r} has no recorded run; these have: {known}")
    return read(path)
