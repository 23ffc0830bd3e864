"""Exercises solved in the page: it says word for word what a notebook says, and class grading takes them."""

import json
import re

import numpy as np
import pytest
from classroom import Classroom, names_of, points_of
from test_browser_pages import AXE, RUN_AXE, complaints, discoloured
from windows import Window

from book._tools import build
from cnnlab.exercises import EXERCISES, check, core, draw

pytestmark = pytest.mark.slow

CHAPTER = "01"
PAGE = "notebooks/01_convolution.html"
FETCHED = re.compile(r"_static/python/|\.mjs")
PATIENCE = 60_000  # ms until Python has begun, on a machine that is busy
ADA = "ada"
ALL_PICTURES = "[...document.images].every(each => each.complete && each.naturalWidth)"
MISTAKEN = {"correlate_stride": "kernel flipped", "conv2d_groups": None}  # None: the first that has a name


def opened(browser, site):
    """A window on the chapter, nobody's answers in it, whose limit of time a test may set."""
    window = Window(browser, site, 390, "light")
    window.page.add_init_script("localStorage.setItem('cnnlab-just-read', 'yes')")
    window.page.set_default_timeout(PATIENCE)
    script = (build.HTML / "_static" / "solve.js").read_text(encoding="utf-8")
    settable = script.replace("const SECONDS = 20", "let SECONDS = 60")
    assert settable != script
    answer = {"body": settable, "content_type": "text/javascript"}
    window.page.route("**/solve.js*", lambda route: route.fulfill(**answer))
    window.visit(PAGE)
    return window


class Exercise:
    """The panel of an exercise, as a reader operates it."""

    def __init__(self, window, name):
        self.page, self.name = window.page, name
        cell = window.page.locator(".cell.tag_check", has_text=f'"{name}"')
        self.panel = cell.locator("xpath=following-sibling::*[1]")

    def begin(self):
        """Open the editor, unless another test did."""
        if button := self.panel.get_by_role("button", name="Solve it here").all():
            button[0].click()
        self.text.wait_for()
        return self

    @property
    def text(self):
        return self.panel.get_by_label(f"Your answer to {self.name}", exact=True)

    @property
    def status(self):
        return self.panel.get_by_role("status")

    def write(self, code):
        self.text.fill(code)
        return self

    def check(self):
        """What the page says, each paragraph a line."""
        self.panel.get_by_role("button", name="Check").click()
        self.panel.locator(".cnnlab-verdict").wait_for()
        return self.said()

    def said(self):
        return "\n".join(self.panel.locator(".cnnlab-verdict > *").all_text_contents())


@pytest.fixture(scope="module")
def window(browser, site):
    """One window for the tests that take Python as it is."""
    window = opened(browser, site)
    yield window
    window.page.context.close()


def answer(name, wrong=None):
    """The code of a right answer, or of one with a mistake, and what `check` says to it in a notebook."""
    exercise = EXERCISES[name]
    if isinstance(exercise, core.DrawnExercise):
        number = exercise.reference(**draw(name, ADA).values)
        return f"{name}_answer = {number}", repr(check(name, number, ADA))
    text = exercise.solution_text()
    for old, new in next((m.how for m in exercise.mistakes if m.name == wrong), {}).items():
        text = text.replace(old, new)
    names = {"__name__": "__main__", "np": np}  # as a notebook's cell, which is no module of the package
    exec(text, names)
    return text, repr(check(name, names[name]))


def named(name):
    """The mistakes of an exercise that are changes of its text."""
    return [each.name for each in EXERCISES[name].mistakes if not callable(each.how)]


def test_nothing_is_fetched_before_a_click(browser, site):
    fetched = []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(site + PAGE, wait_until="load")
    assert page.get_by_role("button", name="Solve it here").count() == len(names_of(CHAPTER))
    assert not [url for url in fetched if FETCHED.search(url)]
    context.close()


def test_a_chapter_is_solved_without_a_network_and_graded(window, tmp_path):
    """With two named mistakes on the way; what is downloaded gets full marks."""
    names = names_of(CHAPTER)
    first = Exercise(window, "count_params").begin()
    first.panel.locator(".cnnlab-task").wait_for()
    window.page.wait_for_function(ALL_PICTURES)  # far ones, too: Python is there, so they come
    window.page.context.set_offline(True)
    first.panel.get_by_label("Your name").fill(ADA)
    first.panel.get_by_label("Your name").press("Enter")
    first.panel.locator(".cnnlab-task", has_text=f"for {ADA}.").wait_for()
    for name in names:
        panel = Exercise(window, name).begin()
        for wrong in [*({MISTAKEN[name] or next(iter(named(name)))} if name in MISTAKEN else []), None]:
            code, says = answer(name, wrong)
            assert panel.write(code).check() == says
    assert window.page.locator("table.cnnlab-progress caption").text_content() == (
        f"Chapter {CHAPTER}: {points_of(names)} of {points_of(names)} points"
    )
    with window.page.expect_download() as download:
        window.page.get_by_role("button", name="Download my answers").click()
    window.page.context.set_offline(False)
    room = Classroom(tmp_path)
    room.hand_in("Ada", download.value.path().read_bytes(), ADA)
    assert int(room.grade("--chapter", CHAPTER)["Ada"]["total"]) == points_of(names)
    assert window.faults == []


def test_an_endless_loop_is_ended_and_the_text_is_kept(browser, site):
    window = opened(browser, site)
    panel = Exercise(window, "output_size").begin()
    endless = "def output_size(*sizes):\n    while True:\n        pass"
    loaded = panel.panel.locator(".cnnlab-status", has_text=re.compile("^$"))
    loaded.wait_for(state="attached")
    window.page.evaluate("SECONDS = 1")
    panel.write(endless).panel.get_by_role("button", name="Check").click()
    panel.panel.get_by_text("It ran for 1 seconds and was ended.").wait_for()
    window.page.evaluate("SECONDS = 60")
    window.page.reload()
    assert panel.begin().text.inner_text() == endless
    code, says = answer("output_size")
    assert panel.write(code).check() == says
    ground = "each => getComputedStyle(each).backgroundColor"
    numbers = panel.panel.locator(".cm-gutters").evaluate(ground)
    assert numbers == panel.panel.locator(".cm-editor").evaluate(ground), (
        "code moves beneath the lines' numbers"
    )
    (worker,) = window.page.workers
    with worker.expect_event("close"):
        window.page.evaluate("python.rest()")
    assert panel.check() == says, "after a rest it begins again"
    window.page.close()


WIDE = ("np.array([100000]) ** 2", "np.prod([2**20, 2**20])", "np.arange(3) * 2**31", "np.repeat([1], [2])")


def test_integers_have_64_bits_as_in_a_notebook(window):
    """Of those that an answer is likely to make; Python in WebAssembly has 32 of its own accord."""
    panel = Exercise(window, "output_size").begin()
    panel.write(f"print(*[(each.tolist(), each.dtype) for each in [{', '.join(WIDE)}]])\ndel output_size")
    panel.panel.get_by_role("button", name="Check").click()
    expected = [eval(each, {"np": np}) for each in WIDE]
    told = " ".join(str((each.tolist(), each.dtype)) for each in expected)
    panel.panel.locator(".cnnlab-shown pre", has_text=told).wait_for()


# What goes wrong with an answer before `check` sees it, and what the page says.
BROKEN = {
    "def output_size(": "SyntaxError: '(' was never closed",
    "1 / 0": "ZeroDivisionError: division by zero",
    "raise SystemExit": "SystemExit",
    "del output_size": "NameError: name 'output_size' is not defined",
    "print('<b>seen</b>')\nraise KeyError": "<b>seen</b>",
}


def test_an_answer_that_does_not_run_shows_its_error(window):
    panel = Exercise(window, "output_size").begin()
    for code, says in BROKEN.items():
        panel.write(code).panel.get_by_role("button", name="Check").click()
        panel.panel.locator(".cnnlab-shown pre", has_text=says).wait_for()


THEIRS = """
class Verdict:
    def _repr_html_(self):
        return "<img src=x onerror=alert(1)>"
def check(*_):
    return Verdict()
image_to_columns = 1"""


def test_what_is_opened_is_not_obeyed(window, tmp_path):
    """A notebook of somebody else's answers is code, which runs in Python alone."""
    cells = [
        "READER = 'eve'",
        THEIRS,
        'check("image_to_columns", image_to_columns)',
    ]
    book = {"cells": [{"cell_type": "code", "source": source} for source in cells]}
    (tmp_path / "theirs.ipynb").write_text(json.dumps(book))
    window.page.locator("input[type=file]").set_input_files(tmp_path / "theirs.ipynb")
    window.page.get_by_text("Answers read: 1.").wait_for()
    panel = Exercise(window, "image_to_columns").begin()
    assert "def check" in panel.text.inner_text()
    panel.panel.get_by_role("button", name="Check").click()
    panel.panel.locator(".cnnlab-status", has_text=re.compile("^$")).wait_for(state="attached")
    assert panel.panel.locator("img").count() == 0
    (tmp_path / "none.ipynb").write_text("no JSON")
    window.page.locator("input[type=file]").set_input_files(tmp_path / "none.ipynb")
    window.page.get_by_text("That file is no notebook").wait_for()


class Cell:
    """A cell of the chapter, by its place among the code cells, as a reader edits and runs it."""

    def __init__(self, window, at):
        self.root = window.page.locator(".bd-article .cell").nth(at)
        self.published = self.root.locator(".cell_output:not(.cnnlab-fresh)")
        self.fresh = self.root.locator(".cnnlab-fresh")

    def begin(self):
        self.root.get_by_role("button", name="Edit and run").click()
        self.text.wait_for()
        return self

    @property
    def text(self):
        return self.root.get_by_label("A cell of this chapter")

    def run(self):
        """What it prints, once it has run."""
        self.root.get_by_role("button", name="Run").click()
        self.root.locator(".cnnlab-status", has_text="Run here").wait_for()
        return "".join(self.fresh.locator("pre").all_text_contents())

    def says(self):
        return self.published.locator("pre").text_content()


def test_a_cell_is_edited_and_run_and_given_back(window):
    cell = Cell(window, 1).begin()
    assert cell.run() == cell.says()
    assert not cell.published.is_visible()
    cell.text.fill("print('<b>seen</b>')\nnot_there")
    cell.text.press("Shift+Enter")
    cell.root.locator(".traceback", has_text="NameError: name 'not_there' is not defined").wait_for()
    assert cell.fresh.locator(".stream").text_content() == "<b>seen</b>\n"
    cell.root.get_by_role("button", name="Reset").click()
    assert cell.published.is_visible()
    assert cell.fresh.count() == 0
    assert "not_there" not in cell.begin().text.inner_text()


IMAGE, CORRELATED = (
    2,
    4,
)  # code cells of the chapter: an image and a kernel are drawn; then one meets the other


def test_what_stands_before_a_cell_runs_first_as_it_was_edited(window):
    before, cell = Cell(window, IMAGE).begin(), Cell(window, CORRELATED).begin()
    before.run()
    assert before.fresh.locator("img").get_attribute("alt") == before.published.locator("img").get_attribute(
        "alt"
    )
    assert cell.run() == cell.says()
    before.text.fill("import numpy as np\nimage, kernel = np.full((4, 4), 2), np.ones((3, 3))")
    assert cell.run() == "[[18. 18.]\n [18. 18.]]\n"
    before.text.fill("image = 1 / 0")
    cell.root.get_by_role("button", name="Run").click()
    cell.root.get_by_text("the one that begins with “image = 1 / 0”").wait_for()
    before.root.get_by_role("button", name="Reset").click()
    assert window.faults == []


def test_a_panel_in_use_has_no_fault(window):
    panel = Exercise(window, "correlate_stride").begin()
    panel.write(answer("correlate_stride", "kernel flipped")[0]).check()
    assert complaints(window) == []
    assert discoloured(window.turned("dark")) == []
    window.visit(PAGE)  # an editor does not bear that the search for colours takes its lines out


def test_the_first_page_judges_an_answer(browser, site):
    """Its own answer is wrong and nobody's; a reader who mends it has the points in the chapter."""
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(site)
    kept = "localStorage.getItem('cnnlab-answer:01:output_size')"
    page.get_by_role("button", name="Solve it here").click()
    text = page.get_by_label("Your answer to output_size", exact=True)
    begun = text.inner_text()
    assert not page.locator(".cnnlab-try").is_visible()
    for code, points in ((None, None), (answer("output_size")[0], 1)):
        says = answer("output_size", "dilation ignored")[1] if code is None else answer("output_size")[1]
        if code:
            text.fill(code)
        page.get_by_role("button", name="Check").click()
        page.locator(".cnnlab-verdict").wait_for()
        assert "\n".join(page.locator(".cnnlab-verdict > *").all_text_contents()) == says
        assert (json.loads(page.evaluate(kept) or "{}")).get("points") == points
    assert "return left // stride + 1" in begun
    page.evaluate(AXE)
    assert page.evaluate(RUN_AXE, {}) == []
    page.goto(site + PAGE)
    caption = page.locator("table.cnnlab-progress caption")
    assert caption.text_content() == f"Chapter 01: 1 of {points_of(names_of(CHAPTER))} points"
    context.close()


@pytest.mark.parametrize("path", ["index.html", PAGE])
def test_a_browser_that_cannot_says_so(browser, site, path):
    window = Window(browser, site, 390, "light")
    window.page.add_init_script("WebAssembly.validate = () => false")
    page = window.visit(path)
    asked = ["Solve it here", *["Edit and run"] * (path == PAGE)]
    for name in asked:
        page.get_by_role("button", name=name).first.click()
    links = [link.get_attribute("href") for link in page.locator(".cnnlab-solve a").all()]
    assert len(links) == len(asked)
    (leads,) = {*links}
    assert leads.startswith("https://colab.research.google.com/")
    assert leads.endswith("/notebooks/01_convolution.ipynb")
    assert window.faults == []
    window.page.close()


def test_without_JavaScript_words_lead_elsewhere(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + PAGE)
    assert (
        page.locator(".cnnlab-no-script a").get_attribute("href").endswith("/notebooks/01_convolution.ipynb")
    )
    context.close()


def test_the_points_of_the_book_are_listed(browser, site):
    window = Window(browser, site, 390, "light")
    page = window.visit("book/how_to.html")
    page.evaluate("localStorage.setItem('cnnlab-answer:01:correlate_stride', JSON.stringify({points: 2}))")
    page.reload()
    table = page.locator("table.cnnlab-progress")
    assert table.locator("caption").text_content() == f"The book: 2 of {points_of(EXERCISES)} points"
    assert table.locator("tbody tr").first.all_text_contents() == [f"012 of {points_of(names_of(CHAPTER))}"]
    assert complaints(window) == []
    window.page.close()
