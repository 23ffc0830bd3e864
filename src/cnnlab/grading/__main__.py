"""Grade a class: `python -m cnnlab.grading SUBMISSIONS --roster ROSTER.csv --seed-file FILE --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from cnnlab.exercises import EXERCISES
from cnnlab.grading.report import write_all
from cnnlab.grading.run import Class, Journal, chosen, mark_all
from cnnlab.grading.sandbox import NO_SANDBOX, Bubblewrap, Plain
from cnnlab.grading.submissions import handed_in, is_notebook, roster, source

SEED_LENGTH = 16  # characters: what cannot be guessed


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m cnnlab.grading", description=(__doc__ or "").partition(":")[0]
    )
    parser.add_argument(
        "submissions", type=Path, help="a folder of notebooks, or the .zip of a learning platform"
    )
    parser.add_argument(
        "--roster", type=Path, required=True, help="a table with the columns student, file, reader"
    )
    parser.add_argument("--seed-file", type=Path, required=True, help="a file with your private seed")
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder for the results; an interrupted run goes on"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="submissions at a time")
    parser.add_argument(
        "--chapter", action="append", help="by default that of most notebooks; may be repeated"
    )
    parser.add_argument(
        "--no-sandbox", action="store_true", help="without bubblewrap: for students you trust"
    )
    parser.add_argument("--explain", metavar="STUDENT", help="mark one again and show what failed, and why")
    return parser.parse_args(arguments)


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


def group_of(given: argparse.Namespace) -> tuple[Class, list[str]]:
    """The class, and the notebooks of nobody on its roster."""
    seed, students, notebooks = seed_of(given.seed_file), roster(given.roster), source(given.submissions)
    files, strangers = handed_in(students, notebooks.names)
    own = [name for name in notebooks.names if is_notebook(name)]
    exercises = exercises_of(given.chapter) if given.chapter else chosen(notebooks, own)
    if not exercises:
        raise ValueError(f"no chapter's exercises are in half of the {len(own)} notebooks: say --chapter")
    return Class(students, files, notebooks, exercises, seed), strangers


def grade(group: Class, sandbox: type[Plain], out: Path, jobs: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    marked = mark_all(group, Journal(out / "journal.jsonl", group.run), sandbox, jobs)
    write_all(out, group.students, marked, group.exercises)
    print(f"{len(marked)} of {len(group.students)} students graded: {out / 'grades.csv'}")


def explain(group: Class, sandbox: Plain, name: str) -> None:
    """Mark one student again and print everything: the inputs that failed and the expected values too."""
    chosen = [student for student in group.students if student.student == name]
    if not chosen or name not in group.files:
        raise ValueError(f"{name!r} is not on the roster, or has handed nothing in")
    marked = group.mark(sandbox, chosen[0], None)
    for each in marked.marks if marked else []:
        print(f"{each.exercise}: {each.points} of {each.out_of}, {each.status}. {each.message}".strip())
        print(each.detail)


def main(arguments: list[str] | None = None) -> int:
    given = options(arguments)
    sandbox: type[Plain] = Plain if given.no_sandbox else Bubblewrap
    if given.no_sandbox:
        print(NO_SANDBOX, file=sys.stderr)
    try:
        group, strangers = group_of(given)
        for name in strangers:
            print(f"not on the roster: {name}", file=sys.stderr)
        if given.explain:
            explain(group, sandbox(0), given.explain)
        else:
            grade(group, sandbox, given.out, given.jobs)
    except (OSError, ValueError) as error:
        print(f"cnnlab.grading: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
