"""Run what takes longer than a chapter's minute, once, and write down what came out: `make record`.

    python -m book._tools.record 09    # writes src/cnnlab/records/09.csv; commit it with the chapter

How a chapter asks for it. Its cells tagged `record` define a function,

    def record():
        yield {"network": "plain-20", "60": 0.0123}

A fresh kernel runs them and the cells tagged `setup`, `keep` and `seeded` that stand before; then, for each
of three seeds, SEED is set and `record()` gives the lines of the table. In the chapter they only define, so
that a reader sees what was run; the cells below them read `cnnlab.records.recorded`.

The file says on which machine, with what, when and by which command it was written. The linter's rule
`long_run` holds it to the code that wrote it.
"""

import argparse
import csv
import json
import os
import platform
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell

from book._tools.chapters import ENVIRONMENT, ROOT, Notebook, chapters, client_for, read, tags
from book._tools.seeds import NEEDED, short
from cnnlab import records

TAG = "record"
DATA = ROOT / "src" / "cnnlab" / "records"
SEEDS = range(3)
ASK = "import json\nSEED = {}\nprint(json.dumps([*record()]))"


def sources(notebook: Notebook) -> list[str]:
    """The code that a recorded run needs, up to its own cells; none if the chapter has no such run."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = max((index for index, cell in enumerate(code) if TAG in tags(cell)), default=-1)
    return [cell.source for cell in code[: last + 1] if tags(cell) & {*NEEDED, TAG}]


def digest(notebook: Notebook) -> str:
    """Eight digits that change when the code of a recorded run does."""
    return short("\n".join("".join(source.split()) for source in sources(notebook)))


def faults(notebook: Notebook, chapter: str) -> Iterator[str]:
    """What is wrong with a chapter's record, in sentences."""
    path = DATA / f"{chapter}.csv"
    if not sources(notebook):
        return
    if not path.exists():
        yield f"its long run was never recorded: `make record CHAPTERS={chapter}`"
    elif records.read(path).head["code"] != digest(notebook):
        yield f"the code of its long run has changed since it was recorded: `make record CHAPTERS={chapter}`"


def machine(command: str) -> dict[str, str]:
    """What a measurement needs beside it."""
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": str(os.cpu_count()),
        "threads": "1",  # whoever measures sees to it
        "torch": version("torch"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "command": command,
    }


def run(notebook: Notebook, path: Path) -> Iterator[dict[str, Any]]:
    """The lines of every seed, by a fresh kernel; says how long each took."""
    made = type(notebook)(notebook)
    code = [*sources(notebook), *(ASK.format(seed) for seed in SEEDS)]
    made["cells"] = [new_code_cell(source) for source in code]  # type: ignore[no-untyped-call]
    client = client_for(made, path.parent)
    client.timeout = None  # that is what it is for
    with client.setup_kernel(env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)}):
        for index, cell in enumerate(made.cells):
            start = time.perf_counter()
            client.execute_cell(cell, index)
            if (seed := index - len(code) + len(SEEDS)) >= 0:
                print(f"cnnlab: {path.stem}, seed {seed}: {time.perf_counter() - start:.0f} s", flush=True)
                yield from ({"seed": seed} | line for line in json.loads(cell.outputs[0].text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("chapter")
    chapter = parser.parse_args().chapter
    (path,) = chapters([chapter])
    notebook = read(path)
    if not sources(notebook):
        parser.error(f"{path.stem} has no cell tagged `{TAG}`")
    head = machine(f"python -m book._tools.record {chapter}") | {"code": digest(notebook)}
    lines = list(run(notebook, path))
    DATA.mkdir(exist_ok=True)
    with (DATA / f"{chapter}.csv").open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"# {key}: {value}\n" for key, value in head.items())
        table = csv.DictWriter(file, [*lines[0]], lineterminator="\n")
        table.writeheader()
        table.writerows(lines)
    print(f"cnnlab: written to {DATA / chapter}.csv")


if __name__ == "__main__":
    main()
