"""Grade a class: `python -m cnnlab.grading SUBMISSIONS --roster ROSTER.csv --seed-file FILE --out DIR`."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from multiprocessing import get_context
from operator import add
from pathlib import Path

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.handout import of_chapter
from cnnlab.grading.interpreter import this
from cnnlab.grading.marking import Mark, mark_one
from cnnlab.grading.report import write_all
from cnnlab.grading.run import Class, Journal, Workers, alone, chosen, mark_all, newest
from cnnlab.grading.sandbox import NO_SANDBOX, SECONDS, Bubblewrap, Plain, prove
from cnnlab.grading.submissions import handed_in, is_notebook, roster, source

SEED_LENGTH = 16  # characters: what cannot be guessed
MOST = 256  # submissions at a time, and seconds
LISTED = 20  # files that are not graded


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m cnnlab.grading", description=(__doc__ or "").partition(":")[0]
    )
    add = parser.add_argument
    add("submissions", type=Path, help="a folder of notebooks, or the .zip of a learning platform")
    add("--roster", type=Path, required=True, help="a table with the columns student, file, reader")
    add("--seed-file", type=Path, required=True, help="a file with your private seed")
    add("--out", type=Path, required=True, help="a folder for the results; an interrupted run goes on")
    add("--jobs", type=whole, default=os.cpu_count() or 1, help="submissions at a time")
    add("--chapter", action="append", help="by default that of most notebooks; may be repeated")
    add("--no-sandbox", action="store_true", help="without bubblewrap: for students you trust")
    add("--seconds", type=whole, default=SECONDS, help="for one exercise of one notebook")
    add("--explain", metavar="STUDENT", help="mark one again and show what failed, and why")
    return parser.parse_args(arguments)


def whole(text: str) -> int:
    if not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {MOST}")
    return int(text)


def seed_of(path: Path) -> str:
    seed = path.read_text(encoding="utf-8").strip()
    if len(seed) < SEED_LENGTH:
        raise ValueError(f"the seed in {path} has {len(seed)} characters; {SEED_LENGTH} are the least")
    return seed


def exercises_of(chapters: list[str]) -> list[str]:
    wanted = {chapter.zfill(2) for chapter in chapters}
    if unknown := wanted - {each.chapter for each in EXERCISES.values()}:
        raise ValueError(f"chapter {min(unknown)} has no exercises")
    return [each.name for each in EXERCISES.values() if each.chapter in wanted]


def group_of(given: argparse.Namespace) -> Class:
    """The class, as the roster and the submissions have it; says which files are not graded."""
    seed, students, notebooks = seed_of(given.seed_file), roster(given.roster), source(given.submissions)
    found = handed_in(students, notebooks.names)
    owned = {name for names in found.values() for name in names}
    own = [name for name in owned if is_notebook(name)]
    if not own:
        raise ValueError(f"nothing in {given.submissions} has a name that is in the roster's column `file`")
    exercises = exercises_of(given.chapter) if given.chapter else chosen(notebooks, own)
    if not exercises:
        raise ValueError(f"no chapter is that of more than half of the {len(own)} notebooks: say --chapter")
    files = {student: newest(notebooks, names, exercises) for student, names in found.items()}
    say("not on the roster", [name for name in notebooks.names if is_notebook(name) and name not in owned])
    several = {name: len(names) for name, names in found.items() if sum(map(is_notebook, names)) > 1}
    say("several notebooks, graded is", [f"{name}: {files[name]}" for name in several])
    chapters = sorted({EXERCISES[name].chapter for name in exercises})
    handout = reduce(add, map(of_chapter, chapters))
    return Class(students, files, notebooks, exercises, handout, seed)


def say(what: str, names: list[str]) -> None:
    """On stderr, as many as can be read."""
    for name in names[:LISTED]:
        print(f"{what}: {name}", file=sys.stderr)
    if len(names) > LISTED:
        print(f"{what}: {len(names) - LISTED} more", file=sys.stderr)


def grade(group: Class, workers: Workers, out: Path, jobs: int) -> None:
    with alone(out), ProcessPoolExecutor(jobs, get_context("forkserver")) as pool:
        journal = Journal(out / "journal.jsonl", group.run | {"seconds": workers.seconds})
        marked = mark_all(group, journal, workers, pool, 2 * jobs)
        write_all(out, group.students, marked, group.exercises)
    print(f"{len(marked)} of {len(group.students)} students graded: {out / 'grades.csv'}")


def explain(group: Class, sandbox: Plain, name: str) -> None:
    """Mark one student again and print everything: the inputs that failed and the expected values too."""
    asking = [student for student in group.students if student.student == name]
    if not asking or name not in group.files:
        raise ValueError(f"{name!r} is not on the roster, or has handed nothing in")
    print(f"{name}: {group.files[name]}")
    for each in mark_one(sandbox, group.job(asking[0])).marks:
        print(f"\n{each.exercise}: {each.points} of {each.out_of}, {each.status}")
        print("\n".join(filter(None, [each.detail or each.message, task(each, asking[0].reader)])))


def task(mark: Mark, reader: str) -> str:
    """What was drawn for a reader, and the answer; nothing where it was right, or nothing is drawn."""
    exercise = EXERCISES[mark.exercise]
    if mark.points or not isinstance(exercise, core.DrawnExercise):
        return ""
    case = exercise.draw_cases(core.tidy(reader))[0]
    return f"{exercise.ask(core.tidy(reader))}\nexpected = {core.expect(exercise.reference, case)}"


def main(arguments: list[str] | None = None) -> int:
    given = options(arguments)
    workers = Workers(Plain if given.no_sandbox else Bubblewrap, given.seconds, this())
    if given.no_sandbox:
        print(NO_SANDBOX, file=sys.stderr)
    try:
        group = group_of(given)
        prove(workers.sandbox)
        if given.explain:
            explain(group, workers.sandbox, given.explain)
        else:
            grade(group, workers, given.out, given.jobs)
    except (OSError, ValueError, csv.Error) as error:
        print(f"cnnlab.grading: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
