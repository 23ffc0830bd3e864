"""What the book ships beside its pages is used by a page: no library lies there for nobody."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def test_every_script_is_loaded_by_a_page(html):
    loaded = {
        Path(source).name
        for page in html.rglob("*.html")
        for source in re.findall(r'src="([^"?]+\.js)', page.read_text(encoding="utf-8"))
    }
    scripts = [*(html / "_static").rglob("*.js")]
    for path in scripts:  # those that a module imports from its own folder, and what a script fetches
        if path.name in loaded:
            asked = re.findall(
                r'from "\./(\w+\.js)"|"mathjax/([\w-]+\.js)"', path.read_text(encoding="utf-8")
            )
            loaded |= {one or other for one, other in asked}
    assert sorted(path.name for path in scripts if path.name not in loaded) == []


@pytest.mark.parametrize("script", {"ledger.js": 'id="ledger"', "formulas.js": 'class="math'}.items())
def test_a_script_of_our_own_is_loaded_only_where_it_is_needed(html, script):
    """The ledger's table, and what fetches MathJax."""
    name, needs = script
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert (f"_static/{name}" in text) == (needs in text), page.name
