"""Does what an experiment shows depend on luck? Run it for ten seeds, and count.

    python -m book._tools.seeds 05            # writes book/_data/seeds/05.csv; commit it with the chapter
    python -m book._tools.seeds 05 --only 3   # one seed, nothing written: what happens there?

How a chapter asks for it. Tag the cells of an experiment `seeded` (besides `nbval-ignore-output`), from the
one that says

    SEED = 0

to those that assert. For each seed from 0 to 9 a fresh kernel runs the cells tagged `setup`, `keep` and
`seeded`, in their order, with that line replaced; so a seeded cell may use only what those define, and every
random number must come from SEED. Each `assert` in a seeded cell is one claim. Its message names it,

    assert residual < plain, "the residual network has the lower loss"

or, if it has none, its source does. A failed assert does not end the run; a claim holds for a seed if it
was asserted there and held each time. A cell that raises takes the claims it did not reach with it.

What is checked (the linter's rule `seeds`): every claim has its row, held for at least nine of ten, and
no code of a seeded cell has changed since (spaces may). What prose says of seeds, "10 of 10 seeds", "nine of
ten seeds" or "all ten seeds", is a count of that chapter's file.
"""

import argparse
import ast
import csv
import hashlib
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nbformat.v4 import new_code_cell

from book._tools.chapters import (
    ENVIRONMENT,
    ROOT,
    Cell,
    Notebook,
    chapters,
    client_for,
    label,
    read,
    tags,
)

DATA = ROOT / "book" / "_data" / "seeds"
TAG, NEEDED = "seeded", {"setup", "keep", "seeded"}
SEEDS, LEAST = 10, 9
MARK = "what held: "
FIRST = """
held_claims = {}
def claim_holds(name, holds):
    held_claims[name] = held_claims.get(name, True) and bool(holds)
"""
LAST = f"import json\nprint({MARK!r} + json.dumps(held_claims))"
WORDS = {word: n for n, word in enumerate("no one two three four five six seven eight nine ten".split())}
SAID = re.compile(r"(?i)\b(?:(\w+) of (?:the |our )?|all (?:the |our )?)(\w+) seeds\b")


class Row(NamedTuple):
    """A claim, for how many of how many seeds it held, and a digest of the cells that were run."""

    claim: str
    held: int
    of: int
    code: str


# What a chapter claims ------------------------------------------------------------------------------


def seeded(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and TAG in tags(cell)]


def sets_seed(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node) == "SEED = 0"


def name_of(claim: ast.Assert) -> str:
    """Its message, or else its source."""
    message = claim.msg
    return message.value if isinstance(message, ast.Constant) else ast.unparse(claim.test)  # type: ignore[return-value]


def claims(notebook: Notebook) -> list[str]:
    """Every claim of a chapter's seeded cells, in their order."""
    nodes = (node for cell in seeded(notebook) for node in ast.walk(ast.parse(cell.source)))
    return [name_of(node) for node in nodes if isinstance(node, ast.Assert)]


def digest(notebook: Notebook) -> str:
    """Eight digits that change when the code of a seeded cell does."""
    code = "\n".join("".join(cell.source.split()) for cell in seeded(notebook))
    return hashlib.sha256(code.encode()).hexdigest()[:8]


def recorded(chapter: str) -> list[Row]:
    """The rows of a chapter's file; none if there is no file."""
    path = DATA / f"{chapter}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(line["claim"], int(line["held"]), int(line["of"]), line["code"])
            for line in csv.DictReader(file)
        ]


def faults(notebook: Notebook, rows: Collection[Row]) -> Iterator[str]:
    """What is wrong with a chapter's seeded cells, its file, or what its prose says of seeds."""
    cells, names = seeded(notebook), claims(notebook)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and re.search(r"(?m)^SEED = ", cell.source) and cell not in cells:
            yield f"{label(notebook, index)}: a cell that sets SEED is tagged `{TAG}`"
    if cells and not any(sets_seed(node) for cell in cells for node in ast.parse(cell.source).body):
        yield "no seeded cell says `SEED = 0` on a line of its own"
    if cells and not names:
        yield "the seeded cells assert nothing"
    yield from (f"two claims are named {name!r}" for name, n in Counter(names).items() if n > 1)
    if set(names) != {row.claim for row in rows} or {row.code for row in rows} - {digest(notebook)}:
        yield "its claims were not counted, or its seeded cells have changed: run python -m book._tools.seeds"
    for row in rows:
        if row.of < SEEDS or row.held < LEAST:
            yield f"{row.claim!r} held for {row.held} of {row.of} seeds, not for {LEAST} of {SEEDS}"
    yield from misquoted(notebook, rows)


def misquoted(notebook: Notebook, rows: Collection[Row]) -> Iterator[str]:
    for index, cell in enumerate(notebook.cells):
        for found in SAID.finditer(cell.source if cell.cell_type == "markdown" else ""):
            of = number(found[2])
            held = number(found[1]) if found[1] else of
            if None not in (held, of) and (held, of) not in {(row.held, row.of) for row in rows}:
                yield f"{label(notebook, index)}: {found[0]!r} is no count of book._tools.seeds"


def number(word: str) -> int | None:
    return int(word) if word.isdecimal() else WORDS.get(word.lower())


# Counting -------------------------------------------------------------------------------------------


class Reseeded(ast.NodeTransformer):
    """A cell with another seed, in which every assertion is noted instead of ending the run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return ast.parse(f"SEED = {self.seed}").body[0] if sets_seed(node) else node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        call = ast.Call(ast.Name("claim_holds", ast.Load()), [ast.Constant(name_of(node)), node.test], [])
        return ast.Expr(call)


def reseeded(cell: Cell, seed: int) -> str:
    return ast.unparse(ast.fix_missing_locations(Reseeded(seed).visit(ast.parse(cell.source))))


def edition(notebook: Notebook, seed: int) -> Notebook:
    """The chapter's experiments alone, for one seed; its last cell prints which claims held."""
    made = type(notebook)(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and tags(cell) & NEEDED]
    sources = [reseeded(cell, seed) if TAG in tags(cell) else cell.source for cell in cells]
    made["cells"] = [new_code_cell(source) for source in (FIRST, *sources, LAST)]  # type: ignore[no-untyped-call]
    return made


def held(notebook: Notebook, seed: int, folder: Path) -> tuple[dict[str, bool], list[str]]:
    """Which claims held for one seed, in a fresh kernel; and what was raised."""
    client = client_for(edition(notebook, seed), folder)
    client.allow_errors = True
    with client.setup_kernel(env=os.environ | ENVIRONMENT):
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
    outputs = [output for cell in client.nb.cells for output in cell.get("outputs", [])]
    raised = [f"{one.ename}: {one.evalue}" for one in outputs if one.output_type == "error"]
    last = client.nb.cells[-1].outputs[0].text
    return json.loads(last.removeprefix(MARK)), raised


def count(path: Path, seeds: Iterable[int]) -> list[Row]:
    """Run the seeded cells of a chapter for each seed, telling what does not hold."""
    notebook, results = read(path), []
    for seed in seeds:
        start = time.perf_counter()
        result, raised = held(notebook, seed, path.parent)
        results.append(result)
        lost = [name for name in claims(notebook) if not result.get(name)]
        print(f"cnnlab: {path.stem}, seed {seed}: {time.perf_counter() - start:.0f} s", *raised, flush=True)
        print(*(f"    does not hold: {name}" for name in lost), sep="\n", end="\n" if lost else "")
    code = digest(notebook)
    return [
        Row(name, sum(result.get(name, False) for result in results), len(results), code)
        for name in dict.fromkeys(claims(notebook))
    ]


def write(rows: list[Row], chapter: str) -> Path:
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / f"{chapter}.csv"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows([Row._fields, *rows])
    return part.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="05 06 …; all that have seeded cells if none is named")
    parser.add_argument("--only", type=int, metavar="SEED", help="this seed alone; writes nothing")
    arguments = parser.parse_args()
    try:
        paths = [path for path in chapters(arguments.chapters) if seeded(read(path))]
    except ValueError as error:
        sys.exit(f"cnnlab: {error}")
    for path in paths:
        rows = count(path, range(SEEDS) if arguments.only is None else [arguments.only])
        print(*(f"  {row.held} of {row.of}  {row.claim}" for row in rows), sep="\n")
        if arguments.only is None:
            print(f"cnnlab: written to {write(rows, path.stem[:2])}")


if __name__ == "__main__":
    main()
