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
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from sphinx.application import Sphinx

OURS = {"cnnlab.css", "explore.css", "networks.css", "solve.css"}
SCRIPTS = {".js", ".mjs", ".json"}  # the last hold the modules that run in a page
BUNDLE = "styles/book-{}.css"
LINK = re.compile(r'\s*<link\b(?=[^>]*\brel="stylesheet")[^>]*\bhref="([^"]*_static/)([^"?]+)[^"]*"[^>]*>')
OPTIONS = re.compile(r'<script[^>]* src="[^"]*/documentation_options\.js[^"]*"[^>]*></script>')
IMPORT = re.compile(r'@import\s+"([^"]+)";')
ADDRESS = re.compile(r"""url\((["']?)(?!data:|#)([^"')]+)\1\)""")
GROUPS = {"media", "supports", "layer"}  # rules with a block of rules
SAID = re.compile(r'\bclass(?:Name)?="([^"]*)"')
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
BEGINNING = re.compile(r"""["'`]((?:[\w-]+ )*[\w-]+-)["'`$]""")  # "bs-tooltip-" + placement


def selectors(prelude: list[Any]) -> Iterator[list[Any]]:
    """`a:is(b, c), d` → `a:is(b, c)`, `d`, each as its tokens."""
    one: list[Any] = []
    for token in prelude:
        if token == ",":
            yield one
            one = []
        else:
            one.append(token)
    yield one


def asked_classes(selector: list[Any]) -> list[str]:
    """The classes that a selector asks for, but for those within `:not()`, `:is()` and the like."""
    return [name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"]


def text_of(tokens: list[Any]) -> str:
    return str(tinycss2.serialize([token for token in tokens if token.type != "comment"])).strip()


def pruned(rules: list[Any], is_used: Callable[[str], bool]) -> Iterator[str]:
    """The rules without selectors that ask for a class which is not used."""
    for rule in rules:
        if rule.type == "qualified-rule":
            asked = [each for each in selectors(rule.prelude) if all(map(is_used, asked_classes(each)))]
            if asked:
                yield f"{','.join(map(text_of, asked))}{{{text_of(rule.content)}}}"
        elif rule.lower_at_keyword in GROUPS and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "".join(pruned(inner, is_used)):
                yield f"@{rule.at_keyword} {text_of(rule.prelude)}{{{kept}}}"
        else:
            yield rule.serialize()


def shrunk(style: str, is_used: Callable[[str], bool]) -> str:
    """A style sheet without comments, and without rules that nothing on the pages has."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(pruned(rules, is_used))


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

    text = ADDRESS.sub(led, path.read_text("utf-8"))
    return IMPORT.sub(lambda found: whole(path.parent / found[1], base), text)


def bundle(pages: dict[Path, str], static: Path) -> tuple[str, str]:
    """The name of the style sheet that all pages share, below `_static`, and its text."""
    asked = sorted((LINK.findall(text) for text in pages.values()), key=len, reverse=True)
    order = [static / name for name in dict.fromkeys(name for each in asked for _, name in each)]
    scripts = [path.read_text("utf-8") for path in static.rglob("*") if path.suffix in SCRIPTS]
    is_used, base = used_classes(pages.values(), scripts), (static / BUNDLE).parent
    made = "\n".join(
        shrunk(whole(path, base), (lambda _: True) if path.name in OURS else is_used) for path in order
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
    for path in [*static.rglob("*.css"), *static.rglob("*.css.map")]:
        path.unlink()
    (static / "documentation_options.js").unlink()
    (static / name).write_text(made, "utf-8")
    for path, text in pages.items():
        path.write_text(with_one_sheet(text, name, options), "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write, priority=970)  # when the pages are as light as they will be
    return {"parallel_read_safe": True, "parallel_write_safe": True}
