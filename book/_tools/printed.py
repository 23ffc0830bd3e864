"""The book's pages as they can be printed: their bodies, from the sources of the EPUB.

What `make pdf` and `make slides` share. Animations are key frames, quizzes are text, answers an appendix.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx_external_toc.api import SiteMap
from sphinx_external_toc.parsing import parse_toc_yaml

from book._tools import build
from book._tools.epub import settings, stage

OUT = build.ROOT / "_build" / "printed"
HERE = "book._tools.printed"
Bodies = dict[str, str]  # a page's name, as notebooks/09_resnet → its body


def collect(
    app: Sphinx, name: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    if "body" in context:
        (Path(app.outdir) / "bodies.jsonl").open("a").write(json.dumps([name, context["body"]]) + "\n")


class Bare(StandaloneHTMLBuilder):
    """Pages without the site's theme, whose options stay: the book asks them for its address."""

    def get_theme_config(self) -> tuple[str, dict[str, Any]]:
        return "basic", {}


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(Bare, override=True)
    app.connect("html-page-context", collect, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": False}


def told(source: Path) -> dict[str, Any]:
    """What Sphinx is told: as for the EPUB, with MathJax's formulas."""
    found = settings(source)
    others = [name for name in found["extensions"] if name != "book._tools.epub"]
    return found | {"extensions": [*others, "sphinx.ext.mathjax", HERE]}


def make() -> None:
    """Stage and build afresh; a warning of Sphinx's ends it."""
    shutil.rmtree(OUT, ignore_errors=True)
    source = OUT / "source"
    stage(source)
    (source / "style").mkdir()
    (source / "style" / "book.css").touch()
    folders = str(source), None, str(OUT / "pages"), str(OUT / "doctrees")
    Sphinx(*folders, "html", told(source), None, warningiserror=True).build()


def bodies() -> Bodies:
    """The body of every page, made again where a source has changed."""
    stamp = OUT / "made"
    if not stamp.exists() or stamp.read_text() != build.digest():
        make()
        stamp.write_text(build.digest())
    lines = (OUT / "pages" / "bodies.jsonl").read_text("utf-8").splitlines()
    return dict(json.loads(line) for line in lines)


def contents() -> SiteMap:
    """The table of contents, the appendix in it."""
    return parse_toc_yaml(OUT / "source" / "_toc.yml")
