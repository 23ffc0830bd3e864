"""How learning platforms name what they hand out, and when each file was handed in.

A student's own part of a name comes after the platform's, so the first match counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

BRIGHTSPACE = r" - ([A-Z][a-z]{2})[a-z]* (\d{1,2}), (\d{4}) (\d{1,2}):?(\d\d) ?([AP]M)(?=[ /]|$)"


class Platform(NamedTuple):
    """A platform's way to name a file."""

    platform: str
    pattern: re.Pattern[str]
    stamp: Callable[[re.Match[str], int], int]  # from the name and the archive's date: the later, the larger
    example: str


def number(match: re.Match[str], date: int) -> int:
    """The number in the name: a date from its year to its second, or an identifier, which only grows."""
    return int(re.sub("[^0-9]", "", match[1]))


def dated(match: re.Match[str], date: int) -> int:
    """The archive's date of the file: these platforms copy theirs into it."""
    return date


def spelt_out(match: re.Match[str], date: int) -> int:
    """A date like Jan 15, 2026 1022 AM; 0 for a day that no calendar has."""
    with suppress(ValueError):
        month, day, year, hour, minute, half = match.groups()
        moment = datetime.strptime(f"{month} {day} {year} {hour} {minute} {half}", "%b %d %Y %I %M %p")
        return int(moment.strftime("%Y%m%d%H%M00"))
    return 0


PLATFORMS = [
    Platform(name, re.compile(pattern), stamp, example)
    for name, pattern, stamp, example in (
        ("Blackboard", r"_attempt_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?!\d)", number,
         "Lab 1_alovelace_attempt_2026-01-15-10-22-33_x.ipynb"),
        ("Brightspace", BRIGHTSPACE, spelt_out,
         "1234-5678 - Ada Lovelace - Jan 15, 2026 1022 AM - x.ipynb"),
        ("Moodle", r"_\d+_assignsubmission_[a-z]+(?=_|/)", dated,
         "Ada Lovelace_4711_assignsubmission_file_/x.ipynb"),
        ("Gradescope", r"(?:^|/)submission_(\d+)(?=/|\.|$)", number,
         "assignment_12_export/submission_9001/x.ipynb"),
        ("Canvas", r"(?:^|/)[^\W_A-Z]+(?:_LATE)?_\d+_(\d{2,})_(?=[^/])", number,
         "lovelaceada_LATE_1234_567890_x.ipynb"),
        ("ILIAS", r"(?:^|/)((?:19|20)\d{12})_", number,
         "Lab 1/Submissions/Lovelace_Ada_alovelace_4711/20260115102233_x.ipynb"),
        ("ILIAS", r"(?:^|/)[^_/]+_[^_/]+_[^_/]+_\d+(?=/)", dated,
         "Lab 1/Submissions/Lovelace_Ada_alovelace_4711/x.ipynb"),
    )
]  # fmt: skip


def platform(name: str) -> tuple[Platform, re.Match[str]] | None:
    """The platform that a file's name is from, and what was found in it."""
    for each in PLATFORMS:
        if match := each.pattern.search(name):
            return each, match
    return None


def stamp(name: str, date: int = 0) -> int:
    """When a file was handed in, as its platform says: the later, the larger; 0 where it does not."""
    found = platform(name)
    return found[0].stamp(found[1], date) if found else 0


GRADESCOPE = "submission_metadata.yml"  # the file in which Gradescope says whose each folder is


def folders_of(metadata: str, root: str) -> dict[str, list[str]]:
    """The folders of each address, and of each student's number, in Gradescope's list.

    The list also has what programs printed; that is further in than the lines that are read here.
    """
    found: dict[str, list[str]] = {}
    folder, submitters = "", False
    for line in metadata.splitlines():
        if match := re.match(r"(submission_\d+):", line):
            folder = root + match[1]
        if not line.startswith(("  - ", "    ")):
            submitters = line.rstrip() == "  :submitters:"
        elif submitters and (match := re.match(r"(?:  - |    ):(?:email|sid): *['\"]?([^'\"]+)", line)):
            found.setdefault(match[1].strip().casefold(), []).append(folder)
    return found
