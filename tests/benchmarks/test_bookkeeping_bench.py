"""A class of 20,000 beside its marks: names, readers, near-duplicates and tables, on one core."""

import random
import string
import time

from classroom import names_of

from cnnlab.exercises import EXERCISES
from cnnlab.grading import alike, draws, report
from cnnlab.grading.journal import Journal, marks_in, whole_lines
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.merge import finish
from cnnlab.grading.outcome import is_drawn
from cnnlab.grading.roster import same_readers, sheet
from cnnlab.grading.submissions import handed_in

STUDENTS, COPIES, GOAL = 20_000, 100, 60
RNG = random.Random(0)


def text():
    """The student's own cells: short functions, no two alike."""
    lines = [
        f"    x{n} = {RNG.choice('abc')} {RNG.choice('+-*/%|&^')} {RNG.randrange(99)}" for n in range(60)
    ]
    return "def answer(a, b, c):\n" + "\n".join(lines)


def mark(name):
    points, given, right = EXERCISES[name].points, "", ""
    if is_drawn(name):
        given, right = str(RNG.randrange(10**6)), str(RNG.randrange(10**6))
    return Mark(name, RNG.choice([0, points]), points, given=given, right=right)


def marked(number, names):
    words = f"def copied(a, b, c):\n{'    return a ** b // c' * 40}" if number < COPIES else text()
    return Marked(who(number), "", [mark(name) for name in names], alike.tokens(words), "reader", 0.5)


def who(number):
    return f"{RNG.choice(string.ascii_uppercase)}. {number:05} Ümläut"


def test_twenty_thousand(benchmark, tmp_path):
    names = names_of("01")
    found = [marked(number, names) for number in range(STUDENTS)]
    lines = [f"{each.student},{each.student}_*,reader {number}" for number, each in enumerate(found)]
    (tmp_path / "roster.csv").write_text("\n".join(["student,file,reader", *lines]))
    files = [f"{each.student}_{number}_assignsubmission_file_/x.ipynb" for number, each in enumerate(found)]
    spent = {}

    def timed(what, call):
        began = time.process_time()
        result = call()
        spent[what] = time.process_time() - began
        return result

    def run():
        students = timed("roster", lambda: sheet(tmp_path / "roster.csv").students)
        timed("names", lambda: handed_in(students, files))
        timed("readers", lambda: same_readers(students))
        journal = Journal(tmp_path / "journal.jsonl", {})
        timed("journal", lambda: [journal.add(each) for each in found])
        finish(journal, students, students)
        again = timed("journal read", lambda: marks_in(whole_lines(journal.path)))
        timed("whose draw", lambda: draws.owned([*again.values()], students))
        timed("alike", lambda: alike.pairs({each.student: each.answers for each in again.values()}))
        timed("all tables", lambda: report.write_all(tmp_path / "out", students, [*again.values()], names))

    began = time.process_time()
    benchmark.pedantic(run, rounds=1)
    total = time.process_time() - began
    print("\n\n" + "\n".join(f"{seconds:6.1f} s  {what}" for what, seconds in spent.items()))
    print(f"{total:6.1f} s of one core for {STUDENTS:,} submissions (goal: ≤ {GOAL} s)")
    print("All tables have another whose draw and another alike in them.")
    assert total <= GOAL
