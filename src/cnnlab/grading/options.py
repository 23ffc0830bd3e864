"""What the command can be told."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from cnnlab.grading.merge import Shard
from cnnlab.grading.sandbox import SECONDS, Bubblewrap, Plain
from cnnlab.grading.wasm import Wasm, compile_once

MOST = 256  # submissions at a time, and seconds
SAYS = "Grade a class: a folder of notebooks in, a table of marks out. `merge` puts shards together."


def compiled() -> type[Plain]:
    compile_once()
    return Wasm


SANDBOXES: dict[str, Callable[[], type[Plain]]] = {
    "bubblewrap": lambda: Bubblewrap,
    "none": lambda: Plain,
    "wasm": compiled,
}


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """What a run is told."""
    parser = parser_of("python -m cnnlab.grading", SAYS)
    add = parser.add_argument
    add("submissions", type=Path, help="a folder of notebooks, or the .zip of a learning platform")
    add("--jobs", type=whole, default=os.cpu_count() or 1, help="submissions at a time")
    add("--dask", metavar="ADDRESS", help="mark on the Dask cluster whose scheduler is there")
    add("--shard", type=shard, default=Shard(), help="3/8: the third of eight parts, to be merged")
    add("--chapter", action="append", help="by default that of most notebooks; may be repeated")
    add("--handout", type=Path, metavar="NOTEBOOK", help="your own edition of the chapter")
    add("--sandbox", choices=SANDBOXES, default="bubblewrap", help="none: for students you trust")
    add("--no-sandbox", dest="sandbox", action="store_const", const="none", help="the same as --sandbox none")
    add("--python", metavar="PATH", default="", help="what runs the answers; by default this Python")
    add("--seconds", type=whole, default=SECONDS, help="for one exercise of one notebook")
    add("--explain", metavar="STUDENT", help="mark one again and show what failed, and why")
    return parser.parse_args(arguments)


def merging(arguments: Sequence[str]) -> argparse.Namespace:
    """What a merge is told."""
    parser = parser_of("python -m cnnlab.grading merge", "One table of all shards of a class.")
    parser.add_argument("parts", type=Path, nargs="+", help="the --out of each shard")
    return parser.parse_args(arguments)


def parser_of(prog: str, says: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=says)
    add = parser.add_argument
    add("--roster", type=Path, required=True, help="a table with the columns student, file, reader")
    add("--seed-file", type=Path, required=True, help="a file with your private seed")
    add("--exercises", type=Path, metavar="FILE", help="your own exercises, graded beside the chapter's")
    add("--out", type=Path, required=True, help="a folder for the results; an interrupted run goes on")
    return parser


def whole(text: str) -> int:
    if not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {MOST}")
    return int(text)


def shard(text: str) -> Shard:
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text} is not a part like 3/8")
    return Shard(int(found[1]), int(found[2]))
