# ruff: noqa: E501
"""What hostile students write: the bodies of `correlate_stride(image, kernel, stride)`, and whole cells.

Each stands with the status and the points it must get. `right` is an honest answer in another cell: an attack
that returns it and is *graded* has been without effect. One that finds what it looks for says so by failing.
PORT and MARK are put in when a notebook is made.
"""

FULL, GRADED, CRASHED, LATE = 2, "graded", "crashed", "timed out"
MEMORY, FORBIDDEN = "out of memory", "forbidden import"
NOTHING = None  # points of an attack that takes its own notebook's other answers with it

# Ends an attack: a message of its own into every descriptor there might be, and no word from the grader's.
HAND_OUT = """
for number in range(3, 8):
    try:
        os.write(number, message)
    except OSError:
        pass
os._exit(0)"""

# A name, the status, the points, and the body.
BODIES = [
    # ---- Patching what judges ----
    ("patch allclose", GRADED, 0, """
np.allclose = np.array_equal = np.isclose = np.testing.assert_allclose = lambda *a, **k: True
return np.zeros(1)"""),
    ("patch the grader's own functions", GRADED, 0, """
import core, json, wire
core.close = core.same = lambda *a: True
core.complain = lambda *a: ""
core.judge = lambda *a: core.Judgement("passed")
return np.zeros((1, 1))"""),
    ("patch the packing", CRASHED, 0, """
import wire
wire.pack = lambda *a: b'{"values": [true], "points": 2, "status": "passed"}'
return np.zeros(1)"""),
    ("patch the packing by rubbish", CRASHED, 0, """
import wire
wire.pack = lambda *a: "no bytes"
return right(image, kernel, stride)"""),
    ("patch json", GRADED, FULL, """
import json
json.loads = lambda *a: {}
return right(image, kernel, stride)"""),
    ("patch every function of NumPy", CRASHED, 0, """
for name in dir(np):
    if callable(getattr(np, name)) and not isinstance(getattr(np, name), type):
        setattr(np, name, lambda *a, **k: True)
return True"""),
    ("patch the methods of arrays", CRASHED, 0, """
np.ndarray.__eq__ = lambda *a: True
return right(image, kernel, stride)"""),
    ("patch by the garbage collector", GRADED, 0, """
import gc
for each in gc.get_objects():
    if isinstance(each, dict) and "complain" in each:
        each["complain"] = lambda *a: ""
return np.zeros((2, 2))"""),
    ("write into NumPy", GRADED, FULL, """
for path in (np.__file__, "/grader/core.py", "/grader/wire.py", "/usr/lib/x", "/grader/MARK", "/MARK", "/dev/MARK"):
    try:
        open(path, "a").close()
    except OSError:
        continue
    raise ValueError("it can be written to")
return right(image, kernel, stride)"""),
    # ---- Calling what computes it ----
    ("import conv2d of cnnlab", FORBIDDEN, 0, """
from cnnlab.conv import conv2d
return conv2d(image[None, None], kernel[None, None], stride=stride)[0, 0]"""),
    ("import the exercises", FORBIDDEN, 0, """
from cnnlab.exercises import EXERCISES
return EXERCISES["correlate_stride"].reference(image, kernel, stride)"""),
    ("import torch", FORBIDDEN, 0, """
import torch
return torch.nn.functional.conv2d(torch.tensor(image)[None, None], torch.tensor(kernel)[None, None])"""),
    ("import scipy by its name", FORBIDDEN, 0, """
import importlib
return importlib.import_module("scipy.signal").correlate2d(image, kernel, "valid")[::stride, ::stride]"""),
    ("inspect the solution", FORBIDDEN, 0, """
import inspect, cnnlab.exercises
exec(inspect.getsource(cnnlab.exercises.ch01), globals())
return correlate_stride(image, kernel, stride)"""),
    ("find packages on the disk", GRADED, FULL, """
if globals().setdefault("image_seen", image) is not image:  # once will do
    return right(image, kernel, stride)
import os, sys
for folder, _, names in os.walk("/"):
    if os.path.basename(folder) in ("torch", "cnnlab", "scipy", "exercises", "site-packages") and names:
        raise ValueError(folder)
return right(image, kernel, stride)"""),
    ("walk the frames", GRADED, FULL, """
import sys
frame = sys._getframe()
while frame:
    for name in ("expected", "seed", "reference", "student", "exercise"):
        if name in frame.f_locals or name in frame.f_globals and name not in ("student",):
            raise ValueError(name)
    frame = frame.f_back
return right(image, kernel, stride)"""),
    ("search all objects", GRADED, FULL, """
import gc
for each in gc.get_objects():
    if type(each) is dict and ({"expected", "seed", "students", "roster"} & {k for k in each if type(k) is str}):
        if not {"help_prefix", "np", "__name__", "__doc__"} & {*each}:  # modules and classes
            raise ValueError(str(sorted(map(str, each))))
return right(image, kernel, stride)"""),
    # ---- Looking for the seed and for others ----
    ("read every file", GRADED, FULL, """
import os
if globals().setdefault("image_seen", image) is not image:  # once will do
    return right(image, kernel, stride)
word = b"can" + b"ary-"
for folder, folders, names in os.walk("/"):
    folders[:] = set(folders) - {"proc", "usr", "lib", "lib64", "numpy", "numpy.libs", "dev", ".pyenv"}
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            if word in file.read() and name != "inside.py":
                raise ValueError(name)
return right(image, kernel, stride)"""),
    ("read memory", GRADED, FULL, """
if globals().setdefault("image_seen", image) is not image:  # once will do
    return right(image, kernel, stride)
word = b"can" + b"ary-"
for line in open("/proc/self/maps"):
    places, access = line.split()[:2]
    start, end = (int(each, 16) for each in places.split("-"))
    if "rw" in access and end - start < 2**23:
        with open("/proc/self/mem", "rb", 0) as file:
            file.seek(start)
            try:
                data = file.read(end - start)
            except (OSError, OverflowError):
                continue
        for part in data.split(word)[1:]:
            if part[:8].isalnum() and all(chr(c) in "0123456789abcdef" for c in part[:8]):
                raise ValueError("found")
return right(image, kernel, stride)"""),
    ("read the processes", GRADED, FULL, """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline"):
        try:
            data = open(f"/proc/{pid}/{name}", "rb").read()
        except OSError:
            continue
        if b"can" + b"ary-" in data or b"roster" in data or b"seed" in data:
            raise ValueError(pid)
assert len(list(filter(str.isdigit, os.listdir("/proc")))) < 6  # bubblewrap, who watches, who runs, itself
return right(image, kernel, stride)"""),
    ("look into the process before", GRADED, FULL, """
import os
for name in ("root", "cwd", "fd/0", "fd/1", "fd/3", "mem"):
    try:
        path = f"/proc/1/{name}"
        seen = os.listdir(path + "/root") if name == "root" else []
    except OSError:
        continue
    if "seed.txt" in seen or "submissions" in seen:
        raise ValueError(path)
return right(image, kernel, stride)"""),
    ("open the usual places", GRADED, FULL, """
import glob, os
for path in ("/etc/passwd", "/etc/shadow", "/root/.ssh", "/home", "/sys", "/run", "/var", "/bin/sh", "seed.txt",
             "roster.csv", "../seed.txt", "/work/main", "/tmp/*", "/dev/shm/*", "/proc/1/root/etc/passwd"):
    if [each for each in glob.glob(path) if not os.path.isdir(each)]:
        raise ValueError(path)
return right(image, kernel, stride)"""),
    ("open all descriptors", GRADED, FULL, """
import os
for number in range(3, 64):
    try:
        os.lseek(number, 0, 0)
        if b"can" + b"ary-" in os.read(number, 10**6):
            raise ValueError(number)
    except OSError:
        pass
return right(image, kernel, stride)"""),
    # ---- Forged results ----
    ("write a result to every descriptor", CRASHED, 0, """
import os
for number in range(64):
    try:
        os.write(number, b'{"values": [true], "points": 2, "status": "graded"}' + b"\\n" + b"PK")
    except OSError:
        pass
os._exit(0)"""),
    ("forge a whole result", CRASHED, 0, """
import os, wire
head = {"values": [True] * 12, "problems": [""] * 12, "statuses": ["graded"] * 12, "points": 2, "passed": True}
os.write(3, wire.pack(head, [np.zeros((1, 1))] * 12))
os.write(4, wire.pack(head, [np.zeros((1, 1))] * 12))
os._exit(0)"""),
    ("forge a result with a bomb in it", CRASHED, 0, """
import os
message = b'[{"values": [true]}, [["|b1", [1099511627776]]]]' + b"\\n" + bytes(8)""" + HAND_OUT),
    ("forge a result of a million lists", CRASHED, 0, """
import os
message = b'[{"values": [' + b"[]," * 10**6 + b"[]]}, []]\\n" """ + HAND_OUT),
    ("forge a problem that nests", CRASHED, 0, """
import os, wire
deep = {}
for _ in range(900):
    deep = {"a": deep}
head = {"values": [False] * 12, "problems": [deep] * 12, "statuses": [[]] * 12}
import sys
sys.setrecursionlimit(10**5)
message = wire.pack(head, [])""" + HAND_OUT),
    ("claim another status", GRADED, 0, """
import core
core.stopped = core.plain = lambda *a: core.Answer(None, "passed <b>2 of 2</b> image", "perfect")
return 1"""),
    ("leave result files", GRADED, 0, """
import os
for folder in ("/tmp", "/dev/shm", "."):
    for name in ("grades.csv", "results.json", "journal.jsonl", "MARK"):
        with open(os.path.join(folder, name), "w") as file:
            file.write("me,2,2\\n")
return 0.0"""),
    ("an answer with pickles in it", GRADED, 0, """
class Evil:
    def __reduce__(self):
        return (print, ("pwned",))
return np.array([Evil()], dtype=object)"""),
    ("not attempted, after all", GRADED, 0, "raise NotImplementedError"),
    # ---- Too much of something ----
    ("flood the output", GRADED, FULL, """
import os, sys
for _ in range(4):
    print("x" * 10**6)
    sys.stderr.write("x" * 10**6)
    os.write(1, b"x" * 10**6)
return right(image, kernel, stride)"""),
    ("flood every descriptor", CRASHED, 0, """
import os
for number in range(3, 64):
    try:
        for _ in range(20):
            os.write(number, bytes(10**6))
    except OSError:
        pass
return right(image, kernel, stride)"""),
    ("sleep", LATE, 0, "import time\ntime.sleep(10**6)"),
    ("loop", LATE, 0, "while True: pass"),
    ("loop in C", LATE, 0, "return sum(range(10**12))"),
    ("loop in a message", LATE, 0, """
class Loud(Exception):
    def __str__(self):
        while True: pass
raise Loud"""),
    ("stop itself", LATE, 0, "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
    ("fill memory", MEMORY, 0, "return np.ones(2**31)"),
    ("fill memory by lists", MEMORY, 0, "a = []\nwhile True: a.append(bytes(10**8))"),
    ("fill memory outside of its own", GRADED, FULL, """
import ctypes
libc = ctypes.CDLL(None)
for call in (lambda: libc.unshare(0x1000_0000 | 0x2_0000), lambda: libc.shmget(0, 2**20, 0o1777),
             lambda: libc.msgget(0, 0o1777), lambda: libc.semget(0, 1, 0o1777),
             lambda: libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, b"")):
    if call() != -1:
        raise ValueError("it could")
return right(image, kernel, stride)"""),
    ("fill the disk", GRADED, FULL, """
import os
size = 0
for folder in ("/tmp", "/dev/shm", "/", "/dev", "/grader", "/usr/lib/python3"):
    try:
        for number in range(9):
            with open(os.path.join(folder, f"MARK-{number}"), "wb") as file:
                size += file.write(bytes(10**6))
    except OSError:
        pass
assert size < 2**24
return right(image, kernel, stride)"""),
    ("many small files", GRADED, FULL, """
try:
    for number in range(500):
        open(f"/tmp/MARK-{number}", "w").close()
except OSError:
    pass
return right(image, kernel, stride)"""),
    ("recurse", CRASHED, 0, "return correlate_stride(image, kernel, stride)"),
    ("recurse without a limit", CRASHED, 0, """
import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")
f = lambda x: [].__class__(map(f, [x]))
return f(0)"""),
    ("a fork bomb", LATE, 0, """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass"""),
    ("a bomb of threads", LATE, 0, """
import threading, time
while True:
    try:
        threading.Thread(target=time.sleep, args=(100,)).start()
    except RuntimeError:
        pass"""),
    ("a child that outlives it", GRADED, FULL, """
import os, time
try:
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
except OSError:
    pass
return right(image, kernel, stride)"""),
    ("an array of a gigabyte that is nothing", CRASHED, 0, "return np.lib.stride_tricks.as_strided(np.zeros(1), (10**4, 1), (0, 0))"),
    ("an array of many axes", GRADED, 0, "return np.zeros((2,) * 15, np.int8)"),
    ("more than can be said", CRASHED, 0, "return np.zeros((1000, 1000))"),
    # ---- Ends and signals ----
    ("os._exit", CRASHED, 0, "import os\nos._exit(0)"),
    ("sys.exit", CRASHED, 0, "raise SystemExit(0)"),
    ("os.abort", CRASHED, 0, "import os\nos.abort()"),
    ("a fault of segments", CRASHED, 0, "import ctypes\nctypes.string_at(0)"),
    ("KeyboardInterrupt", CRASHED, 0, "raise KeyboardInterrupt"),
    ("an exit status of success", CRASHED, 0, "import os\nos.write(1, b'passed')\nos._exit(0)"),
    ("ignore all signals", LATE, 0, """
import signal
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True: pass"""),
    ("an alarm", CRASHED, 0, "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0.01)\ntime.sleep(9)"),
    ("kill everything", CRASHED, NOTHING, """
import os, signal
for pid in (1, os.getppid(), -1, -os.getppid() or -1, *range(2, 100)):
    for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
        if pid != os.getpid():
            try:
                os.kill(pid, number)
            except OSError:
                pass
return right(image, kernel, stride)"""),
    ("kill itself", MEMORY, 0, "import os\nos.kill(os.getpid(), 9)"),  # as the kernel does to who takes too much
    ("raise its limits", LATE, 0, """
import resource
for what in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(what, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        pass
while True: pass"""),
    ("something at the end", GRADED, FULL, """
import atexit, time
atexit.register(time.sleep, 1000)
return right(image, kernel, stride)"""),
    ("become root", GRADED, FULL, """
import os
for call in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.chroot("/tmp"),
             lambda: os.setgroups([0]), lambda: os.nice(-5), lambda: os.sethostname("x")):
    try:
        call()
    except (OSError, AttributeError):
        continue
    raise ValueError("it could")
return right(image, kernel, stride)"""),
    ("trace its parent", GRADED, FULL, """
import ctypes, os
libc = ctypes.CDLL(None)
if libc.ptrace(16, os.getppid(), 0, 0) == 0 or libc.ptrace(16, 1, 0, 0) == 0:
    raise ValueError("it could")
return right(image, kernel, stride)"""),
    ("use the keyring", GRADED, FULL, """
import ctypes, os
libc = ctypes.CDLL(None)
add, keyctl = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
if libc.syscall(add, b"user", b"MARK", b"x", 1, -2) != -1:  # in a keyring of its own process
    raise ValueError("it could add a key")
if libc.syscall(keyctl, 0, -3, 0) != -1:
    raise ValueError("it could name the keyring of its session")
try:
    listed = open("/proc/keys").read(1)
except OSError:
    listed = ""
assert not listed, "it could list keys"
return right(image, kernel, stride)"""),
    ("attributes and names without end", GRADED, FULL, """
import os
try:
    os.setxattr("/tmp", "user.x", b"x")
except OSError:
    pass
else:
    raise ValueError("it could set an attribute")
made = 0
for folder in ("/tmp", "/dev/shm", "/", "/dev"):
    try:
        for number in range(1500):
            os.symlink("MARK", os.path.join(folder, f"MARK-{number}-{len(folder)}"))
            made += 1
    except OSError:
        pass
for folder in ("/tmp", "/dev/shm"):
    for name in os.listdir(folder):
        if "MARK" in name:
            os.unlink(os.path.join(folder, name))
assert made < 1100, made
return right(image, kernel, stride)"""),
    ("speak to another family", GRADED, FULL, """
import socket
for family in ("AF_INET6", "AF_NETLINK", "AF_ALG", "AF_VSOCK", "AF_PACKET", "AF_UNIX"):
    try:
        socket.socket(getattr(socket, family)).close()
    except OSError:
        continue
    raise ValueError(family)
return right(image, kernel, stride)"""),
    # ---- Network ----
    ("call home", GRADED, FULL, """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_UNIX, "\\0MARK-PORT")):
    try:
        with socket.socket(family) as line:
            line.settimeout(0.5)
            line.connect(address)
            line.sendall(image.tobytes())
    except OSError:
        continue
    raise ValueError("somebody has answered")
return right(image, kernel, stride)"""),
    ("ask for a name", GRADED, FULL, """
import socket
try:
    socket.getaddrinfo("example.org", 80)
except OSError:
    return right(image, kernel, stride)
raise ValueError("somebody has answered")"""),
    ("serve", CRASHED, 0, """
import socket
with socket.socket() as line:
    line.bind(("127.0.0.1", 0))
    line.listen()
return right(image, kernel, stride)"""),
    # ---- Impostors ----
    ("equal to everything", GRADED, 0, """
class Equal:
    __eq__ = __le__ = __lt__ = __ge__ = lambda self, other: True
    __abs__ = __sub__ = __rsub__ = lambda self, *other: self
    shape, dtype, ndim = (1, 1), np.dtype(float), 2
return Equal()"""),
    ("an array by protocol", GRADED, 0, """
class Lazy:
    def __array__(self, *a, **k):
        return np.zeros((1, 1))
return Lazy()"""),
    ("a class that lies", GRADED, 0, """
class Posing:
    __class__ = property(lambda self: np.ndarray)
    shape, dtype = (1, 1), np.dtype(float)
return Posing()"""),
    ("a kind of array", GRADED, 0, """
class Kind(np.ndarray):
    def __eq__(self, other):
        return np.array(True)
    def copy(self):
        raise ValueError("no")
return right(image, kernel, stride).view(Kind)"""),
    ("a hostile repr", GRADED, 0, """
class Loud:
    def __repr__(self):
        raise SystemExit
    __str__ = __reduce__ = __format__ = __getattr__ = __repr__
return Loud()"""),
    ("a type with a loud name", GRADED, 0, """
return type("<b>" + str(image.tolist()) + "</b>", (), {})()"""),
    ("a generator", GRADED, 0, "yield right(image, kernel, stride)"),
    ("a masked array", GRADED, 0, "return np.ma.masked_all((2, 2))"),
    ("a list", GRADED, 0, "return right(image, kernel, stride).tolist()"),
    ("a structured array", GRADED, 0, "return np.zeros(3, [('x' * 100, float), (str(image[0, 0]), int)])"),
    ("NaN", GRADED, 0, "return right(image, kernel, stride) * np.nan"),
    ("infinity", GRADED, 0, "return right(image, kernel, stride) + np.inf"),
    ("an integer without end", GRADED, 0, "return 10**5000"),
    ("a complex number", GRADED, 0, "return right(image, kernel, stride) + 0j"),
    ("its inputs changed", GRADED, 0, "result = right(image, kernel, stride)\nimage[:] = 0\nreturn result"),
    ("only the first call", GRADED, 0, """
global calls
calls = globals().get("calls", 0) + 1
return right(image, kernel, stride) if calls < 12 else np.zeros((1, 1))"""),
    # ---- Carrying inputs out ----
    ("say the inputs", CRASHED, 0, """raise ValueError("<b>" + "terces"[::-1] + f'{image.tolist()} {kernel.tolist()}')"""),
    ("a name that says the inputs", CRASHED, 0, """
raise type("terces"[::-1] + "_".join(str(int(x) + 9) for x in image.ravel()), (Exception,), {})"""),
    ("a line that says the inputs", CRASHED, 0, """
import linecache
for name in list(linecache.cache):
    linecache.cache[name] = (1, None, ["terces"[::-1] + f"{image.tolist()}"] * 99, name)
raise ValueError"""),
    ("a shape that says the inputs", GRADED, 0, "return np.zeros((0, *map(int, abs(image.ravel()[:3]) + 7001)))"),
    ("no message at all", CRASHED, 0, """
class Mute(BaseException):
    def __str__(self):
        raise SystemExit
    __repr__ = __str__
raise Mute"""),
    ("a message without end", CRASHED, 0, "raise ValueError('terces'[::-1] * 10**5)"),
    ("a chain of errors", CRASHED, 0, """
error = None
for number in range(500):
    following = ValueError(number)
    following.__cause__ = error
    error = following
raise error"""),
]  # fmt: skip

# A name, the status, the points, and the cell.
CELLS = [
    ("a syntax error", "syntax error", 0, "def correlate_stride(image, kernel, stride:\n    return 1"),
    ("a NUL", "syntax error", 0, "def correlate_stride(image, kernel, stride):\n    return '\0'"),
    ("nested parentheses", "syntax error", 0, f"def correlate_stride(a, b, c):\n    return {'(' * 5000}{')' * 5000}"),
    ("nested signs", "syntax error", 0, f"def correlate_stride(a, b, c):\n    return {'-' * 100_000}1"),
    ("an integer of a million digits", "syntax error", 0, f"def correlate_stride(a, b, c):\n    return {'9' * 10**6}"),
    ("a decorator that hangs", LATE, 0, """
def hang(function):
    while True: pass

@hang
def correlate_stride(image, kernel, stride): return right(image, kernel, stride)"""),
    ("a default that fills memory", MEMORY, 0, """
def correlate_stride(image, kernel, stride, more=[0] * 10**12): return right(image, kernel, stride)"""),
    ("a class body that hangs in a cell of nobody", GRADED, FULL, """
def correlate_stride(image, kernel, stride): return right(image, kernel, stride)

class Unused:
    while True: pass

def unused(x=[0] * 10**12): pass

@(lambda f: exit())
def output(x): pass"""),
    ("a metaclass", GRADED, FULL, """
class Meta(type):
    def __prepare__(name, bases): return {}
    def __call__(cls, *a): return right(*a)

class correlate_stride(metaclass=Meta): pass"""),
    ("a class with __call__", CRASHED, 0, """
class correlate_stride:
    def __call__(self, image, kernel, stride): return right(image, kernel, stride)"""),
    ("a coroutine", GRADED, 0, """
async def correlate_stride(image, kernel, stride): return right(image, kernel, stride)"""),
    ("a number for a function", GRADED, 0, "correlate_stride = 3"),
    ("an assignment by a call", GRADED, FULL, "correlate_stride = eval('right')"),
    ("an alias", GRADED, FULL, "correlate_stride = right"),
    ("a lambda", GRADED, FULL, "correlate_stride = lambda *a: right(*a)"),
    ("too few arguments", CRASHED, 0, "def correlate_stride(image): return image"),
    ("a function named numpy", CRASHED, 0, """
def np(*a): return 0

def correlate_stride(image, kernel, stride): return right(image, kernel, stride)"""),
    ("another numpy", GRADED, 0, """
import sys, types

class Fake(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: True

def correlate_stride(image, kernel, stride):
    sys.modules["numpy"] = sys.modules["numpy.core"] = Fake("numpy")
    sys.path.insert(0, "/tmp")
    import numpy
    return numpy.anything()"""),
    ("a module of its own", GRADED, 0, """
import sys

def correlate_stride(image, kernel, stride):
    sys.path.insert(0, "/tmp")
    with open("/tmp/torch.py", "w") as file:
        file.write("value = 0.0")
    import torch
    return torch.value"""),
    ("builtins changed", CRASHED, 0, """
import builtins

def correlate_stride(image, kernel, stride):
    builtins.type = builtins.len = builtins.isinstance = lambda *a: True
    return 0.0"""),
    ("a stale constant", GRADED, 0, """
STEP = 1
STEP = 7

def correlate_stride(image, kernel, stride): return right(image, kernel, STEP)"""),
    ("a name in another alphabet", CRASHED, 0, """
def corrélate_ſtride(image): return image

def correlate_stride(image, kernel, stride): return corrélate_ſtride(image, 𝐱=1)"""),
    ("a surrogate", GRADED, FULL, """
def correlate_stride(image, kernel, stride):
    '''\\ud800'''
    return right(image, kernel, stride)"""),
    ("a chain of names", GRADED, FULL, "\n".join(
        ["def correlate_stride(image, kernel, stride): return right(image, kernel, stride)", "n0 = right"]
        + [f"n{number} = n{number - 1}" for number in range(3000, 0, -1)])),
    ("two thousand lines", GRADED, FULL, """
def correlate_stride(image, kernel, stride): return right(image, kernel, stride)
""" + "x = 1\n" * 2_000),
]  # fmt: skip
