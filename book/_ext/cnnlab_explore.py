"""Explorers at the end of the sections that ask what they answer; their scripts on these pages alone.

book/_data/explorers.yml says where; what stands there without scripts, and the scripts, are cnnlab.figures'.
An EPUB, whose reader runs none, has the picture alone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from book._tools import networks
from cnnlab.figures.explorers import STATIC, explore

EXPLORERS = Path(__file__).resolve().parents[1] / "_data" / "explorers.yml"
HEADING = re.compile(r"##+ (.*)")
MARK = re.compile(r'data-explorer="(\w+)"')


def add_files(app: Sphinx) -> None:
    if app.builder.name == "html":
        app.config.html_static_path.append(str(STATIC))


def written(entry: dict[str, Any], builder: str = "html") -> str:
    """What to try, and the place that a script fills, as Markdown."""
    explorer = explore(entry["explorer"], **entry.get("settings", {}))
    return f"{entry['try']}\n\n{explorer.place() if builder == 'html' else explorer.on_paper()}"


def put(cells: list[dict[str, Any]], entry: dict[str, Any], builder: str = "html") -> bool:
    """Insert an explorer before the heading that follows its own; False where there is no such section."""
    inside = False
    for cell in cells:
        lines = "".join(cell["source"]).split("\n") if cell["cell_type"] == "markdown" else []
        for number, line in enumerate(lines):
            heading = HEADING.fullmatch(line)
            if heading and inside:
                cell["source"] = "\n".join([*lines[:number], written(entry, builder), "", *lines[number:]])
                return True
            inside = inside or bool(heading and heading[1] == entry["at"])
    return False


def add_explorers(app: Sphinx, docname: str, source: list[str]) -> None:
    entries = yaml.safe_load(EXPLORERS.read_text("utf-8")).get(Path(docname).name[:2])
    if not docname.startswith("notebooks/") or not entries or app.builder.name not in ("html", "epub"):
        return
    notebook = json.loads(source[0])
    for entry in entries:
        if not put(notebook["cells"], entry, app.builder.name):
            raise ExtensionError(
                f"{docname} has no section {entry['at']!r} for the explorer {entry['explorer']}"
            )
    source[0] = json.dumps(notebook)


def add_scripts(
    app: Sphinx, _pagename: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None
) -> None:
    raw = doctree.findall(nodes.raw) if doctree else ()
    if names := {name for node in raw for name in MARK.findall(node.astext())}:
        app.add_css_file("explore/explore.css")
        for name in sorted(names):
            app.add_js_file(f"explore/{name}.js", type="module")


def serve_networks(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.name == "html":
        networks.serve(Path(app.outdir) / "_static" / "explore" / "networks")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", add_files)
    app.connect(
        "source-read", add_explorers, priority=450
    )  # behind a section's minutes, before labels stand above headings
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", serve_networks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
