"""Grade a class: `python -m cnnlab.grading SUBMISSIONS --roster ROSTER.csv --seed-file FILE --out DIR`."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from collections.abc import Sequence
from functools import partial, reduce
from operator import add

from cnnlab.exercises import EXERCISES, core, own
from cnnlab.grading.choosing import choose, together
from cnnlab.grading.executors import cluster, processes
from cnnlab.grading.gradebooks import Points, gradebooks
from cnnlab.grading.handout import Handout, of_chapter, of_notebook
from cnnlab.grading.interpreter import interpreter
from cnnlab.grading.journal import JOURNAL, Journal, alone
from cnnlab.grading.marking import Mark, Marked, mark_one
from cnnlab.grading.merge import finish, merged
from cnnlab.grading.options import SANDBOXES, merging, options
from cnnlab.grading.owners import missing, shared, strangers
from cnnlab.grading.report import write, write_all
from cnnlab.grading.roster import Student, same_readers, sheet
from cnnlab.grading.run import Class, Workers, chosen, code, header, made, mark_all
from cnnlab.grading.sandbox import NO_SANDBOX, Plain
from cnnlab.grading.seeds import seed_of
from cnnlab.grading.submissions import handed_in, is_notebook, source
from cnnlab.grading.summary import claims

LISTED = 20  # lines of a kind


def exercises_of(chapters: list[str]) -> list[str]:
    wanted = {chapter.zfill(2) for chapter in chapters}
    if unknown := wanted - {each.chapter for each in EXERCISES.values()}:
        raise ValueError(f"chapter {min(unknown)} has no exercises")
    return [each.name for each in EXERCISES.values() if each.chapter in wanted]


def handout_of(given: Namespace, exercises: Sequence[str]) -> Handout:
    """What students were given: the instructor's own edition, or the published chapters."""
    if given.handout:
        return of_notebook(given.handout)
    chapters = {EXERCISES[name].chapter for name in exercises} - {own.CHAPTER}
    return reduce(add, map(of_chapter, sorted(chapters)), Handout((), ""))


def group_of(given: Namespace) -> Class:
    """The class, or its shard, as the roster and the submissions have it; says which files are not graded."""
    seed, roster = seed_of(given.seed_file), sheet(given.roster).students
    notebooks = source(given.submissions)
    found = handed_in(roster, notebooks.names, notebooks.clues())
    lost = missing(roster, found, notebooks.names)
    say("handed in nothing", lost)
    if not found:
        raise ValueError(f"nothing in {given.submissions} is anybody's on the roster: {lost[0]}")
    exercises = exercises_of(given.chapter or [])
    exercises = exercises or chosen(notebooks, sorted({names[-1] for names in found.values()}))
    exercises += [name for name, each in EXERCISES.items() if each.chapter == own.CHAPTER]
    if not exercises:
        raise ValueError(f"no chapter is that of more than half of the {len(found)} hand-ins: say --chapter")
    say("not on the roster", strangers(found, notebooks.names))
    part = {student.student for student in given.shard.part(roster)}
    files = {who: choose(notebooks, names, exercises) for who, names in found.items()}
    say("several notebooks, graded is", [f"{who}: {files[who]}" for who in several(found)])
    say("handed in together", [f"{' and '.join(who)}: {name}" for name, who in shared(found).items()])
    students = [each for each in together(roster, files, notebooks) if each.student in part]
    say("one name", same_readers(roster))
    return Class(students, files, notebooks, exercises, handout_of(given, exercises), seed)


def several(found: dict[str, list[str]]) -> list[str]:
    """Who has handed in more than one notebook."""
    return [who for who, names in found.items() if sum(map(is_notebook, names)) > 1]


def say(what: str, lines: Sequence[str]) -> None:
    """On stderr, as many as can be read."""
    for line in lines[:LISTED]:
        print(f"{what}: {line}", file=sys.stderr)
    if len(lines) > LISTED:
        print(f"{what}: {len(lines) - LISTED} more", file=sys.stderr)


def grade(given: Namespace, group: Class, workers: Workers) -> None:
    """Mark the class and write its tables."""
    run = header(group.seed, group.told(given.seconds, given.python, str(given.shard)))
    opened = partial(cluster, given.dask) if given.dask else partial(processes, given.jobs)
    with alone(given.out):
        journal = Journal(given.out / JOURNAL, run)
        marked = mark_all(group, journal, workers, opened)
        finish(journal, group.handed_in, sheet(given.roster).students)
        tell(given, group.students, marked, group.exercises)


def tell(
    given: Namespace, students: Sequence[Student], marked: Sequence[Marked], exercises: Sequence[str]
) -> None:
    """Write the tables and say where they are."""
    marked = write_all(given.out, students, marked, exercises)
    points = Points("cnnlab", sum(EXERCISES[name].points for name in exercises), earned(marked))
    for name, text in gradebooks(sheet(given.roster), points).items():
        write(given.out / name, text)
    say("marked 0", [f"{student}: {said}" for student, said in claims(marked)])
    print(f"{len(marked)} of {len(students)} students graded: {given.out / 'grades.csv'}")


def earned(marked: Sequence[Marked]) -> dict[str, float]:
    return {each.student: sum(mark.points for mark in each.marks) for each in marked}


def explain(group: Class, sandbox: Plain, name: str) -> None:
    """Mark one student again and print everything: the inputs that failed and the expected values too."""
    asking = [student for student in group.students if student.student == name]
    if not asking or name not in group.files:
        raise ValueError(f"{name!r} is not on the roster, or has handed nothing in")
    print(f"{name}: {group.files[name]}")
    marked = mark_one(sandbox, group.job(asking[0]))
    for each in marked.marks:
        print(f"\n{each.exercise}: {each.points} of {each.out_of}, {each.status}")
        print("\n".join(filter(None, [each.detail or each.message, task(each, asking[0].reader)])))
    print("\n".join(["", *marked.skipped]))


def task(mark: Mark, reader: str) -> str:
    """What was drawn for a reader, the answer, and what came; nothing where that was right."""
    exercise = EXERCISES[mark.exercise]
    if mark.points or not isinstance(exercise, core.DrawnExercise):
        return ""
    return f"{exercise.ask(core.tidy(reader))}\nexpected = {mark.right}\ngot = {mark.given or 'nothing'}"


def registered(given: Namespace) -> own.Own | None:
    """The instructor's own exercises, known to this process from now on."""
    if not given.exercises:
        return None
    written = own.read(given.exercises)
    own.register(written)
    return written


def merge(arguments: Sequence[str]) -> None:
    """One table of the parts of a class."""
    given = merging(arguments)
    registered(given)
    students, marked, exercises = merged(given.parts, sheet(given.roster).students, seed_of(given.seed_file))
    with alone(given.out):
        tell(given, students, marked, exercises)


def mark(arguments: Sequence[str]) -> None:
    """A class, or with --explain one student."""
    given = options(arguments)
    if given.sandbox == "none":
        print(NO_SANDBOX, file=sys.stderr)
    if given.python:
        interpreter(given.python)  # its own words, before anything else
    written = registered(given)
    workers = Workers(SANDBOXES[given.sandbox](), given.seconds, given.python, code(), written)
    group = group_of(given)
    if given.explain:
        explain(group, made(workers), given.explain)
    else:
        grade(given, group, workers)


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["merge"]:
            merge(arguments[1:])
        else:
            mark(arguments)
    except (OSError, ValueError, csv.Error) as error:
        print(f"cnnlab.grading: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this one stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
