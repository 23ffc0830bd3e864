"""A real browser reads every chapter: animations step, quizzes and solutions answer."""

import pytest
from test_browser_pages import AXE, LAY_OUT

from book._ext import cnnlab_tables
from book._tools import build, links
from book._tools.chapters import read

pytestmark = pytest.mark.slow

CHAPTERS = [page for page in build.pages() if page.startswith("notebooks/")]
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
each_width = pytest.mark.parametrize("width", [1280, 390])


@each_width
@each_chapter
def test_an_animation_steps_and_plays(window, html, chapter, width):
    if "cnnlab-animation" not in (html / f"{chapter}.html").read_text(encoding="utf-8"):
        assert chapter != CHAPTERS[0], "the first chapter moves a window over an image"
        return
    opened = window(width, "light")
    page = opened.look(f"{chapter}.html")  # whatever step it stands at is nothing to the tests below
    page.evaluate(LAY_OUT)  # a cell that is laid out as a picture is taken moves the picture
    for animation in page.locator(".cnnlab-animation").all():
        steps_and_plays(page, animation)
    assert opened.faults == []


def steps_and_plays(page, animation):
    slider = animation.get_by_role("slider", name="Step")
    pictures = animation.locator("img, svg").first

    def press(name):
        animation.get_by_role("button", name=name, exact=True).click()

    def state():
        return animation.get_attribute("data-step"), slider.input_value(), pictures.screenshot()

    first = state()
    press("Next step")
    second = state()
    assert all(now != before for now, before in zip(second, first, strict=True))
    press("Previous step")
    assert state() == first
    slider.focus()
    page.keyboard.press("End")
    assert all(
        now not in before for now, before in zip(state(), zip(first, second, strict=True), strict=True)
    )
    page.keyboard.press("Home")
    press("Play")
    page.wait_for_function("([e, was]) => e.dataset.step !== was", arg=[animation.element_handle(), first[0]])
    press("Pause")
    paused = state()
    page.wait_for_timeout(1500)
    assert state() == paused


@each_chapter
def test_quiz_and_solutions_answer(window, chapter):
    opened = window(390, "light")
    page = opened.use(f"{chapter}.html")
    folded_code_opens_and_is_printed(page)
    nothing_says_that_nobody_tried(page)
    tables_have_every_letter(page, chapter)
    choices = page.locator(".Quiz:has(.MCButton)").all()
    assert choices, "the chapter has no multiple-choice question"
    for quiz in choices:
        a_quiz_answers_back(quiz)
    solutions_open_and_show_code(page.locator("details.cnnlab-solution"))
    assert opened.faults == []


def folded_code_opens_and_is_printed(page):
    """By keyboard; on paper it is open, and afterwards as it was."""
    folded = page.locator(".cnnlab-code")
    code = folded.locator(".cell_input")
    assert folded.count() == code.count() > 1
    seen = "all => all.filter(each => each.checkVisibility()).length"
    assert code.evaluate_all(seen) == 0
    page.emulate_media(media="print")
    assert code.evaluate_all(seen) == code.count()
    page.emulate_media(media="screen")
    folded.last.locator("summary").focus()
    page.keyboard.press("Enter")
    assert code.evaluate_all(seen) == 1
    assert code.last.inner_text().strip()


def nothing_says_that_nobody_tried(page):
    assert not page.locator("table.cnnlab-progress").is_visible()
    untried = page.get_by_text("not attempted yet")
    assert untried.evaluate_all("all => all.filter(each => each.checkVisibility()).length") == 0


def tables_have_every_letter(page, chapter):
    """What a cell prints as a table stands on the page with the notebook's text."""
    cells = read(build.ROOT / f"{chapter}.ipynb").cells
    outputs = [each for cell in cells for each in cell.get("outputs", [])]
    printed = [each.text for each in outputs if each.output_type == "stream"]
    assert page.locator(".cnnlab-printed").evaluate_all("all => all.map(each => each.textContent)") == [
        text for text in printed if cnnlab_tables.read(text)
    ]


# Clicks every option of a quiz: the words of those that explain nothing or not what they should.
SILENT = """options => options.filter(option => {
    const answer = option.closest(".Quiz").querySelector(".Feedback");
    answer.replaceChildren();  // what the option before it said
    option.click();
    const verdict = option.dataset.correct === "true" ? "correct" : "incorrect";
    return !(option.dataset.feedback && answer.innerText.trim() && answer.classList.contains(verdict));
}).map(option => option.innerText)"""


def a_quiz_answers_back(quiz):
    """To a mouse that reaches its first option, and to a click on each."""
    options = quiz.locator(".MCButton")
    options.first.click()
    assert quiz.locator(".Feedback").inner_text().strip(), "no explanation appeared"
    assert options.evaluate_all(SILENT) == []


LEGIBLE = "axe.run('.Quiz', {runOnly: ['color-contrast']}).then(({violations}) => !violations.length)"
OURS = "/* nothing more */"
FULL = ".bd-article .Quiz .MCButton { animation: incorrect-anim 0.1s forwards !important; }"


@pytest.mark.parametrize(("theme", "style"), [("light", OURS), ("dark", OURS), ("light", FULL)])
def test_an_answer_is_legible_once_it_is_clicked(window, theme, style):
    """jupyterquiz ends on a ground of full colour. With its animation back, that is seen."""
    page = window(1280, theme).use("notebooks/01_convolution.html")
    page.add_style_tag(content=style)
    page.evaluate(AXE)
    for option in page.locator(".Quiz").first.locator(".MCButton").all():
        option.click()
        option.evaluate("option => Promise.all(option.getAnimations().map(each => each.finished))")
        assert page.evaluate(LEGIBLE) is (style == OURS)


def test_paper_is_white(window):
    """Printed while the screen is dark; afterwards that is dark again."""
    page = window(1280, "dark").use("book/notation.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = {ground}; }})")
    dark = page.evaluate(ground)
    page.pdf()
    assert page.evaluate("window.printed") == "rgb(255, 255, 255)" != dark
    assert page.evaluate(ground) == dark


# Of each solution: was its code seen before a click, is it after one, what it says, its coloured words.
OPENED = """all => all.map(solution => {
    const code = solution.querySelector("pre"), before = code.checkVisibility();
    solution.querySelector("summary").click();
    const words = [...code.querySelectorAll(".k")].map(each => each.textContent);
    return [before, code.checkVisibility(), code.innerText, words];
})"""


def solutions_open_and_show_code(solutions):
    """The last to a reader's mouse, the others to a click by the page, which is done in less time."""
    assert solutions.count(), "the chapter has no solution"
    solutions.last.locator("summary").click()
    assert solutions.last.locator("pre").is_visible()
    solutions.last.locator("summary").click()
    for before, after, text, words in solutions.evaluate_all(OPENED):
        assert (before, after) == (False, True)
        assert "return" in text
        assert words[0] in {"def", "return", "import", "from", "class"}


@each_chapter
def test_the_colab_link_opens_this_notebook(window, chapter):
    owner, name, branch = links.address()
    page = window(1280, "light").look(f"{chapter}.html")
    found = page.locator("a[href*='colab']").evaluate_all("links => links.map(link => link.href)")
    wanted = f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/{chapter}.ipynb"
    assert found
    assert set(found) == {wanted}
