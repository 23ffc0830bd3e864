"""A real browser opens every page, wide and narrow, light and dark, and finds nothing to complain about."""

import base64
import io
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from PIL import Image
from playwright.sync_api import expect

from book._tools import build

pytestmark = pytest.mark.slow

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
SMALLEST_TEXT = 11  # CSS pixels; below that a figure's labels cannot be read on a phone
PAGES = [f"{page}.html" for page in [*build.pages(), "search", "genindex"]]

# Colours are asked apart: only they depend on the theme, and they take most of the time.
COLOURS = ["color-contrast", "link-in-text-block"]
# Without its preload, axe fetches no style sheet again from a wrong folder; what it checks stays the same.
RUN_AXE = """async options => {
    const {violations} = await axe.run({preload: false, resultTypes: ["violations"], ...options});
    return violations.filter(({impact}) => ["serious", "critical"].includes(impact))
        .map(({id, nodes}) => `${id}: ` + nodes.map(node => node.html.slice(0, 120)).join(" | "));
}"""

# A chapter has thousands of words of a few kinds: the same letters on the same ground. What holds no word of
# a kind that is new is taken out, until `whole` puts it back.
THINNED = """() => {
    const grounds = new Map(), met = new Set(), taken = [];
    const speaks = element => element.matches("input, select, textarea")
        || [...element.childNodes].some(({nodeType, data}) => nodeType === Node.TEXT_NODE && data.trim());
    const kind = element => {
        const style = getComputedStyle(element);
        const ground = [style.backgroundColor, style.backgroundImage, style.opacity,
            grounds.get(element.parentElement)].join();
        grounds.set(element, ground);
        return speaks(element) && [element.tagName, element.checkVisibility(), style.visibility, style.color,
            style.fontSize, style.fontWeight, style.textDecorationLine, ground].join();
    };
    const all = [...document.body.querySelectorAll("*")];
    const kinds = new Map(all.map(element => [element, kind(element)]));
    const thin = element => {
        const own = [element, ...element.querySelectorAll("*")].map(each => kinds.get(each)).filter(Boolean);
        if (own.every(each => met.has(each))) {
            const place = document.createComment("");
            element.replaceWith(place);
            taken.push([place, element]);
        } else {
            met.add(kinds.get(element));
            [...element.children].forEach(thin);
        }
    };
    // Meanwhile the theme may find that code without words does not scroll, and take it from the keyboard.
    const stops = [...document.querySelectorAll("[tabindex]")].map(element => [element, element.tabIndex]);
    [...document.body.children].forEach(thin);
    window.whole = () => {
        taken.forEach(([place, element]) => place.replaceWith(element));
        stops.forEach(([element, stop]) => { element.tabIndex = stop; });
        document.dispatchEvent(new Event("formulas"));  // the page asks again what scrolls: nothing grew
    };
}"""

# A cell that a phone has not laid out yet says nothing of what scrolls in it.
LAY_OUT = """() => {
    for (const cell of document.querySelectorAll(".cell")) cell.style.contentVisibility = "visible";
    return new Promise(done => requestAnimationFrame(() => setTimeout(done)));
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


FIGURES = """figures => figures.map(figure => {
    const {paddingLeft, paddingRight} = getComputedStyle(figure);
    return [figure.src, figure.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)];
})"""
SVG_TEXTS = """texts => texts.map(text => [text.textContent.trim(),
    parseFloat(getComputedStyle(text).fontSize) * Math.abs(text.getScreenCTM().d)])"""


def complaints(window):
    """Everything wrong with the page that stands in a window."""
    return misplaced(window) + ill_formed(window) + discoloured(window)


def ill_formed(window):
    """What a screen reader or a keyboard stumbles over, when it has come to the end of the page."""
    window.page.evaluate(LAY_OUT)
    window.page.evaluate(AXE)
    return window.page.evaluate(RUN_AXE, {"rules": {rule: {"enabled": False} for rule in COLOURS}})


def discoloured(window):
    """What cannot be read in the colours of the theme, one of each kind."""
    page = window.page
    page.evaluate(AXE)
    page.evaluate(THINNED)
    found = page.evaluate(RUN_AXE, {"runOnly": COLOURS})
    page.evaluate("window.whole()")
    return found


def misplaced(window):
    """What went wrong while the page came, and what does not fit into the window."""
    return [*window.faults, *window.page.evaluate(OVERFLOW), *window.page.evaluate(CLIPPED)]


each_width = pytest.mark.parametrize("width", [1280, 390])
each_page = pytest.mark.parametrize("path", PAGES)


@pytest.mark.parametrize("theme", ["light", "dark"])
@each_width
@each_page
def test_a_page_is_clean(window, path, width, theme):
    opened = window(width, theme)
    assert opened.look(path).evaluate("document.documentElement.dataset.theme") == theme
    assert misplaced(opened) + discoloured(opened) == []


@each_page
def test_a_page_is_well_formed(window, path):
    """On a phone. A desk shows the same elements in the article, but for the ledger, in one frame for all.

    That was compared once, by which elements are visible; the frame and the ledger are asked below.
    """
    window(390, "light").look(path)
    assert ill_formed(window(390, "light")) == []


@pytest.mark.parametrize("path", ["index.html", "notebooks/01_convolution.html", "book/ledger.html"])
def test_the_frame_is_well_formed_on_a_desk(window, path):
    window(1280, "light").look(path)
    assert ill_formed(window(1280, "light")) == []


def png_bytes(html, address):
    """What stands behind an image's address: a file of the book, or data in the page."""
    if address.startswith("data:"):
        return base64.b64decode(address.partition(",")[2])
    return (html / unquote(urlsplit(address).path).lstrip("/")).read_bytes()


def text_size(png, shown_width):
    """CSS pixels of a figure's smallest text: `cnnlab.figures` notes it in the PNG, in the PNG's pixels."""
    with Image.open(io.BytesIO(png)) as image:
        noted = image.info.get("min-text-px")
        assert noted, "a figure without `min-text-px` was not saved by cnnlab.figures"
        return float(noted) * shown_width / image.width


def test_in_the_dark_a_chart_has_no_paper_and_a_map_of_pixels_has(window):
    """A chart's corner is the page's own colour; what is drawn in pixels keeps its white paper."""
    page = window(390, "dark").look("notebooks/03_receptive_fields.html")
    page.evaluate(LAY_OUT)  # a cell that is laid out as a picture is taken moves the picture
    corners = {"cnnlab-chart": set(), "": set()}
    for figure in page.locator(".cell_output img:visible").all():
        image = Image.open(io.BytesIO(figure.screenshot())).convert("RGB")
        corners[figure.get_attribute("class") or ""].add(image.getpixel((12, 12)))
    ground = Image.open(io.BytesIO(page.locator("article h1").screenshot())).convert("RGB").getpixel((0, 0))
    assert max(ground) < 50
    assert corners["cnnlab-chart"] == {ground}
    assert all(min(corner) > 200 for corner in corners[""])
    assert corners[""]


@each_width
@pytest.mark.parametrize("path", PAGES)
def test_text_in_pictures_is_legible(window, html, path, width):
    """In figures, whose files note their smallest text, and in drawings."""
    page = window(width, "light").look(path)
    figures = page.locator(".cell_output img:visible").evaluate_all(FIGURES)
    assert figures or not path.startswith("notebooks/"), "the chapter shows no figure"
    pngs = [entry for entry in figures if "image/svg" not in entry[0]]
    sizes = [text_size(png_bytes(html, address), shown) for address, shown in pngs]
    too_small = [size for size in sizes if size < SMALLEST_TEXT]
    assert too_small == []
    texts = page.locator("article svg text:visible").evaluate_all(SVG_TEXTS)
    assert [entry for entry in texts if entry[0] and entry[1] < SMALLEST_TEXT] == []


FAULTS = {
    "<script src='https://cdn.example.org/x.js'></script>": "request to another host",
    "<script>null.length</script>": "uncaught",
    "<img src='missing.png' alt='a missing picture'>": "404",
    "<div style='width: 3000px'>wide</div>": "px wide",
    "<div style='width: 100px; overflow: hidden'><button style='width: 300px'>long</button></div>": "clipped",
    "<p style='color: #ccc; background: #fff'>pale</p>": "color-contrast",
    "<pre style='background: #fff'>text <span style='color: #ccc'>pale</span></pre>": "color-contrast",
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
    small.visit(PAGES[0])
    found = complaints(small)
    small.page.unroute(address)
    small.standing = None
    assert any(FAULTS[fault] in complaint for complaint in found), found


@pytest.mark.parametrize("opener", [".primary-toggle", ".search-button__button", ".theme-switch-button"])
def test_the_theme_stays_accessible_when_used(window, opener):
    """A phone's menu, its search box and the colour switch, opened."""
    page = window(390, "light").use(PAGES[0])
    page.locator(f"{opener} >> visible=true").first.click()
    page.wait_for_timeout(400)  # the sidebar slides in
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE, {}) == []
    page.evaluate("localStorage.clear()")


def test_a_formula_is_drawn_when_a_reader_is_near_and_on_paper(window):
    """Of the glossary's two, four screens down and more."""
    opened = window(390, "light")
    page = opened.use("search.html")  # then no other visit has drawn them
    page.goto(opened.site + "book/glossary.html")
    drawn = "[...document.querySelectorAll('.math')].map(each => !!each.querySelector('mjx-container'))"
    assert page.evaluate(drawn) == [False, False]
    page.locator(".math").first.scroll_into_view_if_needed()
    page.wait_for_function(f"{drawn}[0]")
    assert page.evaluate(drawn) == [True, False]
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(drawn) == [True, True]
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def test_a_desk_shows_the_columns_of_a_cell_whole(window):
    page = window(1280, "light").look("notebooks/16_shufflenet.html")
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.innerText)"
    assert page.locator(".cell_input pre").count() > 50
    assert page.locator(".cell_input pre").evaluate_all(wide) == []


TOP = "id => document.getElementById(id).getBoundingClientRect().top"


def test_an_address_within_a_chapter_shows_what_it_names(window):
    """On a phone, where cells are laid out when they are near: a link from elsewhere, and one on the page."""
    path = "notebooks/16_shufflenet.html"
    page = window(390, "light").use(path)
    places = page.locator("article section section[id]").evaluate_all("all => all.map(({id}) => id)")[5::9]
    tops = {}
    for place in places:
        page.goto("about:blank")
        page.goto(window(390, "light").site + path + "#" + place, wait_until="load")
        page.wait_for_timeout(500)
        tops["to", place] = page.evaluate(TOP, place)
    for place in places:
        page.evaluate("id => { location.hash = id; }", place)
        page.wait_for_timeout(500)
        tops["within", place] = page.evaluate(TOP, place)
    assert len(tops) >= 6
    assert {place: top for place, top in tops.items() if not 0 <= top < 100} == {}


def test_on_a_phone_code_is_as_wide_as_the_text_and_a_figure_as_the_window(window):
    page = window(390, "light").look("notebooks/02_other_layers.html")
    ends = "all => all.map(each => each.getBoundingClientRect()).map(({left, right}) => [left, right])"
    assert {*map(tuple, page.locator(".cell > .cell_input:visible").evaluate_all(ends))} == {(16, 374)}
    assert {*map(tuple, page.locator(".cell_output > img:visible").evaluate_all(ends))} == {(0, 390)}


def test_what_scrolls_in_a_cell_far_below_gets_a_stop_for_the_keyboard(window):
    page = window(390, "light").visit("notebooks/16_shufflenet.html")
    far = page.locator(".cell_input pre", has_text="LARGE = {")
    assert far.get_attribute("tabindex") is None, "nobody has laid it out"
    far.scroll_into_view_if_needed()
    expect(far).to_have_attribute("tabindex", "0")


def test_a_page_is_dark_from_its_first_line_on(window):
    """The theme's own script says so last, when a page has been white for a second."""
    opened = window(390, "dark")
    opened.page.route("**/*.js*", lambda route: route.abort())
    told = [opened.use(PAGES[0]).evaluate("document.documentElement.dataset.theme")]
    opened.page.evaluate("localStorage.setItem('mode', 'light')")
    told.append(opened.use(PAGES[1]).evaluate("document.documentElement.dataset.theme"))
    opened.page.evaluate("localStorage.clear()")
    opened.page.unroute("**/*.js*")
    assert told == ["dark", "light"]


def test_without_JavaScript_a_page_is_light_as_a_whole(browser, site):
    """No script says there which theme a reader prefers, and half of the rules asked for its word."""
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(site + "notebooks/01_convolution.html")
    for place in ["body", ".bd-header-article", ".cell_input .highlight pre"]:
        ground, letters = page.locator(place).first.evaluate(
            "each => ['backgroundColor', 'color'].map(name => getComputedStyle(each)[name])"
        )
        assert min(channels(ground)) > 200 > 100 > max(channels(letters)), place
    context.close()


def channels(colour):
    """Red, green and blue of "rgb(1, 2, 3)"; "rgba(1, 2, 3, 0.5)", through which others show, is refused."""
    return [*map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))]


def test_search_finds_a_term(window):
    page = window(390, "light").use("search.html?q=receptive+field")
    results = page.locator("#search-results ul.search li a")
    results.first.wait_for()
    assert any(
        "glossary.html" in link for link in results.evaluate_all("links => links.map(link => link.href)")
    )
