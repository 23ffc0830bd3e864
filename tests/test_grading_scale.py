"""One class on many processes and machines: whoever dies, nothing is lost, and the tables are the same."""

import contextlib
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

import numpy as np
import psutil
import pytest
from classroom import Classroom, names_of, notebook

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading import alike, draws, executors, merge, options, seeds
from cnnlab.grading.__main__ import main
from cnnlab.grading.executors import TRIES, Pool, processes, results
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.roster import Student

# ---- Jobs, and processes that die ----


def double(number):
    """Twice the number; some numbers are the end of whoever looks at them."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 7:
        raise ValueError("seven")
    if number == 8:
        raise OSError(errno.ENOSPC, "no room")
    time.sleep(0.2)  # so that others are at work when one dies
    return 2 * number


def slow_pid(_):
    time.sleep(0.2)
    return os.getpid()


def test_a_job_that_kills_its_process_costs_no_other_one_anything():
    numbers = [1, 2, 13, 3, 4, 7]
    found = dict(results(partial(processes, 3), double, iter(numbers)))
    assert {n: found[n] for n in numbers if n not in (7, 13)} == {
        n: 2 * n for n in numbers if n not in (7, 13)
    }
    assert repr(found[7]) == "ValueError('seven')"
    assert str(found[13]) == f"the process that marked it died, {TRIES} times"


class Refusing(ThreadPoolExecutor):
    """Raises what it is told to, once for each."""

    def __init__(self, errors):
        super().__init__(1)
        self.errors = errors

    def submit(self, call, *arguments):
        if self.errors:
            raise self.errors.pop()
        return super().submit(call, *arguments)


def refusing(*errors):
    left = [*errors]

    @contextlib.contextmanager
    def opened():
        yield Pool(Refusing(left), lambda: 2)

    return opened


@pytest.mark.parametrize("closed", [OSError("handle is closed"), OSError(errno.EBADF, "Bad file descriptor")])
def test_a_pool_that_breaks_while_a_process_is_started_for_a_job_loses_nothing(closed):
    """Both were seen, on a busy machine: the pipes were closed between submit's look and its start."""
    opened = refusing(closed, BrokenProcessPool("a process died"))
    assert dict(results(opened, double, iter([1, 2]))) == {1: 2, 2: 4}


@pytest.mark.parametrize("error", [OSError("path too long"), BrokenProcessPool("path too long")])
def test_pools_that_never_begin_a_process_end_the_run(error):
    """One did so for ever: its folder's path was too long for a socket, which is no error of the system's."""
    with pytest.raises(OSError, match="3 times: path too long"):
        list(results(refusing(*[error] * 9), double, iter([1, 2])))


LONG = """
from functools import partial
from cnnlab.grading.executors import processes, results
if __name__ == "__main__":
    print(sorted(results(partial(processes, 2), abs, iter([1, 2]))))
"""


def test_a_folder_whose_path_is_too_long_for_a_socket_is_named(tmp_path):
    (folder := tmp_path / ("long" * 30)).mkdir()
    (script := tmp_path / "grader.py").write_text(LONG)
    ended = subprocess.run(
        [sys.executable, script],
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    elsewhere = ended.stdout == "[(1, 1), (2, 2)]\n"  # newer Pythons take another folder
    said = f"{len(str(folder)) + len('/pymp-12345678')} bytes): name a shorter folder in TMPDIR\n"
    assert elsewhere or (ended.returncode and ended.stderr.endswith(said)), ended.stderr


def test_a_machine_that_can_start_no_process_ends_the_run():
    with pytest.raises(OSError, match="no process"):
        list(results(refusing(OSError(errno.EAGAIN, "no process")), double, iter([1, 2])))


def test_a_process_that_is_killed_from_outside_loses_nothing():
    found = {}
    for number, pid in results(partial(processes, 2), slow_pid, iter(range(8))):
        found[number] = pid
        if number == 1:
            os.kill(pid, signal.SIGKILL)
    assert sorted(found) == list(range(8))
    assert all(type(pid) is int for pid in found.values())
    assert len({*found.values()}) >= 3  # there were fresh ones


def test_a_machine_without_room_ends_the_run():
    with pytest.raises(OSError, match="no room"):
        list(results(partial(processes, 2), double, iter([1, 8, 2])))


def test_no_more_jobs_are_read_than_are_at_work():
    taken = []

    def jobs():
        for number in range(30):
            taken.append(number)
            yield number

    ahead = [len(taken) - done for done, _ in enumerate(results(partial(processes, 2), double_even, jobs()))]
    assert max(ahead) <= 4


class Interrupted(Executor):
    """The user's Ctrl-C comes while a process is begun, which the pool does not know yet."""

    def __init__(self):
        self.begun = 0

    def submit(self, call, job):
        signal.raise_signal(signal.SIGINT)
        self.begun += 1


@pytest.fixture
def attentive():
    """Ctrl-C interrupts; what runs in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("attentive")
def test_an_interruption_waits_until_a_process_is_begun():
    """Else nobody waits for that process, which then ends in a traceback of its own."""
    executor, handler = Interrupted(), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        list(results(partial(contextlib.nullcontext, Pool(executor, lambda: 1)), double, iter([1])))
    assert executor.begun == 1
    assert signal.getsignal(signal.SIGINT) is handler


def double_even(number):
    return 4 * number


def hanging(grader):
    time.sleep(0.05)
    found = 0
    for each in grader.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            found += "import time; time.sleep(60)" in each.cmdline()
    return found


GRADER = """
import subprocess, sys
from functools import partial
from cnnlab.grading.executors import processes, results
def hang(number):
    subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
if __name__ == "__main__":
    list(results(partial(processes, 2), hang, iter(range(4))))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_and_what_they_began_end_with_the_grader(tmp_path, number):
    script = tmp_path / "grader.py"
    script.write_text(GRADER)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = ["env", "--default-signal=INT", sys.executable, str(script)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        grader = psutil.Process(process.pid)
        while hanging(grader) < 2:
            assert process.poll() is None
        begun = grader.children(recursive=True)
        process.send_signal(number)
    assert psutil.wait_procs(begun, timeout=10)[1] == []
    assert [each.name for each in tmp_path.iterdir()] == ["grader.py"]


# ---- Whose draw it is ----


def with_number(student, name, number, called="", misconception=""):
    exercise = EXERCISES[name]
    right = str(core.expect(exercise.reference, exercise.draw_cases(student.reader)[0]))
    mark = Mark(name, 0, exercise.points, given=number, misconception=misconception, right=right)
    return Marked(student.student, "", [mark], "", called, 0)


def right_of(name, reader):
    return str(core.expect(EXERCISES[name].reference, EXERCISES[name].draw_cases(reader)[0]))


def test_a_wrong_number_is_that_of_the_notebooks_reader_then_of_the_class_then_nobodys():
    name = "count_params"
    students = [Student(letter.upper(), "", letter) for letter in "abcde"]
    marked = [
        with_number(students[0], name, right_of(name, "b")),
        with_number(students[1], name, right_of(name, "reader"), called="reader"),
        with_number(students[2], name, "7"),
        with_number(students[3], name, right_of(name, "a"), misconception="bias forgotten"),
        with_number(students[4], name, right_of(name, "d"), called="a"),
    ]
    found = [each.marks[0] for each in draws.owned(marked, students)]
    assert [mark.owner for mark in found] == ["b", "reader", "", "", "d"]
    assert [mark.status for mark in found] == [draws.BORROWED] * 2 + ["graded"] * 2 + [draws.BORROWED]
    assert "Yours is drawn for 'a': is that your READER?" in found[0].message
    assert [each.marks[0] for each in marked] != found


# ---- Who is alike ----

RNG = np.random.default_rng(0)


def function(length, rng):
    """A random function, one operation a line."""
    signs, numbers = rng.choice(list("+-*/%@&|^"), (length, 3)), rng.integers(0, 99, (length, 2))
    lines = (
        f"    x{n} = a {s[0]} {k[0]} {s[1]} b {s[2]} {k[1]}"
        for n, (s, k) in enumerate(zip(signs, numbers, strict=True))
    )
    return "def f(a, b):\n" + "\n".join(lines)


def edited(text, count, rng):
    """Some lines with another sign, and every name another one."""
    lines = text.split("\n")
    for at in rng.choice(len(lines) - 1, count, replace=False) + 1:
        lines[at] = lines[at].replace("=", "= ~", 1)
    return "\n".join(lines).replace("x", "copied").replace("a", "left")


def test_every_copy_is_found_in_a_class_and_nobody_else():
    texts = {f"S{n:03}": alike.tokens(function(30, RNG)) for n in range(300)}
    sources = [function(30, RNG) for _ in range(20)]
    for number, source in enumerate(sources):
        texts[f"A{number}"] = alike.tokens(source)
        texts[f"B{number}"] = alike.tokens(edited(source, 6, RNG) + "\n# a comment of its own\n\n")
    found = alike.pairs(texts)
    assert {(pair.one, pair.other) for pair in found} == {(f"A{n}", f"B{n}") for n in range(20)}
    assert all(0.95 <= pair.likeness < 1 for pair in found)


def test_what_everybody_has_and_what_the_book_shows_is_nobodys_own():
    shown = "\n".join(EXERCISES[name].solution() for name in names_of("02"))
    common = function(30, RNG)
    texts = {str(n): alike.tokens(f"import numpy\nREADER = '{n}'\n{shown}\n{common}") for n in range(9)}
    assert alike.pairs(texts) == []
    assert len(alike.pairs({name: texts[name] for name in "12"})) == 1  # of two, who says what is common?


def test_two_who_look_a_solution_up_are_not_alike():
    shown = "\n".join(EXERCISES[name].solution() for name in names_of("02"))
    texts = {str(number): alike.tokens(function(30, RNG)) for number in range(9)}
    texts |= {name: alike.tokens(f"{shown}\n# my own\n{name} = 1") for name in ("ada", "bo")}
    assert alike.pairs(texts) == []


@pytest.mark.parametrize(
    "text",
    [
        "(" * 40_000,
        '"' * 40_001,
        "'''" * 15_000,
        '\\"""' * 12_000,
        "\\" * 50_000,
        "\ud800 = 1",
        "\0",
        "def f(:",
        "",
    ],
    ids="parentheses,quotes,triples,escapes,backslashes,half a letter,zero,broken,nothing".split(","),
)
def test_any_text_has_tokens(text):
    began = time.process_time()
    assert alike.tokens(text).isascii()
    assert time.process_time() - began < 20


def test_a_copy_of_the_whole_class_takes_no_time_squared():
    text = alike.tokens(function(30, RNG))
    texts = {str(number): text if number % 2 else alike.tokens(function(20, RNG)) for number in range(1000)}
    assert 499 <= len(alike.pairs(texts)) <= 500 * alike.NEIGHBOURS * 2


# ---- Shards ----


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/3"])
def test_a_shard_that_means_nothing_is_refused(text):
    with pytest.raises(Exception, match="is not a part like 3/8"):
        options.shard(text)


def test_shards_are_the_class():
    students = [Student(f"{number:02}", "", "") for number in range(21)]
    parts = [options.shard(f"{number}/4").part(students) for number in range(1, 5)]
    assert sorted(student for part in parts for student in part) == students
    assert {len(part) for part in parts} == {5, 6}


@pytest.fixture(scope="session")
def parted(tmp_path_factory):
    """A class that was marked in one go, and in three shards."""
    room = Classroom(tmp_path_factory.mktemp("parted"))
    names = names_of("01")
    for number in range(7):
        room.hand_in(f"Student {number}", notebook("01", names[number : number + 3]), f"reader {number % 6}")
    room.hand_in(
        "Copied", notebook("01", count_params=f"count_params_answer = {right_of('count_params', 'reader 3')}")
    )
    room.hand_in("Absent", None)
    assert main(room.arguments()) == 0
    for number in range(1, 4):
        assert main(shard_of(room, number)) == 0
    return room


def shard_of(room, number, *more):
    return [
        *room.arguments(*more)[:-2],
        "--out",
        str(room.folder / f"part {number}"),
        "--shard",
        f"{number}/3",
    ]


def merging(room, out, *parts):
    given = room.arguments()[1:-2]
    return ["merge", *(str(room.folder / f"part {number}") for number in parts), *given, "--out", str(out)]


def tables(folder):
    """What a run leaves for people, but how long it took."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(("t", "journal"))}


@pytest.mark.slow
def test_merged_shards_are_a_run_in_one_go(parted, tmp_path):
    assert main(merging(parted, tmp_path / "all", 2, 3, 1)) == 0
    assert tables(tmp_path / "all") == tables(parted.out)
    assert parted.grades()["Copied"]["status"] == draws.BORROWED
    assert parted.grades()["Absent"]["status"] == "nothing handed in"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parts", "change", "says"),
    [
        ((1, 3), lambda room: None, "shards are missing: 2/3"),
        ((1, 2, 3, 3), lambda room: None, "shards are there twice: 3/3"),
        ((1, 2, 4), lambda room: None, r"part 4 is not the --out of a run"),
        ((1, 2, 3), lambda room: room.hand_in("Late", None), "part 1 .*another roster"),
        ((1, 2, 3), lambda room: (room.folder / "seed.txt").write_text("quite another one"), "another seed"),
        ((1, 2, 3), lambda room: shorten(room.folder / "part 2"), r"part 2 \(--shard 2/3\) has not ended"),
        (
            (1, 2, 3),
            lambda room: other(room.folder / "part 2", code="x"),
            "part 2 .*another version of cnnlab",
        ),
        ((1, 2, 3), lambda room: other(room.folder / "part 2", handout="x"), "part 2 .*another --handout"),
        ((1, 2, 3), lambda room: other(room.folder / "part 2", shard="2/4"), "of different sizes"),
    ],
    ids="missing,twice,none,roster,seed,unfinished,version,handout,sizes".split(","),
)
def test_shards_that_are_not_the_class_are_refused(parted, tmp_path, capsys, parts, change, says):
    room = copied(parted, tmp_path)
    change(room)
    assert main(merging(room, tmp_path / "all", *parts)) == 2
    assert capsys.readouterr().err.startswith("cnnlab.grading: ")
    assert main(merging(room, tmp_path / "all", *parts)) == 2
    assert re.search(says, capsys.readouterr().err)
    assert not (tmp_path / "all" / "grades.csv").exists()


def copied(room, folder):
    other = object.__new__(Classroom)
    subprocess.run(["cp", "-r", f"{room.folder}/.", str(folder)], check=True)
    other.folder, other.out, other.lines = folder, folder / "results", list(room.lines)
    return other


def shorten(folder):
    path = folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def other(folder, **changes):
    path = folder / "journal.jsonl"
    first, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps(json.loads(first) | changes) + "\n" + rest)


# ---- A cluster ----

CLUSTER = """
import os, sys
from distributed import Client, LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            print(cluster.scheduler_address, *client.run(os.getpid).values(), flush=True)
            sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path):
    """A Dask cluster of two processes: its address and their numbers."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, str(script)], text=True, cwd=tmp_path, **pipes) as process:
        address, *pids = process.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
        process.stdin.close()


@pytest.mark.slow
def test_a_cluster_of_which_a_worker_dies_gives_the_same_table(parted, tmp_path, cluster):
    address, pids = cluster
    arguments = [*parted.arguments()[:-1], str(tmp_path / "out"), "--dask", address]
    process = subprocess.Popen([sys.executable, "-m", "cnnlab.grading", *arguments], stderr=subprocess.PIPE)
    journal = tmp_path / "out" / "journal.jsonl"
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 2) and process.poll() is None:
        time.sleep(0.01)
    os.kill(pids[0], signal.SIGKILL)
    assert process.communicate()[1] is not None
    assert process.returncode == 0
    assert tables(tmp_path / "out") == tables(parted.out)


@pytest.mark.slow
def test_without_dask_a_sentence_says_what_to_install(parted, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = [*parted.arguments()[:-1], str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:1"]
    assert main(arguments) == 2
    assert executors.NO_DASK in capsys.readouterr().err


# ---- Seeds ----


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        ("short", "has 5 characters; 16 are the least"),
        ("a" * 20, "1 different characters"),
        ("abababab12121212", "4 different characters"),
        ("password" * 3, "repeats 'password'"),
        ("My course My course", "repeats 'my course '"),
        ("course-course-course-2026"[:-2], "repeats"),
        ("abcdefghijklmnopqrstuvwxyz", "the alphabet"),
        ("zyxwvutsrqponmlkjihgfedcba", "the alphabet"),
        ("0123456789abcdef", "the alphabet"),
        ("12345678901234567890", "repeats|digits"),
        ("qwertyuiopasdfghjkl", "keyboard"),
        ("QWERTZUIOP1234567890", "keyboard"),
        ("python -c 'secrets.token_hex(16)'", "the command that makes one"),
        (b"\xff" * 20, "not text in UTF-8"),
    ],
)
def test_a_seed_that_can_be_guessed_is_refused(tmp_path, seed, says):
    path = tmp_path / "seed.txt"
    path.write_bytes(seed if isinstance(seed, bytes) else seed.encode())
    with pytest.raises(ValueError, match=says):
        seeds.seed_of(path)


def test_other_seeds_are_taken(tmp_path):
    path = tmp_path / "seed.txt"
    rng = np.random.default_rng(0)
    for seed in [
        "0123456789abcdef-private",
        "a seed that nobody guesses",
        *(rng.bytes(16).hex() for _ in range(200)),
    ]:
        path.write_text(seed + "\n")
        assert seeds.seed_of(path) == seed


def test_a_digest_is_of_the_whole_roster():
    students = [Student("A", "a", "x"), Student("B", "b", "y")]
    digests = {merge.digest(each) for each in (students, students[:1], [students[0], Student("B", "b", "z")])}
    assert len(digests) == 3
