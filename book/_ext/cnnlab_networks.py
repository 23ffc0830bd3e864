"""The script and the style of chapter 21's table of networks, on the page that has one and on no other."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

MARK = 'class="cnnlab-networks"'


def has_table(doctree: nodes.document | None) -> bool:
    return doctree is not None and any(MARK in node.astext() for node in doctree.findall(nodes.raw))


def add_script(
    app: Sphinx, _pagename: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if has_table(doctree):
        app.add_css_file("networks.css")
        app.add_js_file("networks.js", type="module")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
