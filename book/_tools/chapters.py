"""Execute the chapters, and make their solved edition.

    python -m book._tools.chapters execute          # every chapter, in place
    python -m book._tools.chapters execute 01 03    # only these
    python -m book._tools.chapters solve --into DIR # setup, exercises answered, checks: executed into DIR

The book publishes the outputs that are committed, so they must be a function of the sources: a fresh
kernel, one thread, no network, and nothing kept that differs from one machine or minute to the next.
"""

import argparse
import ast
import copy
import os
import re
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil  # type: ignore[import-untyped]
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError

Cell = Any  # nbformat is untyped: a cell and a notebook are dicts whose keys are attributes too
Notebook = Any

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
CELL_SECONDS = 300  # a cell that takes longer hangs; what a chapter may take is the tests' business
MIB = 2**20
IGNORED = "nbval-ignore-output"
HOW_TO = "**Exercises** "  # begins the cell before the setup cell, which says how they work
EXERCISE = "### Exercise: "  # the heading of one, which stands where the section has taught what it needs
SOLVED_TAGS = {"setup", "keep", "draw", "exercise", "check"}

# Nothing listens on the discard port: whoever wants to download something fails at once, and says so.
DEAD_PROXY = "http://127.0.0.1:9"
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), DEAD_PROXY),
    **dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1"),
}
# Without Python's version: 3.11, 3.12 and 3.13 must write the same bytes.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
MEASURED = re.compile(r"Runs offline on two cores in \*\*([\d.]+) minutes\*\* with \*\*(\d+) MiB\*\*\.")


class ChapterError(Exception):
    """A chapter that did not run to its end: the chapter, the cell and the error, in one message."""


class Run(NamedTuple):
    """An executed copy of a notebook, and what the execution took."""

    notebook: Notebook
    seconds: float  # of a processor, by the kernel and its children
    pace: float  # times as long as where the pace is 1, see book._tools.pace
    peak_bytes: int  # resident memory of the kernel and its children


def tags(cell: Cell) -> set[str]:
    return set(cell.metadata.get("tags", []))


def label(notebook: Notebook, index: int) -> str:
    """How messages name a cell: its place among all cells, from 1, and its first line."""
    first_line = notebook.cells[index].source.strip().split("\n")[0]
    return f"cell {index + 1} ({first_line[:50]})"


def chapters(chosen: Iterable[str] = ()) -> list[Path]:
    """The notebooks of the chosen chapters ("01", or a file), or of all; ValueError for an unknown one."""
    every = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    paths = []
    for name in chosen:
        found = [path for path in every if Path(name).stem in (path.stem, path.stem[:2])]
        if not found:
            raise ValueError(f"no chapter {name} in {NOTEBOOKS}: there are {[path.stem for path in every]}")
        paths += found
    return paths or every


# Executing ------------------------------------------------------------------------------------------


class MemoryWatch(threading.Thread):
    """Samples the resident memory of a process and its children until stopped; `peak` is in bytes."""

    def __init__(self, pid: int, every_seconds: float = 0.05) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.every_seconds = every_seconds
        self.stopped = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self.stopped.wait(self.every_seconds):
            self.peak = max(self.peak, resident_bytes(self.process), high_water_bytes(self.process.pid))


class Pace:
    """Measures in a process of its own how long work takes now; once closed, `median` is what it found."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "book._tools.pace"],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        printed, _ = self.process.communicate()  # its input ends with this
        self.median = statistics.median(map(float, printed.split()))


def resident_bytes(process: psutil.Process) -> int:
    """Resident memory of a process and its children, in bytes; one that ends meanwhile counts nothing."""
    total = 0
    try:
        for member in [process, *process.children(recursive=True)]:
            total += member.memory_info().rss
    except psutil.Error:
        pass
    return total


def spent_seconds(process: psutil.Process) -> float:
    """Of a processor, by a process and its children; the clock counts what else runs. 0 of a dead one."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(sum(each.cpu_times()[:4]) for each in family)
    except psutil.NoSuchProcess:
        return 0.0


def high_water_bytes(pid: int) -> int:
    """The kernel's own record of a process's peak, which no sampling misses; 0 where there is none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


def run(notebook: Notebook, folder: Path, name: str) -> Run:
    """Execute a copy of `notebook` in a fresh kernel in `folder`; ChapterError names `name` and the cell."""
    client = client_for(copy.deepcopy(notebook), folder)
    reached = [0]
    client.on_cell_execute = lambda cell, cell_index: reached.append(cell_index)
    try:
        with closing(Pace()) as pace, client.setup_kernel(env=os.environ | ENVIRONMENT):
            seconds, peak_bytes = execute_cells(client)
    except (CellControlSignal, CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ChapterError(f"{name}, {label(notebook, reached[-1])}: {short(error)}") from error
    return Run(tidied(client.nb), seconds, pace.median, peak_bytes)


def client_for(notebook: Notebook, folder: Path) -> NotebookClient:
    return NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # not a warning a kernel about plain TCP
    )


def execute_cells(client: NotebookClient) -> tuple[float, int]:
    """Execute every cell in the client's kernel; returns its processor seconds and peak memory in bytes."""
    kernel: Any = client.km  # typed as if it might be None or remote; here it is a local process
    watch = MemoryWatch(kernel.provisioner.pid)
    watch.start()
    try:
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
    finally:
        watch.stopped.set()
        watch.join()
    return spent_seconds(watch.process), watch.peak


def short(error: Exception) -> str:
    """What went wrong, without nbclient's copy of the cell: `NameError: name 'x' is not defined`."""
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    return f"{type(error).__name__}: {str(error).strip()}"


def tidied(notebook: Notebook) -> Notebook:
    """The same notebook with nothing in it that tells when, where or by which Python it was run."""
    notebook.metadata.update(METADATA)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def record(notebook: Notebook, seconds: float, peak_bytes: int) -> None:
    """Write what a run took into the line under "Before you start", unless it says about that already."""

    def rewritten(line: re.Match[str]) -> str:
        minutes = settled(float(line[1]), max(seconds / 60, 0.1), least=0.1)
        mib = settled(float(line[2]), peak_bytes / MIB, least=20)
        return f"Runs offline on two cores in **{minutes:.1f} minutes** with **{mib:.0f} MiB**."

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = MEASURED.sub(rewritten, cell.source)


def settled(old: float, new: float, least: float) -> float:
    """`old`, unless `new` differs by more than a quarter and by more than `least`: two runs never agree."""
    return new if abs(new - old) > max(0.25 * old, least * (1 + 1e-9)) else old


def read(path: Path) -> Notebook:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def save(notebook: Notebook, path: Path) -> None:
    """Write in one step: whoever reads `path` sees the old file or the new one, whole."""
    part = path.with_suffix(".part")
    nbformat.write(notebook, part)  # type: ignore[no-untyped-call]
    os.replace(part, path)


def execute(path: Path) -> Run:
    """Re-execute one chapter in place; on ChapterError the file stays as it was."""
    result = run(read(path), path.parent, path.stem)
    record(result.notebook, result.seconds / result.pace, result.peak_bytes)
    save(result.notebook, path)
    return result


# The solved edition ---------------------------------------------------------------------------------


def exercise_name(check_cell: Cell) -> str:
    """The exercise that a cell ending in `check("name", …)` checks; ValueError if it does not end so."""
    body = ast.parse(check_cell.source).body
    match body[-1:]:
        case [ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(name)), _, *_]))]:
            return name
    raise ValueError(f'a check cell ends in check("name", answer), not in: {check_cell.source[-60:]!r}')


def solved(notebook: Notebook, source_of: Callable[[str], str]) -> Notebook:
    """The setup, exercise and check cells, each stub replaced by its solution: what a reader ends with."""
    edition = copy.deepcopy(notebook)
    for stub, check_cell in zip(edition.cells, edition.cells[1:], strict=False):
        if "exercise" in tags(stub):
            stub.source = source_of(exercise_name(check_cell))
    edition.cells = [cell for cell in edition.cells if tags(cell) & SOLVED_TAGS]
    for cell in edition.cells:
        cell.outputs, cell.execution_count = [], None
    return edition


# The command line -----------------------------------------------------------------------------------


def execute_all(paths: list[Path]) -> None:
    for path in paths:
        print(f"cnnlab: executing {path.stem} …", end=" ", flush=True)
        took = execute(path)
        pace = f"{took.seconds:.1f} s of a processor at a pace of {took.pace:.1f}"
        print(f"{pace}, {took.peak_bytes / MIB:.0f} MiB", flush=True)


def solve_all(paths: list[Path], folder: Path) -> None:
    from cnnlab.exercises import solution_source

    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        print(f"cnnlab: solving {path.stem} …", end=" ", flush=True)
        edition = solved(read(path), solution_source)
        save(run(edition, folder, f"{path.stem} (solved)").notebook, folder / path.name)
        print(f"written to {folder / path.name}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=["execute", "solve"])
    parser.add_argument("chapters", nargs="*", help="01 02 …; all of them if none is named")
    parser.add_argument("--into", type=Path, default=ROOT / "_build" / "solved", help="where solve writes")
    arguments = parser.parse_args()
    try:
        paths = chapters(arguments.chapters)
        execute_all(paths) if arguments.action == "execute" else solve_all(paths, arguments.into)
    except (ChapterError, ValueError) as error:
        sys.exit(f"\ncnnlab: {error}")


if __name__ == "__main__":
    main()
