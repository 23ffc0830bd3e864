"""A real browser opens every page, wide and narrow, light and dark, and finds nothing to complain about."""

from pathlib import Path

import axe_playwright_python
import build
import pytest

pytestmark = pytest.mark.slow

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PAGES = [f"{page}.html" for page in [*build.pages(), "search", "genindex"]]

# Without its preload, axe fetches no style sheet again from a wrong folder; what it checks stays the same.
RUN_AXE = """async () => {
    const {violations} = await axe.run({preload: false, resultTypes: ["violations"]});
    return violations.filter(({impact}) => ["serious", "critical"].includes(impact))
        .map(({id, nodes}) => `${id}: ` + nodes.map(node => node.html.slice(0, 120)).join(" | "));
}"""

# What is wider than the window, unless something around it scrolls.
OVERFLOW = """() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll("main *")]
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .map(element => element.outerHTML.slice(0, 120));
    return [`the page is ${root.scrollWidth} px wide: ` + wide.slice(0, 3).join(" | ")];
}"""

# Controls a reader sees but cannot see whole: beyond the window, or cut by a box that does not scroll.
CLIPPED = """() => {
    const outside = (a, b) => a.left < b.left - 1 || a.right > b.right + 1;
    const scrolls = (box, style) => /auto|scroll/.test(style.overflowX) && box.scrollWidth > box.clientWidth;
    const hides = style => /hidden|clip/.test(style.overflowX);
    const visible = control => control.getBoundingClientRect().width > 1
        && control.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const cut = control => {
        const place = control.getBoundingClientRect();
        if (hides(getComputedStyle(control)) && control.scrollWidth > control.clientWidth + 1) return true;
        for (let box = control.parentElement; box; box = box.parentElement) {
            const style = getComputedStyle(box);
            if (scrolls(box, style)) return false;
            if (hides(style) && outside(place, box.getBoundingClientRect())) return true;
            if (style.position === "fixed") break;
        }
        return outside(place, {left: 0, right: innerWidth});
    };
    return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, label")]
        .filter(control => visible(control) && !control.closest(".skip-link") && cut(control))
        .map(control => "clipped: " + control.outerHTML.slice(0, 160));
}"""


def complaints(window, path):
    """Everything wrong with a page as it stands in a window."""
    page = window.visit(path)
    page.evaluate(AXE)
    return [*window.faults, *page.evaluate(OVERFLOW), *page.evaluate(CLIPPED), *page.evaluate(RUN_AXE)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean(window, path, width, theme):
    assert complaints(window(width, theme), path) == []


FAULTS = {
    "<script src='https://cdn.example.org/x.js'></script>": "request to another host",
    "<script>null.length</script>": "uncaught",
    "<img src='missing.png' alt='a missing picture'>": "404",
    "<div style='width: 3000px'>wide</div>": "px wide",
    "<div style='width: 100px; overflow: hidden'><button style='width: 300px'>long</button></div>": "clipped",
    "<p style='color: #ccc; background: #fff'>pale</p>": "color-contrast",
    "<input type='text'>": "label",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(window, html, fault):
    """The checks above can fail: each finds the fault it is there for."""
    original = (html / PAGES[0]).read_text()
    planted = original.replace("</article>", fault + "</article>", 1)
    assert planted != original
    small = window(390, "light")
    address = f"{small.site}{PAGES[0]}"
    small.page.route(address, lambda route: route.fulfill(body=planted, content_type="text/html"))
    found = complaints(small, PAGES[0])
    small.page.unroute(address)
    assert any(FAULTS[fault] in complaint for complaint in found), found


@pytest.mark.parametrize("opener", [".primary-toggle", ".search-button__button", ".theme-switch-button"])
def test_the_theme_stays_accessible_when_used(window, opener):
    """A phone's menu, its search box and the colour switch, opened."""
    page = window(390, "light").visit(PAGES[0])
    page.locator(f"{opener} >> visible=true").first.click()
    page.wait_for_timeout(400)  # the sidebar slides in
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE) == []
    page.evaluate("localStorage.clear()")


def test_search_finds_a_term(window):
    page = window(390, "light").visit("search.html?q=receptive+field")
    results = page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert any(
        "glossary.html" in link for link in results.evaluate_all("links => links.map(link => link.href)")
    )
