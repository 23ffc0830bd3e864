"""Build the book into `_build/html`, unless it already stands there as its sources want it.

python -m book._tools.build
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
FOLDERS = ("book", "notebooks", "src/cnnlab/figures/static")  # the last holds the explorers' scripts
# What a page may run in the reader's browser: modules that need no torch.
SERVED = "__init__ arguments conv cost deprecated figures/* gradients layers receptive_field".split()
STAMP = ROOT / "_build" / "cnnlab-built"
# An address in a page, and where the page's own folder is told to scripts.
ADDRESS = re.compile(r'\b(href|src|data-content_root)="(?![a-z]+:|[/#])([^"]*)"')
# Strict, because a plain build exits 0 after a crash in a page and after a broken reference.
COMMAND = ["build", str(ROOT), "--all", "-W", "-n", "--keep-going", "-q"]


def pages() -> list[str]:
    """Every page that _toc.yml lists, its root first, without an extension."""
    return [str(Path(page).with_suffix("")) for page in parse_toc_yaml(ROOT / "_toc.yml")]


def reaches_a_page(path: Path) -> bool:
    """Not the tools, nor what a linter or an editor keeps beside the sources while the book is built."""
    return not any(part in ("_tools", "__pycache__") or part.startswith(".") for part in path.parts)


def served() -> list[Path]:
    """The modules of the package that pages run."""
    package = ROOT / "src" / "cnnlab"
    return sorted(path for name in [*SERVED, "exercises/*"] for path in package.glob(f"{name}.py"))


def digest() -> str:
    """A hash of all that the book is made of; two equal ones give the same pages."""
    sources = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    sources = [path for path in sources if path.is_file() and reaches_a_page(path.relative_to(ROOT))]
    total = hashlib.sha256(version("jupyter-book").encode())
    for path in sorted(
        [*sources, *served(), ROOT / "_config.yml", ROOT / "_toc.yml", Path(__file__).resolve()]
    ):
        total.update(str(path.relative_to(ROOT)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current() -> bool:
    return (HTML / "index.html").exists() and STAMP.exists() and STAMP.read_text() == digest()


def stop(sentence: str) -> NoReturn:
    sys.exit("\ncnnlab: " + sentence)


def at_the_root(page: str, text: str) -> str:
    """The text of a page as it stands one folder up or more, every address in it led from there."""
    folder = posixpath.dirname(page)

    def moved(found: re.Match[str]) -> str:
        address = urlsplit(found[2])
        path = posixpath.normpath(posixpath.join(folder, address.path)) + "/" * address.path.endswith("/")
        return f'{found[1]}="{address._replace(path=path).geturl()}"'

    return ADDRESS.sub(moved, text)


def build() -> None:
    """Build afresh: what an earlier build left behind would hide a page that no longer exists."""
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(HTML, ignore_errors=True)
    before = digest()
    jupyter_book = Path(sys.executable).with_name("jupyter-book")
    if subprocess.run([jupyter_book, *COMMAND], cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
        stop(
            "the book was not built. Each line above names a page and what is wrong in it; a warning counts."
        )
    missing = [page for page in pages() if not (HTML / f"{page}.html").exists()]
    if missing:
        stop("_toc.yml lists pages that were not built: " + ", ".join(missing))
    first = f"{pages()[0]}.html"  # in place of a page that only leads there, which says nothing to a preview
    (HTML / "index.html").write_text(at_the_root(first, (HTML / first).read_text("utf-8")), "utf-8")
    STAMP.write_text(before)  # not the digest of now: an edit during the build is not in it


def main() -> None:
    if is_current():
        print("cnnlab: the book is up to date.")
    else:
        print("cnnlab: building the book", flush=True)
        start = time.perf_counter()
        build()
        print(f"cnnlab: built {len(pages())} pages in {time.perf_counter() - start:.0f} s.")
    print(f"Open {HTML / 'index.html'}\nor run `make serve` and open the address that it prints.")


if __name__ == "__main__":
    main()
