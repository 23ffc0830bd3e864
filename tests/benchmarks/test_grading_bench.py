"""A class of 300, all exercises of chapter 01: the real command and that of an older build, in turns."""

import contextlib
import os
import random
import subprocess
import sys
import threading
import time

import psutil
from classroom import Classroom, names_of, notebook, points_of

from book._tools.chapters import ROOT

BEFORE = "bad4252"  # where a sandbox was made for each answer
STUDENTS, TURNS, JOBS = 300, 1, 2
FASTER, MEMORY = 5, 100  # times as many a second; MiB of the grader's own process
MIB = 2**20
WRONG = {"nothing": "None", "a number": "-12345.6", "an exception": "1 / 0"}


def wrong(name, rng):
    if name.startswith("count_"):
        return f"{name}_answer = {rng.randrange(100)}"
    return f"def {name}(*arguments):\n    return {rng.choice([*WRONG.values()])}"


def classroom(folder, turn):
    """The class of one turn, and each student's points: all answer everything, seven in ten rightly."""
    folder.mkdir()
    room, rng, names, points = Classroom(folder), random.Random(turn), names_of("01"), {}
    for number in range(STUDENTS // TURNS):
        solved = [name for name in names if rng.random() < 0.7]
        own = {name: wrong(name, rng) for name in names if name not in solved}
        reader = f"reader {number}"
        student = f"Student {number:03}"
        room.hand_in(student, notebook("01", solved, reader, **own), reader)
        points[student] = str(points_of(solved))
    return room, points


def older(folder):
    """The sources of the older build."""
    archive = subprocess.run(["git", "archive", BEFORE, "src"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder / "src"


class Memory(threading.Thread):
    """The most bytes that a process had itself, and with all that it began."""

    def __init__(self, pid):
        super().__init__()
        self.process, self.own, self.all = psutil.Process(pid), 0, 0

    def run(self):
        with contextlib.suppress(psutil.NoSuchProcess):
            while self.process.status() != psutil.STATUS_ZOMBIE:
                self.own = max(self.own, self.process.memory_info().rss)
                self.all = max(self.all, sum(map(share, self.process.children(recursive=True)), self.own))
                time.sleep(0.1)


def share(process):
    """Of memory that several have in common, its part."""
    with contextlib.suppress(psutil.Error):
        return process.memory_full_info().pss
    return 0


def graded(room, source, out):
    """The seconds that a run takes, and its memory."""
    room.out = out
    command = [
        sys.executable,
        "-m",
        "cnnlab.grading",
        *room.arguments("--jobs", str(JOBS), "--chapter", "01"),
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(source)}, cwd=out.parent, **quiet
    ) as one:
        memory = Memory(one.pid)
        memory.start()
    assert one.returncode == 0
    seconds = time.perf_counter() - began
    memory.join()
    return seconds, memory


def test_three_hundred_submissions(benchmark, tmp_path):
    builds = {"now": ROOT / "src", BEFORE: older(tmp_path)}
    seconds, memory = dict.fromkeys(builds, 0.0), {}
    rooms = [classroom(tmp_path / f"class {turn}", turn) for turn in range(TURNS)]

    def run():
        for room, _ in rooms:
            for build, source in builds.items():
                spent, memory[build] = graded(room, source, room.folder / build)
                seconds[build] += spent

    benchmark.pedantic(run, rounds=1)
    ratio = seconds[BEFORE] / seconds["now"]
    print(f"\n\nload {psutil.getloadavg()[1]:.1f}")
    for build, spent in seconds.items():
        own, everything = memory[build].own / MIB, memory[build].all / MIB
        print(
            f"{build:8} {STUDENTS / spent:5.2f} a second; {own:.0f} MiB, {everything:.0f} with all processes"
        )
    print(f"{ratio:.1f} times as many a second (goal: ≥ {FASTER}), memory (goal: ≤ {MEMORY} MiB)")
    for room, points in rooms:  # the older build sets other tasks, so its marks are not these
        room.out = room.folder / "now"
        assert {student: line["total"] for student, line in room.grades().items()} == points
    assert memory["now"].own <= MEMORY * MIB
    assert ratio >= FASTER
