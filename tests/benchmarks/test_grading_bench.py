"""A class of 300, each with four exercises answered, through the real command: its time and its memory."""

import random
import subprocess
import sys
import time

import psutil
from classroom import Classroom, names_of, notebook

STUDENTS, ANSWERED, JOBS = 300, 4, 2
EARLY = 50  # submissions, after which memory is to stay as it is
MIB = 2**20


def graded(room):
    journal = room.out / "journal.jsonl"
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def memory(process, room):
    """The grader's own resident bytes, by the number of submissions it has graded, until it ends."""
    found = {}
    while process.poll() is None:
        try:
            found[graded(room)] = psutil.Process(process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            break
        time.sleep(0.2)
    return found


def test_three_hundred_submissions(benchmark, tmp_path):
    room, rng, names = Classroom(tmp_path), random.Random(0), names_of("02")
    for number in range(STUDENTS):
        reader = f"reader {number}"
        room.hand_in(f"Student {number:03}", notebook("02", rng.sample(names, ANSWERED), reader), reader)
    command = [sys.executable, "-m", "cnnlab.grading", *room.arguments("--jobs", str(JOBS))]

    def run():
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            return memory(process, room)

    resident = benchmark.pedantic(run, rounds=1)
    seconds = benchmark.stats.stats.max
    early = next(size for count, size in sorted(resident.items()) if count >= EARLY)
    load = psutil.getloadavg()[1]
    each = seconds * JOBS / STUDENTS
    print(f"\n\n{seconds:.0f} s for {STUDENTS} submissions, {each:.2f} s each and core; load {load:.1f}")
    print(f"{early / MIB:.0f} MiB after {EARLY}, at most {max(resident.values()) / MIB:.0f}")
    assert len(room.grades()) == STUDENTS
    assert max(resident.values()) < 1.1 * early
    assert seconds < 240
    assert each < 1
