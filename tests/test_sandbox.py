"""The sandbox: its filter of system calls, what works behind its walls and what does not, its proof.

The filter is interpreted here, for both machines, and its numbers are compared with libseccomp's, which apt
brings along. What runs in bubblewrap runs as root and as an ordinary user.
"""

import ast
import ctypes
import errno
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from test_grading_corpus import command

from cnnlab.grading import calls, sandbox
from cnnlab.grading.interpreter import interpreter, this

MACHINES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}  # AUDIT_ARCH_…, as libseccomp's tokens are
REFUSED = """
    add_key request_key keyctl unshare setns clone3 mount umount2 pivot_root chroot mount_setattr move_mount
    open_tree fsopen fsmount ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp bpf perf_event_open
    userfaultfd io_uring_setup io_uring_enter io_uring_register shmget shmat shmctl msgget msgsnd semget semop
    mq_open mq_unlink setxattr lsetxattr fsetxattr removexattr memfd_create memfd_secret mknodat
    socket connect bind listen accept accept4 sendmsg recvmsg setsockopt kexec_load init_module finit_module
    delete_module quotactl swapon swapoff reboot clock_settime settimeofday clock_adjtime adjtimex
    sethostname setdomainname personality acct syslog vhangup lookup_dcookie name_to_handle_at
    open_by_handle_at fanotify_init inotify_init1 mbind migrate_pages move_pages set_mempolicy ioprio_set
    mlock mlockall sched_setscheduler setpriority setuid setgid seccomp landlock_create_ruleset sync
""".split()


def number(name, machine):
    """What libseccomp says; negative for a call that the machine has not."""
    return ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch(
        ctypes.c_uint32(MACHINES[machine]), name.encode()
    )


def asked(program, machine, call, *arguments):
    """What the kernel does with a call: the filter's instructions, as its manual describes them."""
    data = struct.pack("<iIQ6Q", call, machine, 0, *arguments, *[0] * (6 - len(arguments)))
    lines = list(struct.iter_unpack("HBBI", program))
    at = held = 0
    while True:
        code, then, otherwise, operand = lines[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, operand)
        elif code == 0x06:
            return operand
        else:
            holds = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[code]
            at += then if holds else otherwise


ALLOWED, ENOSYS = 0x7FFF_0000, 0x0005_0000 + errno.ENOSYS


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


def test_every_number_is_the_one_that_libseccomp_knows(machine):
    column = list(MACHINES).index(machine)
    known = {name: max(number(name, machine), -1) for name in calls.CALLS}
    wrong = {
        name: each[column]
        for name, each in calls.CALLS.items()
        if known[name] != (-1 if each[column] is None else each[column])
    }
    assert wrong == {}


def test_what_is_in_the_table_is_allowed_and_every_other_number_is_unknown(machine):
    program, column = calls.program(machine), list(MACHINES).index(machine)
    numbers = {each[column] for each in calls.CALLS.values()} - {None}
    asking = {calls.CALLS[name][column] for name in calls.ASKED}
    answers = {each: asked(program, MACHINES[machine], each) for each in [*range(1000), 2**31 - 1, -1]}
    assert {each for each, answer in answers.items() if answer == ALLOWED} | asking == numbers
    assert {answer for each, answer in answers.items() if each not in numbers} == {ENOSYS}


def test_a_signal_goes_to_one_process_by_its_number_and_to_no_group(machine):
    program, column = calls.program(machine), list(MACHINES).index(machine)
    kill = calls.CALLS["kill"][column]
    sent = {pid: asked(program, MACHINES[machine], kill, pid % 2**64) for pid in (1, 7, 2**31 - 1, 0, -1, -7)}
    assert [pid for pid, answer in sent.items() if answer == ALLOWED] == [1, 7, 2**31 - 1]
    assert set(sent.values()) == {ALLOWED, ENOSYS}


def test_no_call_that_reaches_out_of_the_sandbox_is_allowed(machine):
    numbers = {name: number(name, machine) for name in REFUSED}
    assert [name for name, each in numbers.items() if each < 0] == []  # misspelt
    program = calls.program(machine)
    assert [name for name, each in numbers.items() if asked(program, MACHINES[machine], each) != ENOSYS] == []


def test_calls_for_another_machine_and_under_other_numbers_do_not_exist(machine):
    program = calls.program(machine)
    numbers = range(500)
    others = [word for word in (*MACHINES.values(), 0x4000_0003, 0x4000_0028) if word != MACHINES[machine]]
    assert {asked(program, word, each) for word in others for each in numbers} == {ENOSYS}
    assert {asked(program, MACHINES[machine], 0x4000_0000 + each) for each in numbers} == {ENOSYS}


THREAD = 0x003D_0F00  # what the C library starts a thread with: CLONE_VM, CLONE_FS, …
FORK = 0x0120_0011  # and a process: SIGCHLD, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID
SPACES = [
    1 << bit for bit in (17, 25, 26, 27, 28, 29, 30)
]  # mounts, cgroup, UTS, IPC, users, processes, network
TIOCSTI, TCGETS, FIONREAD, TUNSETIFF = 0x5412, 0x5401, 0x541B, 0x4004_54CA
ARGUMENTS = [
    *(("clone", (flags,), ALLOWED) for flags in (THREAD, FORK, 17)),
    *(("clone", (flags | FORK,), ENOSYS) for flags in SPACES),
    ("socketpair", (1, 1, 0), ALLOWED),
    *(("socketpair", (family, 1, 0), ENOSYS) for family in (0, 2, 10, 16, 30, 38, 40)),
    *(("ioctl", (0, request), ALLOWED) for request in (TCGETS, 0x5413, FIONREAD, 0x5421, 0x5450, 0x5451)),
    *(("ioctl", (0, request), ENOSYS) for request in (TIOCSTI, TUNSETIFF, 0, 0x5402, 0x5452)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "answer"), ARGUMENTS)
def test_some_calls_are_allowed_with_some_arguments_only(machine, name, arguments, answer):
    program = calls.program(machine)
    assert asked(program, MACHINES[machine], number(name, machine), *arguments) == answer


def test_a_machine_that_is_not_in_the_table_is_refused_by_name():
    with pytest.raises(OSError, match="of x86_64 and aarch64, not of riscv64"):
        calls.program("riscv64")


# ---- Which Python ----


def test_no_other_pythons_packages_are_behind_the_walls():
    python = this()
    shown = [*python.shared, *python.standard]
    triple = any(Path("/usr/lib").glob("*-linux-gnu"))
    assert not [path for path in shown if path in ("/usr", "/usr/lib", "/lib") and triple]
    assert not [path for path in (*shown, python.program) if ".venv" in path]
    assert all(Path(each, "site-packages") in python.masked for each in python.standard)


def test_another_python_is_asked_for_its_parts():
    assert interpreter(sys.executable) == this()


SPOKEN = [
    ("exec sleep 1000", "does not start: .* timed out"),
    ("echo no such option >&2; exit 2", "does not answer as a Python of today does: no such option"),
    ("echo 1", "does not answer as a Python of today does"),
    ("echo \"('/x', (3, 10, 4), ('/numpy',), (), ())\"", "is Python 3.10.4; answers need 3.11 or newer"),
    ("echo \"('/x', (3, 13, 1), (), (), ())\"", r"\(Python 3.13.1\) has no NumPy: `.*pip install numpy`"),
]


@pytest.mark.parametrize(("script", "said"), SPOKEN)
def test_a_python_that_cannot_run_answers_is_refused_in_a_sentence(script, said, tmp_path, monkeypatch):
    path = executable(tmp_path / "python", script)
    monkeypatch.setattr("cnnlab.grading.interpreter.PATIENCE", 2)
    with pytest.raises(ValueError, match=said):
        interpreter(str(path))
    with pytest.raises(ValueError, match="does not start"):
        interpreter(str(tmp_path / "nothing"))


def executable(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# ---- The process ----


def run(kind, script, given=b"", clock=None, **options):
    """Run a script of ours in a sandbox."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        path = Path(folder, "script.py")
        path.write_text(script)
        file.write(given)
        file.seek(0)
        box = kind(more=[path], **options)
        finished = box.run(path.name, file, clock)
        close(box)
        return finished


def close(box):
    if hasattr(box, "folder"):
        box.folder.cleanup()


def test_what_is_said_on_stderr_is_kept_and_cut():
    finished = run(sandbox.Plain, "import sys; sys.exit('x' * 10**5 + 'the end')")
    assert finished.errors.endswith("xthe end")
    assert 900 < len(finished.errors) <= 1000


def test_the_caller_limits_the_time_by_the_clock():
    started = time.monotonic()
    finished = run(sandbox.Plain, "print(1, flush=True)\nimport time; time.sleep(100)", clock=0.5)
    assert finished[:2] == ("timed out", b"1\n")
    assert time.monotonic() - started < 5


def test_a_run_finds_nothing_of_the_one_before_in_its_folder():
    plain = sandbox.Plain()
    Path(plain.root, "leave.py").write_text("import os; print(os.listdir()); open('notes.txt', 'w').close()")
    with open(os.devnull, "rb") as nothing:
        assert [plain.run("leave.py", nothing).output for _ in range(2)] == [b"[]\n"] * 2
    close(plain)


def test_two_sandboxes_of_one_machine_have_two_users():
    with ExitStack() as stack:
        uids = [stack.enter_context(sandbox.alone(iter(range(100)))) for _ in range(20)]
    assert len(set(uids)) == 20
    assert all(60_000 < uid < 65_534 for uid in uids)
    with sandbox.alone(iter([0])) as uid:
        assert uid == uids[0]  # free again


# ---- Behind the walls ----

# What an honest notebook may need of the system. Each is run in a process of its own.
HONEST = {
    "threads": "from concurrent.futures import *; list(ThreadPoolExecutor(5).map(str, range(9)))",
    "processes": "from concurrent.futures import *; list(ProcessPoolExecutor(2).map(abs, range(9)))",
    "another program": "import subprocess; subprocess.run([sys.executable, '-c', ''], check=True)",
    "a file of NumPy": "np.save('x.npy', np.ones(9)); np.load('x.npy')",
    "notes": "open('notes.txt', 'w').write('x'); open('notes.txt').read()",
    "copies": "import shutil; open('y', 'w').close(); shutil.copy2('y', 'z'); shutil.move('z', 'w')",
    "temporary files": "import tempfile; tempfile.mkdtemp(); tempfile.TemporaryFile().close()",
    "mapped files": "np.lib.format.open_memmap('m.npy', 'w+', shape=(9,))[:] = 1",
    "mapped memory": "import mmap; mmap.mmap(-1, 4096).close()",
    "timers": "import signal; signal.signal(14, lambda *_: None); signal.setitimer(0, .01); signal.pause()",
    "limits": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); resource.getrusage(0)",
    "waiting": "import select; r, w = os.pipe(); os.write(w, b'x'); select.select([r], [], [], 9)[0][0]",
    "waiting by epoll": "import asyncio; asyncio.run(asyncio.sleep(.01))",
    "descriptors of processes": "os.pidfd_open(os.getpid())",
    "linear algebra": "np.linalg.svd(np.random.default_rng(0).normal(size=(300, 300)))",
    "C": "import ctypes; ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)()",
    "time": "import time; time.sleep(.01); time.localtime(); time.process_time(); os.times(); os.urandom(9)",
    "the screen": "import shutil; shutil.get_terminal_size(); os.isatty(1); os.cpu_count(); os.uname()",
    "databases": "import sqlite3; sqlite3.connect('x.db').execute('create table t (x)')",
    "locks": "import fcntl; fcntl.flock(open('lock', 'w'), fcntl.LOCK_EX)",
}  # fmt: skip
INSIDE = """
import ctypes, errno, json, os, sys
sys.path += sys.argv[1:]
import numpy as np
given = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)

def apart(code):
    pid = os.fork()
    if pid == 0:
        try:
            exec(code, globals())
        except BaseException as error:
            print(f"{code}: {error!r}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def refused(number):
    return libc.syscall(number, 0, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == errno.ENOSYS

def fails(do, *arguments):
    try:
        do(*arguments)
    except OSError:
        return True
    return False

def full(folder, size=0):
    for at in range(10**5):
        try:
            with open(f"{folder}/{len(folder)}-{at}", "wb") as file:
                file.write(bytes(size))
        except OSError:
            return at
"""
LOOK = """
def writable(folder):
    return not fails(os.mkdir, folder + "/new") and not os.rmdir(folder + "/new")

folders = [folder for folder, _, _ in os.walk("/") if not folder.startswith("/proc")]
answer = {"writable": sorted(filter(writable, folders))}
answer["failed"] = [name for name, code in given["honest"].items() if apart(code)]
answer["allowed"] = [name for name, number in given["refused"].items() if not refused(number)]
answer["spaces"] = {name: os.readlink("/proc/self/ns/" + name) for name in given["spaces"]}
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
answer["status"] = {name: status[name].split() for name in given["status"]}
answer["keys"] = fails(lambda: open("/proc/keys").read(1)) or open("/proc/keys").read()
print(json.dumps(answer))
"""
FILL = """
answer = {"bytes": full("/tmp", 10**5) * 10**5 + full("/dev/shm", 10**5) * 10**5}
answer["xattr"] = not fails(os.setxattr, "/tmp", "user.x", b"x")
for name in os.listdir("/tmp"):
    os.unlink(f"/tmp/{name}")
answer["files"] = full("/tmp") + full("/dev/shm")
print(json.dumps(answer))
"""
BOMB = """
import time
if given["first"]:
    time.sleep(0.5)
def bomb():
    count = 0
    while True:
        try:
            if os.fork() == 0:
                time.sleep(1000)
        except OSError:
            return count
        count += 1
print(bomb(), flush=True)
time.sleep(given["seconds"])
"""
DRIVER = """
import sys, tempfile
from pathlib import Path
from cnnlab.grading import sandbox
def run(given):
    path = Path(sys.argv[1])
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        print(tuple(sandbox.Bubblewrap(more=[path]).run(path.name, file, float(sys.argv[2]))))
"""


class Behind:
    """A user of the machine who runs scripts in bubblewrap."""

    def __init__(self, user, folder):
        (folder / "temporary").mkdir(parents=True)
        self.folder, (self.prefix, self.settings) = folder, command(user, folder)

    def start(self, script, clock=60.0, driver="run(sys.stdin.buffer.read())"):
        path = self.folder / f"script{abs(hash(script))}.py"
        path.write_text(INSIDE + script)
        path.chmod(0o644)
        return subprocess.Popen(
            [*self.prefix, "-c", DRIVER + driver, str(path), str(clock)], env=self.settings, cwd="/",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, script, given=None, clock=60.0):
        said, _ = self.start(script, clock).communicate(json.dumps(given or {}))
        return sandbox.Finished(*ast.literal_eval(said))


USERS = [pytest.param(user, marks=pytest.mark.slow) for user in ("root", "an ordinary user")]


@pytest.fixture(scope="module", params=USERS)
def behind(request):
    if request.param == "root" and os.getuid():
        pytest.skip("the sandbox can be tried as root by root only; it is tried as an ordinary user")
    with tempfile.TemporaryDirectory(prefix="sandbox-") as place:
        os.chmod(place, 0o711)
        yield Behind(request.param, Path(place, "class"))


SPACES_APART = ["net", "pid", "ipc", "uts", "mnt"]
STATUS = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Groups"]


@pytest.fixture(scope="module")
def seen(behind):
    machine = os.uname().machine
    given = {
        "honest": HONEST,
        "status": STATUS,
        "spaces": SPACES_APART,
        "refused": {name: number(name, machine) for name in REFUSED},
    }
    finished = behind.run(LOOK, given)
    assert finished.status == "ended", finished
    assert finished.output, finished
    return json.loads(finished.output) | {"said": finished.errors}


def test_what_an_honest_notebook_needs_works(seen):
    assert seen["failed"] == [], seen["said"]


def test_calls_that_reach_out_do_not_exist(seen):
    assert seen["allowed"] == []


def test_nobody_is_privileged_and_the_filter_is_on(seen):
    nothing = {name: ["0" * 16] for name in STATUS if name.startswith("Cap")}
    groups = seen["status"].pop("Groups")
    assert seen["status"] == nothing | {"NoNewPrivs": ["1"], "Seccomp": ["2"]}
    assert "0" not in groups


def test_it_shares_no_namespace_with_the_grader(seen):
    assert [name for name, own in seen["spaces"].items() if own == os.readlink(f"/proc/self/ns/{name}")] == []


def test_only_two_folders_can_be_written_to(seen):
    assert seen["writable"] == ["/dev/shm", "/tmp"]


def test_what_is_written_is_bounded_in_bytes_and_in_files(behind):
    found = json.loads(behind.run(FILL).output)
    assert 10**6 < found["bytes"] <= sandbox.FILE
    assert 500 < found["files"] <= sandbox.FILES
    assert not found["xattr"]


def test_a_bomb_of_processes_is_bounded_and_ends_with_the_sandbox(behind):
    started = time.monotonic()
    finished = behind.run(BOMB, {"first": False, "seconds": 1000}, clock=2.0)
    assert finished.status == "timed out"
    assert 8 <= int(finished.output) < sandbox.PROCESSES
    assert time.monotonic() - started < 10
    time.sleep(0.5)  # for the kernel to clear up
    assert [each for each in commands() if "/grader/script" in each] == []


def commands():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text().replace("\0", " ")
        except OSError:
            continue


def test_two_graders_of_one_machine_do_not_share_their_processes(behind):
    alone = int(behind.run(BOMB, {"first": False, "seconds": 0}).output)
    with behind.start(BOMB, 2.0) as first, behind.start(BOMB, 2.0) as second:
        for process in (first, second):
            process.stdin.write(json.dumps({"first": True, "seconds": 1000}))
            process.stdin.close()
        finished = [ast.literal_eval(process.stdout.read()) for process in (first, second)]
    assert [(status, int(output)) for status, output, _ in finished] == [("timed out", alone)] * 2


def test_nothing_stays_mounted(seen):
    assert "cnnlab" not in Path("/proc/self/mounts").read_text()


# A key of the session in which the grader runs: what a submission could read, and clear, before. The session
# is one of its own.
KEYS = """
import ctypes, json
libc, numbers = ctypes.CDLL(None, use_errno=True), NUMBERS
libc.syscall(numbers["keyctl"], 1, None, 0, 0, 0)
key = libc.syscall(numbers["add_key"], b"user", b"cnnlab-test", b"secret", 6, -3)
run(json.dumps(numbers | {"key": key}).encode())
print(libc.syscall(numbers["keyctl"], 11, key, None, 0, 0))
"""
STEAL = """
buffer = ctypes.create_string_buffer(99)
read = libc.syscall(given["keyctl"], 11, given["key"], buffer, 99, 0)
clear = libc.syscall(given["keyctl"], 7, -3, 0, 0, 0)
listed = not fails(lambda: open("/proc/keys").read(1))
print(json.dumps([read, clear, buffer.value.decode(), listed]))
"""


def test_the_keys_of_the_graders_session_cannot_be_listed_read_or_cleared(behind):
    numbers = {name: number(name, os.uname().machine) for name in ("keyctl", "add_key")}
    said, _ = behind.start(STEAL, driver=KEYS.replace("NUMBERS", repr(numbers))).communicate()
    finished, left = said.splitlines()
    assert json.loads(sandbox.Finished(*ast.literal_eval(finished)).output) == [-1, -1, "", False]
    assert left in ("6", "-1")  # its length; or this machine keeps no keys at all


# ---- The proof ----


@pytest.mark.slow
@pytest.mark.parametrize("kind", [sandbox.Plain, sandbox.Bubblewrap])
def test_both_kinds_are_proved_with_this_python_and_with_one_that_was_asked(kind):
    for python in (None, interpreter(sys.executable)):
        box = kind(python=python)
        sandbox.prove(box)
        close(box)


BROKEN = [
    ("bwrap", "echo 'bwrap: uid map: Permission denied' >&2; exit 1", "uid map: Permission denied"),
    ("unshare", "echo 'unshare: Operation not permitted' >&2; exit 1", "Operation not permitted"),
    ("mount", "echo 'mount: /sys: permission denied.' >&2; exit 1", "mount: /sys: permission denied"),
    ("prlimit", "exit 0", "ended, and its answer was b''"),
    ("prlimit", "echo 168", "ended, and its answer was b'168"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "script", "said"), BROKEN)
def test_a_sandbox_that_cannot_run_says_so_in_the_words_of_what_failed(
    name, script, said, tmp_path, monkeypatch
):
    executable(tmp_path / name, script)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(OSError, match=f"the sandbox does not run .* nobody was marked: .*{said}"):
        sandbox.prove(sandbox.Bubblewrap())


def test_what_is_compiled_stays_until_its_text_changes(tmp_path):
    """Another process may be mounting it, and no mount finds a file that is replaced: nobody was marked."""
    compiled = sandbox.compiled.__wrapped__  # as each process calls it, once
    script = tmp_path / "guest.py"
    script.write_text("ANSWER = 41")
    first = compiled(script)
    kept = first.stat().st_ino, first.read_bytes()
    assert compiled(script) == first != script
    assert (first.stat().st_ino, first.read_bytes()) == kept
    script.write_text("ANSWER = 4200")
    os.utime(script, (0, 0))  # another second than the first
    assert compiled(script).read_bytes() != kept[1]
    nowhere = tmp_path / "file" / "guest.py"
    assert compiled(nowhere) == nowhere
