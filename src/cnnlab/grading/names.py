"""What the name of a file says: whether it is a notebook, and which version of one."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from itertools import takewhile, zip_longest
from pathlib import PurePosixPath
from typing import Any

# Browsers and platforms put an ending of their own, or a number, after that of the notebook.
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json|download|ipynb))*( ?\(\d+\))?$", re.IGNORECASE)


ENDINGS = re.compile(r"(\.(ipynb|zip|txt|json|download))+$", re.IGNORECASE)


def bare(name: str) -> str:
    """The name without the endings that a notebook has, or gets when it is packed or sent."""
    return ENDINGS.sub("", name)


def is_notebook(name: str) -> bool:
    """By its name; what macOS and Jupyter keep beside a notebook does not count."""
    return NOTEBOOK.search(name) is not None and not is_hidden(name)


def is_archive(name: str) -> bool:
    return name.casefold().endswith(".zip") and not is_hidden(name)


def is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in parts)


def restored(name: str) -> str:
    """The name as it was written: UTF-8 whose flag was forgotten is read as the code page of MS-DOS."""
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def spelled(name: str) -> str:
    """The name in one spelling: macOS parts letters and accents, and on a disk it may be in MS-DOS's."""
    return unicodedata.normalize("NFC", restored(name))


def wrapper(names: Iterable[str]) -> str:
    """The folders that everything lies in, like `export/`; empty where there are none."""
    shown = [name for name in names if not is_hidden(name)]
    if not shown:
        return ""
    pairs = zip(min(shown).split("/")[:-1], max(shown).split("/")[:-1], strict=False)
    return "".join(f"{one}/" for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def version(name: str) -> tuple[Any, ...]:
    """Orders files: others, archives, notebooks; of these `x`, `x (2)`, `x (10)`, as browsers count."""
    stem, _ = os.path.splitext(name)
    words, numbers = re.split("[0-9]+", stem), re.findall("0*([0-9]+)", stem)
    parts = list(zip_longest(words, ((len(each), each) for each in numbers), fillvalue=(0, "")))
    return is_notebook(name), is_archive(name), parts
