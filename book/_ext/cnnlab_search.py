"""What the search takes for a word: "3×3", also where somebody types 3x3, and "4.1", and "300,774,272"."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

SIZE = re.compile(r"\b\d+(?:\s?[x×]\s?\d+)+\b")
WORD = re.compile(r"\d+(?:[.,×]\d+)+|\w+")


class SearchBook(SearchEnglish):
    """English, with sizes and numbers as words. In a page, `splitQuery` parts what is typed alike."""

    js_splitter_code = r"""
function splitQuery(query) {
  const written = size => size.replace(/x/g, "×").replace(/\s/g, "");
  const sizes = query.replace(/\b\d+(?:\s?[x×]\s?\d+)+\b/g, written);
  return sizes.match(/\d+(?:[.,×]\d+)+|[\p{Letter}\p{Number}_]+/gu) ?? [];
}
"""

    def split(self, input: str) -> list[str]:
        sizes = SIZE.sub(lambda found: re.sub(r"\s", "", found[0].replace("x", "×")), input)
        return WORD.findall(sizes)


def add_script(
    app: Sphinx, pagename: str, _template: str, _context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    if pagename == "search":
        app.add_js_file("search.js", defer="")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_search_language(SearchBook)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
