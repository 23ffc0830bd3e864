"""Does what an experiment shows depend on luck, and can it fail? Run it for ten seeds, and for its controls.

    python -m book._tools.seeds 05             # writes book/_data/seeds/05.csv; commit it with the chapter
    python -m book._tools.seeds 05 --controls  # only the negative controls; what was counted stays
    python -m book._tools.seeds 05 --only 3    # one seed, nothing written: what happens there?

How a chapter asks for it. Tag the cells of an experiment `seeded` (besides `nbval-ignore-output`), from the
one that says

    SEED = 0

to those that assert. For each seed from 0 to 9 a fresh kernel runs the cells tagged `setup`, `keep` and
`seeded`, in their order, with that line replaced; so a seeded cell may use only what those define, and every
random number must come from SEED. Each `assert` in a seeded cell is one claim. Its message names it,

    assert residual < plain, "the residual network has the lower loss"

or, if it has none, its source does. A failed assert does not end the run; a claim holds for a seed if it
was asserted there and held each time. A cell that raises takes the claims it did not reach with it.

Two things more are written. The smallest margin over all seeds, where the assertion compares numbers by <,
<=, > or >=, chained or joined by `and`: `book/_tools/margins.py` says what it is. And what became of the
claim under its negative control (`book/_tools/claims.py`), run once, for seed 0: it must come out false.

A claim about a run that was recorded (`book/_tools/record.py`) stands in a cell tagged `recorded`, which is
run in the same way and asserts for every seed in the record. It is counted as held for all of these or none.

What is checked (the linter's rules `seeds` and `register`): every claim has its row, held for at least nine
of ten (or for each that was recorded), and its control failed; no code of a seeded cell and no control has
changed since (spaces may). What prose says of seeds, "10 of 10 seeds", "nine of ten seeds" or "all ten
seeds", is a count of that chapter.
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
from typing import Any, NamedTuple

from nbformat.v4 import new_code_cell

from book._tools.chapters import ENVIRONMENT, ROOT, Notebook, chapters, client_for, label, read, tags
from book._tools.claims import (
    RECORDED,
    TAG,
    Claim,
    about_records,
    assertions,
    changed,
    claims,
    name_of,
    register,
    seeded,
    text_of,
)
from book._tools.margins import smallest
from cnnlab import records

DATA = ROOT / "book" / "_data" / "seeds"
NEEDED = {"setup", "keep", TAG, RECORDED}
SEEDS, LEAST = 10, 9
NOT_MEASURED = "not measured"  # the margin, where claims were counted before margins were
FAILS, HOLDS, NOT_REACHED = "fails", "holds", "not reached"
MARK = "what held: "
FIRST = "from book._tools.margins import claim_compares, claim_holds, claims_found"
LAST = f"print({MARK!r} + claims_found())"
WORDS = {word: n for n, word in enumerate("no one two three four five six seven eight nine ten".split())}
SAID = re.compile(r"(?i)\b(?:(\w+) of (?:the |our )?|all (?:the |our )?)(\w+) seeds\b")
SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}

Found = dict[str, tuple[bool, float | None]]  # of each claim that was asserted: did it hold, by what margin


class Row(NamedTuple):
    """A claim: for how many of how many seeds it held and by what margin, and whether its control failed."""

    claim: str
    held: int
    of: int
    code: str  # a digest of the cells that were run
    margin: str = NOT_MEASURED  # in per cent; empty where the assertion compares no numbers
    control: str = ""
    negative: str = ""  # a digest of the control


# What a chapter claims ------------------------------------------------------------------------------


def sets_seed(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node) == "SEED = 0"


def digest(notebook: Notebook) -> str:
    """Eight digits that change when the code of a seeded cell does."""
    return short("\n".join("".join(cell.source.split()) for cell in seeded(notebook)))


def digest_of(negative: dict[str, str]) -> str:
    return short("".join(json.dumps(negative, sort_keys=True).split()))


def short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def recorded(chapter: str) -> list[Row]:
    """The rows of a chapter's file; none if there is no file."""
    path = DATA / f"{chapter}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines: Iterable[dict[str, Any]] = csv.DictReader(file)
        return [Row(**line)._replace(held=int(line["held"]), of=int(line["of"])) for line in lines]


def faults(notebook: Notebook, rows: Collection[Row]) -> Iterator[str]:
    """What is wrong with a chapter's seeded cells, its file, or what its prose says of seeds."""
    cells, names, told = seeded(notebook), claims(notebook), about_records(notebook)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and re.search(r"(?m)^SEED = ", cell.source) and cell not in cells:
            yield f"{label(notebook, index)}: a cell that sets SEED is tagged `{TAG}`"
    if cells and not any(sets_seed(node) for cell in cells for node in ast.parse(cell.source).body):
        yield "no seeded cell says `SEED = 0` on a line of its own"
    if cells and not names:
        yield "the seeded cells assert nothing"
    yield from (f"two claims are named {name!r}" for name, n in Counter(names).items() if n > 1)
    yield from (f"{name!r} cannot fail: it asserts a constant" for name in constant(notebook))
    if set(names) != {row.claim for row in rows} or {row.code for row in rows} - {digest(notebook)}:
        yield "its claims were not counted, or its seeded cells have changed: run python -m book._tools.seeds"
    for row in rows:
        if row.claim in told:
            if row.held < row.of:
                yield f"{row.claim!r} does not hold for each of the {row.of} seeds that were recorded"
        elif row.of < SEEDS or row.held < LEAST:
            yield f"{row.claim!r} held for {row.held} of {row.of} seeds, not for {LEAST} of {SEEDS}"
    yield from misquoted(notebook, rows)


def constant(notebook: Notebook) -> Iterator[str]:
    """The claims that look at nothing, or at a pair, `assert (a < b, "message")`, which is always true."""
    for claim in assertions([cell.source for cell in seeded(notebook)]):
        looks = any(isinstance(node, ast.Name) for node in ast.walk(claim.test))
        if isinstance(claim.test, ast.Tuple) or not looks:
            yield name_of(claim)


def uncontrolled(entries: Collection[Claim], rows: Collection[Row]) -> Iterator[str]:
    """What is wrong with the runs of a chapter's negative controls."""
    if {(row.claim, row.negative) for row in rows} != {
        (one.claim, digest_of(one.negative)) for one in entries
    }:
        yield "its negative controls were not run as they stand: run python -m book._tools.seeds --controls"
        return
    for row in rows:
        if row.control == HOLDS:
            yield f"{row.claim!r} holds under its negative control too: what it asserts cannot fail"
        elif row.control != FAILS:
            yield f"{row.claim!r} is {row.control} under its negative control"


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
        name = ast.Constant(name_of(node))
        test = measured(node.test, name) if compares(node.test) else node.test
        return ast.Expr(call("claim_holds", name, test))


def call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), [*arguments], [])


def compares(test: ast.expr) -> bool:
    """Whether a test has a margin: it only compares, by <, <=, > or >=, and joins by `and`."""
    match test:
        case ast.BoolOp(ast.And(), values):
            return all(map(compares, values))
        case ast.Compare(ops=signs):
            return all(type(sign) in SIGNS for sign in signs)
    return False


def measured(test: ast.expr, name: ast.Constant) -> ast.expr:
    """The test with each comparison noted under the claim's name; `a < b < c` as `a < (m := b) and m < c`."""
    match test:
        case ast.BoolOp(ast.And(), values):
            return ast.BoolOp(ast.And(), [measured(value, name) for value in values])
        case ast.Compare(left, [sign], [right]):
            return call("claim_compares", name, left, ast.Constant(SIGNS[type(sign)]), right)
        case ast.Compare(left, [sign, *signs], [middle, *rest]):
            kept = ast.NamedExpr(ast.Name("claim_middle", ast.Store()), middle)
            pair = ast.Compare(left, [sign], [kept])
            others = ast.Compare(ast.Name("claim_middle", ast.Load()), signs, rest)
            return measured(ast.BoolOp(ast.And(), [pair, others]), name)
    return test


def reseeded(source: str, seed: int) -> str:
    return ast.unparse(ast.fix_missing_locations(Reseeded(seed).visit(ast.parse(source))))


def edition(notebook: Notebook, seed: int, negative: dict[str, str]) -> Notebook:
    """The chapter's experiments alone, for one seed; its last cell prints which claims held."""
    made = type(notebook)(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and tags(cell) & NEEDED]
    sources = [
        reseeded(changed(cell.source, negative), seed) if tags(cell) & {TAG, RECORDED} else cell.source
        for cell in cells
    ]
    made["cells"] = [new_code_cell(source) for source in (FIRST, *sources, LAST)]  # type: ignore[no-untyped-call]
    return made


def run(notebook: Notebook, path: Path, seed: int, negative: dict[str, str]) -> Found:
    """What became of the claims for one seed, in a fresh kernel; says how long it took, what was raised."""
    start = time.perf_counter()
    client = client_for(edition(notebook, seed, negative), path.parent)
    client.allow_errors = True
    with client.setup_kernel(env=os.environ | ENVIRONMENT | {"PYTHONPATH": str(ROOT)}):
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
    outputs = [output for cell in client.nb.cells for output in cell.get("outputs", [])]
    raised = [f"{one.ename}: {one.evalue}" for one in outputs if one.output_type == "error"]
    what = f"seed {seed}" + (f", changed by {negative}" if negative else "")
    print(f"cnnlab: {path.stem}, {what}: {time.perf_counter() - start:.0f} s", *raised, flush=True)
    return json.loads(client.nb.cells[-1].outputs[0].text.removeprefix(MARK))  # type: ignore[no-any-return]


def count(notebook: Notebook, path: Path, seeds: Iterable[int]) -> list[Row]:
    """Run the seeded cells of a chapter for each seed, telling what does not hold."""
    names, results = list(dict.fromkeys(claims(notebook))), []
    for seed in seeds:
        results.append(run(notebook, path, seed, {}))
        lost = [name for name in names if verdict(results[-1], name) != HOLDS]
        print(*(f"    does not hold: {name}\n" for name in lost), sep="", end="", flush=True)
    told = about_records(notebook)
    return [
        of_record(row, path.stem[:2]) if row.claim in told else row
        for row in (tallied(name, results, digest(notebook)) for name in names)
    ]


def of_record(row: Row, chapter: str) -> Row:
    """The row of a claim about a recorded run, which has its own number of seeds."""
    of = len({line["seed"] for line in records.recorded(chapter).lines})
    return row._replace(held=of if row.held == row.of else 0, of=of)


def tallied(name: str, results: list[Found], code: str) -> Row:
    found = [result[name] for result in results if name in result]
    margin = smallest([margin for _, margin in found])
    in_per_cent = "" if margin is None else f"{100 * margin:.1f} %"
    return Row(name, sum(held for held, _ in found), len(results), code, in_per_cent)


def controlled(notebook: Notebook, path: Path, rows: list[Row], entries: list[Claim]) -> list[Row]:
    """The rows with what became of each claim under its negative control; one that failed runs no more."""
    negatives = {entry.claim: entry.negative for entry in entries}
    codes = {claim: digest_of(negative) for claim, negative in negatives.items()}
    stale = [row.claim for row in rows if (row.control, row.negative) != (FAILS, codes[row.claim])]
    runs = {codes[claim]: negatives[claim] for claim in stale}
    found = {code: run(notebook, path, 0, negative) for code, negative in runs.items()}
    fresh = {claim: verdict(found[code], claim) for claim, code in codes.items() if code in found}
    return [
        row._replace(control=fresh.get(row.claim, row.control), negative=codes[row.claim]) for row in rows
    ]


def verdict(found: Found, claim: str) -> str:
    if claim not in found:
        return NOT_REACHED
    return HOLDS if found[claim][0] else FAILS


def counted(notebook: Notebook, chapter: str) -> list[Row]:
    """The rows of an earlier run; ValueError if the seeded cells are others now."""
    rows = recorded(chapter)
    if {row.claim for row in rows} != {*claims(notebook)} or {row.code for row in rows} != {digest(notebook)}:
        raise ValueError(
            f"{chapter}: its seeded cells have changed since they were counted: run all its seeds"
        )
    return rows


def write(rows: list[Row], chapter: str) -> Path:
    DATA.mkdir(parents=True, exist_ok=True)
    path = DATA / f"{chapter}.csv"
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerows([Row._fields, *rows])
    return part.replace(path)


def renew(notebook: Notebook, path: Path, controls_only: bool) -> None:
    """Run what is asked for and write the file; first of all ValueError if the register is wrong."""
    chapter = path.stem[:2]
    text = text_of(chapter)
    if controls_only and text is None:
        raise ValueError(f"{chapter}: no claims are registered in book/_data/claims/{chapter}.yml")
    entries = register(notebook, text) if text is not None else []
    rows = counted(notebook, chapter) if controls_only else count(notebook, path, range(SEEDS))
    write(rows, chapter)  # whatever becomes of the controls
    rows = controlled(notebook, path, rows, entries) if entries else rows
    show(rows)
    print(f"cnnlab: written to {write(rows, chapter)}")


def show(rows: list[Row]) -> None:
    for row in rows:
        control = f", control {row.control}" if row.control else ""
        print(f"  {row.held} of {row.of}, margin {row.margin or 'none'}{control}: {row.claim}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="05 06 …; all that have seeded cells if none is named")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--only", type=int, metavar="SEED", help="this seed alone; writes nothing")
    kind.add_argument(
        "--controls", action="store_true", help="the negative controls alone; keeps what was counted"
    )
    arguments = parser.parse_args()
    try:
        for path in chapters(arguments.chapters):
            notebook = read(path)
            if seeded(notebook) and arguments.only is not None:
                show(count(notebook, path, [arguments.only]))
            elif seeded(notebook):
                renew(notebook, path, arguments.controls)
    except ValueError as error:
        sys.exit(f"cnnlab: {error}")


if __name__ == "__main__":
    main()
