"""A real browser reads every chapter: figures legible, animations step, quizzes and solutions answer."""

import base64
import io
from urllib.parse import unquote, urlsplit

import build
import links
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

CHAPTERS = [page for page in build.pages() if page.startswith("notebooks/")]
SMALLEST_TEXT = 9  # CSS pixels; below that a figure's labels cannot be read on a phone
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
each_width = pytest.mark.parametrize("width", [1280, 390])

FIGURES = """figures => figures.map(figure => {
    const {paddingLeft, paddingRight} = getComputedStyle(figure);
    return [figure.src, figure.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)];
})"""
SVG_TEXTS = """texts => texts.map(text => [text.textContent.trim(),
    parseFloat(getComputedStyle(text).fontSize) * Math.abs(text.getScreenCTM().d)])"""


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


@each_width
@pytest.mark.parametrize("path", build.pages())
def test_text_in_pictures_is_legible(window, html, path, width):
    """In figures, whose files note their smallest text, and in drawings: one visit, for visits are dear."""
    page = window(width, "light").visit(f"{path}.html")
    figures = page.locator(".cell_output img:visible").evaluate_all(FIGURES)
    assert figures or path not in CHAPTERS, "the chapter shows no figure"
    pngs = [entry for entry in figures if "image/svg" not in entry[0]]
    sizes = [text_size(png_bytes(html, address), shown) for address, shown in pngs]
    too_small = [size for size in sizes if size < SMALLEST_TEXT]
    assert too_small == []
    texts = page.locator("article svg text:visible").evaluate_all(SVG_TEXTS)
    assert [entry for entry in texts if entry[0] and entry[1] < SMALLEST_TEXT] == []


@each_width
@each_chapter
def test_an_animation_steps_and_plays(window, html, chapter, width):
    if "cnnlab-animation" not in (html / f"{chapter}.html").read_text(encoding="utf-8"):
        assert chapter != CHAPTERS[0], "the first chapter moves a window over an image"
        return
    opened = window(width, "light")
    page = opened.visit(f"{chapter}.html")
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
def test_a_quiz_answers_back(window, chapter):
    opened = window(390, "light")
    page = opened.visit(f"{chapter}.html")
    choices = page.locator(".Quiz:has(.MCButton)")
    assert choices.count(), "the chapter has no multiple-choice question"
    for quiz in choices.all():
        for option in quiz.locator(".MCButton").all():
            option.click()
            assert option.get_attribute("data-feedback"), "an option without an explanation"
            answer = quiz.locator(".Feedback")
            assert answer.inner_text().strip(), "no explanation appeared"
            verdict = "correct" if option.get_attribute("data-correct") == "true" else "incorrect"
            assert verdict in answer.get_attribute("class").split()
    assert opened.faults == []


@each_chapter
def test_a_solution_opens_and_shows_code(window, chapter):
    page = window(390, "light").visit(f"{chapter}.html")
    solutions = page.locator("details.cnnlab-solution")
    assert solutions.count(), "the chapter has no solution"
    for solution in solutions.all():
        code = solution.locator("pre")
        assert not code.is_visible()
        solution.locator("summary").click()
        assert code.is_visible()
        assert "return" in code.inner_text()


@each_chapter
def test_the_colab_link_opens_this_notebook(window, chapter):
    owner, name, branch = links.address()
    page = window(1280, "light").visit(f"{chapter}.html")
    found = page.locator("a[href*='colab']").evaluate_all("links => links.map(link => link.href)")
    wanted = f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/{chapter}.ipynb"
    assert found
    assert set(found) == {wanted}
