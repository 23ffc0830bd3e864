"""One style sheet for all pages, in place of twelve, without rules for what no page has.

A page is drawn when its style sheets are there; each is a request of its own, and two thirds of the theme's
rules are for parts of a site that this book has not. A rule stays unless its selector asks for a class that
stands in no page and in no script. The book's own rules all stay.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sphinx.application import Sphinx

OURS = {"cnnlab.css", "explore.css", "networks.css", "solve.css"}
SCRIPTS = {".js", ".mjs", ".json"}  # the last hold the modules that run in a page
BUNDLE = "styles/book-{}.css"
LINK = re.compile(r'\s*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]*_static/)([^"?]+)[^"]*"[^>]*>')
OPTIONS = re.compile(r'<script[^>]* src="[^"]*/documentation_options\.js[^"]*"[^>]*></script>')
IMPORT = re.compile(r'@import\s+"([^"]+)";')
# What a rule may not be cut at: comments, strings, addresses.
OPAQUE = r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^"')]*\)"""
PIECE = re.compile(rf"{OPAQUE}|[{{}};]|[^\"'/{{}};u]+|.", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ADDRESS = re.compile(r"""url\((["']?)(?!data:|#)([^"')]+)\1\)""")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
ARGUMENTS = re.compile(r"\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]")  # of :not(), :is() and the like: not asked
GROUPS = ("@media", "@supports", "@layer")  # they hold rules
SAID = re.compile(r'\bclass(?:Name)?="([^"]*)"')
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
BEGINNING = re.compile(r"""["'`]((?:[\w-]+ )*[\w-]+-)["'`$]""")  # "bs-tooltip-" + placement


def rules(style: str) -> Iterator[tuple[str, str | None]]:
    """Each rule as what stands before its braces and in them; None where it has none."""
    depth, before, inside = 0, "", ""
    for piece in PIECE.findall(style):
        if piece == "}":
            depth -= 1
            if not depth:
                yield before.strip(), inside
                before = inside = ""
                continue
        if depth:
            inside += piece
        elif piece == ";":
            yield before.strip(), None
            before = ""
        elif piece != "{":
            before += piece
        depth += piece == "{"


def selectors(prelude: str) -> list[str]:
    """`a:is(b, c), d` → `a:is(b, c)`, `d`."""
    cut = ARGUMENTS.sub(lambda found: found[0].replace(",", "\0"), prelude)
    return [each.strip().replace("\0", ",") for each in cut.split(",")]


def pruned(style: str, is_used: Callable[[str], bool]) -> str:
    """A style sheet without selectors that ask for a class which is not used."""

    def kept(prelude: str, block: str | None) -> str:
        if block is None:
            return f"{prelude};"
        if prelude.startswith(GROUPS):
            inner = pruned(block, is_used)
            return f"{prelude}{{{inner}}}" if inner else ""
        if prelude.startswith("@"):
            return f"{prelude}{{{block.strip()}}}"
        asked = [
            each for each in selectors(prelude) if all(map(is_used, CLASS.findall(ARGUMENTS.sub("", each))))
        ]
        return f"{','.join(asked)}{{{block.strip()}}}" if asked else ""

    return "".join(kept(*rule) for rule in rules(COMMENT.sub("", style)))


def used_classes(pages: Iterable[str], scripts: Iterable[str]) -> Callable[[str], bool]:
    """Whether a class stands in a page, or a script may give it: all its words count, and how one begins."""
    texts = [*scripts]
    words: set[str] = set()
    for page in pages:
        words.update(*(said.split() for said in SAID.findall(page)))
        texts += SCRIPT.findall(page)
    words.update(*map(WORD.findall, texts))
    begun = tuple({found.split()[-1] for text in texts for found in BEGINNING.findall(text)})
    return lambda name: name in words or name.startswith(begun)


def whole(path: Path, base: Path) -> str:
    """A style sheet with those that it imports, its addresses led from another folder."""

    def led(found: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(path.parent, found[2]))
        return f"url({posixpath.relpath(place, base)})"

    text = ADDRESS.sub(led, COMMENT.sub("", path.read_text("utf-8")))
    return IMPORT.sub(lambda found: whole(path.parent / found[1], base), text)


def bundle(pages: dict[Path, str], static: Path) -> tuple[str, str]:
    """The name of the style sheet that all pages share, below `_static`, and its text."""
    asked = sorted((LINK.findall(text) for text in pages.values()), key=len, reverse=True)
    order = [static / name for name in dict.fromkeys(name for each in asked for _, name in each)]
    scripts = [path.read_text("utf-8") for path in static.rglob("*") if path.suffix in SCRIPTS]
    is_used, base = used_classes(pages.values(), scripts), (static / BUNDLE).parent
    made = "\n".join(
        whole(path, base) if path.name in OURS else pruned(whole(path, base), is_used) for path in order
    )
    return BUNDLE.format(hashlib.sha256(made.encode()).hexdigest()[:12]), made


def with_one_sheet(text: str, name: str, options: str) -> str:
    """A page that asks for one style sheet, and has what scripts are told in itself: a request less."""
    places = iter([f'\n<link rel="stylesheet" href="\\1{name}" />'])
    text = LINK.sub(lambda found: found.expand(next(places, "")), text)
    return OPTIONS.sub(lambda _: f"<script>{options}</script>", text)


def write(app: Sphinx, failure: Exception | None) -> None:
    out = Path(app.outdir)
    if failure or app.builder.name != "html":
        return
    static = out / "_static"
    pages = {path: path.read_text("utf-8") for path in out.rglob("*.html") if static not in path.parents}
    name, made = bundle(pages, static)
    options = (static / "documentation_options.js").read_text("utf-8")
    for path in static.rglob("*.css"):
        path.unlink()
    (static / "documentation_options.js").unlink()
    (static / name).write_text(made, "utf-8")
    for path, text in pages.items():
        path.write_text(with_one_sheet(text, name, options), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write, priority=970)  # when the pages are as light as they will be
    return {"parallel_read_safe": True, "parallel_write_safe": True}
