"""Write the address and branch of _config.yml into every link to the repository.

    python -m book._tools.links            # says what it changed; a second run changes nothing

One rule: in the files below, a link to GitHub, to its raw files or Pages, or to a notebook in Colab is a link
to this repository, whatever name it had, unless its owner is one of `OTHERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    "*.md", "*.cff", "pyproject.toml", "book/*.md", "book/_static/*.ipynb", "notebooks/*.ipynb",
    "src/**/*.py", "src/**/*.csv",
]  # fmt: skip
OTHERS = {"pytorch", "numpy"}  # owners of other projects that the book links to

WORD = r"[\w-]+(?:\.(?!git\b)[\w-]+)*"  # a name may hold dots, but a sentence's last one is not part of it
LINKS = [
    re.compile(
        rf"(?P<site>https://(?:github\.com|colab\.research\.google\.com/github)/)(?P<owner>{WORD})/(?P<name>{WORD})"
        rf"(?:(?P<to>/(?:blob|tree|edit)/|(?:\.git)?@|/actions/workflows/{WORD}/badge\.svg\?branch=)(?P<branch>{WORD}))?"
    ),
    re.compile(
        rf"(?P<site>https://raw\.githubusercontent\.com/)(?P<owner>{WORD})/(?P<name>{WORD})(?P<to>/)(?P<branch>{WORD})"
    ),
]
PAGES = re.compile(rf"https://(?P<owner>[\w-]+)\.github\.io/(?P<name>{WORD})")
IN_COLAB = re.compile(
    r"(https://colab\.research\.google\.com/github/[^\s\"'()<>\\]+?)/notebooks/[\w.-]+?\.ipynb"
)


class Address(NamedTuple):
    """Where the repository lives."""

    owner: str
    name: str
    branch: str


def address(root: Path = ROOT) -> Address:
    """The one in _config.yml; ValueError if it is not a GitHub repository, or its branch has a slash."""
    repository = yaml.safe_load((root / "_config.yml").read_text())["repository"]
    match = re.fullmatch(rf"https://github\.com/({WORD})/({WORD})", repository["url"])
    if not match or "/" in repository["branch"]:
        raise ValueError(f"not https://github.com/OWNER/NAME with a branch without slashes: {repository}")
    return Address(match[1], match[2], repository["branch"])


def rewritten(text: str, to: Address, notebook: str = "") -> str:
    """`text` with every link of ours at that address; a notebook's Colab links lead to `notebook` itself."""

    def link(match: re.Match[str]) -> str:
        if match["owner"] in OTHERS:
            return match[0]
        tail = f"{match['to']}{to.branch}" if match["branch"] else ""
        return f"{match['site']}{to.owner}/{to.name}{tail}"

    def pages(match: re.Match[str]) -> str:
        return match[0] if match["owner"] in OTHERS else f"https://{to.owner}.github.io/{to.name}"

    for pattern in LINKS:
        text = pattern.sub(link, text)
    text = PAGES.sub(pages, text)
    return IN_COLAB.sub(rf"\1/notebooks/{notebook}", text) if notebook else text


def changes(root: Path = ROOT) -> Iterator[tuple[Path, str, str]]:
    """Each file that disagrees with _config.yml: its path, its text, and the text it should have."""
    to = address(root)
    for path in sorted({path for pattern in FILES for path in root.glob(pattern)}):
        text = path.read_bytes().decode()  # bytes, so that line ends stay as they are
        wanted = rewritten(text, to, path.name if path.suffix == ".ipynb" else "")
        if wanted != text:
            yield path, text, wanted


def differing_lines(old: str, new: str) -> list[tuple[int, str]]:
    """Numbers and old texts of the lines that a rewrite would change."""
    pairs = zip(old.splitlines(), new.splitlines(), strict=True)
    return [(number, was.strip()) for number, (was, now) in enumerate(pairs, 1) if was != now]


def main() -> None:
    total = 0
    for path, old, new in changes():
        path.write_bytes(new.encode())
        for number, was in differing_lines(old, new):
            print(f"{path.relative_to(ROOT)}:{number} was {was}")
            total += 1
    print(
        f"cnnlab: {total} lines rewritten; every link follows _config.yml."
        if total
        else "cnnlab: links agree."
    )


if __name__ == "__main__":
    main()
