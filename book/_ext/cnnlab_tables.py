"""What a cell prints as a table is one: a header, a name for each row, numbers below each other.

Only where nobody could see other columns: two blanks or more go through all lines at the same places, and no
line has two together anywhere else. What is left stays as it was printed. A table's cells keep their blanks
and its rows their line's end, so that its text is what the notebook has, letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

GAP = re.compile(r"(?:^|\S) {2,}\S")
NUMBER = re.compile(r"[-+−±≈<]?[.\d]")
STEERING = re.compile(r"[^\S \n]|[\x00-\x09\x0b-\x1f]")  # a tab, a colour: a letter's place is not its column


class Table(NamedTuple):
    before: str  # sentences above the header
    rows: list[list[str]]  # the header first; each cell with the blanks behind it
    after: str

    def numeric(self) -> list[bool]:
        """Which columns hold numbers below their header, and no other."""
        columns = ([cell for cell in cells if cell.strip()] for cells in zip(*self.rows[1:], strict=True))
        return [bool(cells) and all(map(is_number, cells)) for cells in columns]


def is_number(cell: str) -> bool:
    return bool(NUMBER.match(cell.strip()))


def read(text: str) -> Table | None:
    """The table that was printed; None where it could be read in another way, or is none."""
    lines = text.splitlines(keepends=True)
    apart = [number for number, line in enumerate(lines) if GAP.search(line)]
    if STEERING.search(text) or len(apart) < 3:
        return None
    start, end = apart[0], apart[-1] + 1
    rows = split([line.rstrip("\n") for line in lines[start:end]])
    found = Table("".join(lines[:start]), rows, "".join(lines[end:]))
    return found if all(map(is_row, rows[1:])) and has_header(found) else None


def split(lines: list[str]) -> list[list[str]]:
    """Cut all lines where two blanks or more go through them; a column begins with its own letters."""
    width = max(map(len, lines))
    through = "".join(".X"[all(line[at : at + 1] in ("", " ") for line in lines)] for at in range(width))
    cuts = [0, *(gap.end() for gap in re.finditer(r"(?<=\.)XX+(?=\.)", through)), width]
    return [[line[start:end] for start, end in pairwise(cuts)] for line in lines]


def is_row(cells: list[str]) -> bool:
    """Whether no cell could be two, and more than a name stands there."""
    return sum(bool(cell.strip()) for cell in cells) > 1 and not any("  " in cell.strip() for cell in cells)


def has_header(table: Table) -> bool:
    """Whether the first row is words above numbers; names may go without, and what is remarked at the end."""
    columns = list(zip(table.rows[0], table.numeric(), strict=True))
    inner = columns[1:-1] if not columns[-1][1] else columns[1:]
    named = all(cell.strip() and "  " not in cell.strip() for cell, _ in inner)
    words = not any(numeric and is_number(cell) for cell, numeric in columns)
    return named and words and any(numeric for _, numeric in inner)


# ---- As HTML ----------------------------------------------------------------------------------------


def html(table: Table) -> str:
    header, *body = table.rows
    numeric = [False, *table.numeric()[1:]]  # a row's name stays a name, also where it begins with a digit
    caption = f"<caption>{escape(table.before)}</caption>" if table.before else ""
    after = f"<p>{escape(table.after)}</p>" if table.after else ""
    head = "".join(one("col", *each) for each in zip(header, numeric, strict=True))
    rows = "".join(f"<tr>{''.join(row(cells, numeric))}</tr>\n" for cells in body)
    return (
        f'<div class="cnnlab-printed"><table class="table">{caption}'
        f"<thead><tr>{head}</tr>\n</thead><tbody>{rows}</tbody></table>{after}</div>"
    )


def row(cells: list[str], numeric: list[bool]) -> Iterator[str]:
    name, *values = zip(cells, numeric, strict=True)
    yield one("row", *name)
    yield from (one("", *value) for value in values)


def one(scope: str, cell: str, is_numeric: bool) -> str:
    """A cell; a name that is not there names nothing."""
    kind = ' class="cnnlab-number"' if is_numeric else ""
    if scope and cell.strip():
        return f'<th scope="{scope}"{kind}>{escape(cell)}</th>'
    return f"<td{kind}>{escape(cell)}</td>"


class Tables(SphinxTransform):
    """Puts tables in the place of what cells of a page that has just been read printed as such."""

    default_priority = 710

    def apply(self) -> None:
        for printed in list(self.document.findall(nodes.literal_block)):
            if "stream" in printed["classes"] and (table := read(printed.astext())):
                # Not by `replace_self`, which hands on the classes that make a grey box of it.
                printed.parent.replace(printed, nodes.raw("", html(table), format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(Tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
