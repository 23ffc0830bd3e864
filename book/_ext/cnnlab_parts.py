"""A *previous* or *next* that leads into another part of the book names it: "Part II. Deeper: 6. LeNet-5"."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_external_toc.parsing import parse_toc_yaml


def parts(toc: Path) -> dict[str, str]:
    """Each page and the part that it belongs to, as _toc.yml says; the root is of the first part."""
    site = parse_toc_yaml(toc)
    found = {site.root.docname: str(site.root.subtrees[0].caption)}
    for part in site.root.subtrees:
        found |= {str(Path(str(page)).with_suffix("")): str(part.caption) for page in part.items}
    return found


def name(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the part before the title of a neighbour that is of another one."""
    known = parts(Path(app.srcdir) / "_toc.yml")
    _, *neighbours = getattr(app.builder, "relations", {}).get(pagename, (None, None, None))
    for way, page in zip(("prev", "next"), neighbours, strict=True):
        if page and known.get(page) != known.get(pagename):
            context[way] = {**context[way], "title": f"{escape(known[page])}: {context[way]['title']}"}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
