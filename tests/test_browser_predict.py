"""A guess holds back what would answer a "Predict"; in print and without JavaScript all is open."""

import re

import pytest
from test_browser_pages import complaints
from windows import Window

from book._tools.chapters import chapters, read

pytestmark = pytest.mark.slow

PAGE = "notebooks/03_receptive_fields.html"
HELD = ".bd-article :is(.cell_output, p).cnnlab-held"
PROMPT = re.compile(r"\*\*(?:Predict\b|predict\*\*)")
# Prompts that no output answers before the next section begins, and a summary that says what capsules do.
NO_OUTPUT = {"12_capsules": 1, "13_squeezenet": 1}


@pytest.fixture
def page(browser, site):
    window = Window(browser, site, 390, "light")
    yield window.visit(PAGE)
    assert window.faults == []
    window.page.close()


def field(page):
    return page.locator(".cnnlab-predict").first


def guessed(page, guess):
    field(page).locator("input").fill(guess)
    page.keyboard.press("Enter")
    return page.locator(".cnnlab-guess").first


def test_every_prompt_holds_its_answer_back(browser, site):
    window = Window(browser, site, 1280, "dark")
    for path in chapters():
        prompts = sum(
            len(PROMPT.findall(cell.source)) for cell in read(path).cells if cell.cell_type == "markdown"
        )
        page = window.visit(f"notebooks/{path.stem}.html")
        assert page.locator(".cnnlab-predict").count() == prompts - NO_OUTPUT.get(path.stem, 0), path.stem
        outputs = page.locator(".cell_output.cnnlab-held").count()
        assert (
            page.locator(".cnnlab-waits:visible").count()
            == outputs
            >= page.locator(".cnnlab-predict").count()
        )
        assert window.faults == []
    window.page.close()


def test_a_figure_behind_the_answer_waits_with_it_and_with_the_words(page):
    """Cells that follow one another answer together; what comes after a word of the text does not."""
    asked = page.locator("p", has_text="Predict the order: AlexNet")
    figure = page.locator(".cell_output", has=page.locator("img[alt^='Bars, the fields of nine']"))
    words = figure.locator("xpath=../following-sibling::*[1]")
    assert [figure.is_visible(), words.is_visible()] == [False, False]
    assert words.locator("xpath=following-sibling::*[contains(@class, 'cell')][1]").is_visible()
    asked.locator("xpath=following-sibling::form[1]").locator("input").fill("AlexNet first")
    page.keyboard.press("Enter")
    assert [figure.is_visible(), words.is_visible()] == [True, True]


def test_a_guess_stands_beside_the_answer_and_is_remembered(page):
    held = page.locator(HELD).count()
    assert not page.locator(HELD).first.is_visible()
    said = guessed(page, "  25 <pixels>")
    assert said.locator("output").text_content() == "25 <pixels>"
    assert page.evaluate("document.activeElement.className") == "cnnlab-guess"
    assert said.locator("xpath=following-sibling::*[1]").is_visible()  # the output
    assert page.locator(HELD).count() < held
    page.reload()
    assert page.locator(".cnnlab-guess output").text_content() == "25 <pixels>"
    page.get_by_role("button", name="Guess again").click()
    assert page.locator(HELD).count() == held


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_prompts_and_guesses_have_no_fault(browser, site, theme):
    window = Window(browser, site, 390, theme)
    page = window.visit(PAGE)
    guessed(page, "a guess that is longer than a phone is wide, and has a longword" + "x" * 100)
    assert complaints(window) == []
    window.page.close()


def test_blanks_are_no_guess(page):
    field(page).locator("input").fill("   ")
    page.keyboard.press("Enter")
    assert page.locator(".cnnlab-guess").count() == 0


def test_who_just_reads_has_all_open_and_can_come_back(page):
    prompts = page.locator(".cnnlab-predict").count()
    field(page).get_by_role("button", name="Just read").click()
    assert (page.locator(".cnnlab-predict").count(), page.locator(HELD).count()) == (0, 0)
    page.reload()
    assert page.locator(HELD).count() == 0
    page.get_by_role("button", name="Let me predict").click()
    assert page.locator(".cnnlab-predict").count() == prompts


def test_in_print_all_is_open(page):
    page.emulate_media(media="print")
    assert all(each.is_visible() for each in page.locator(HELD).all())
    assert not field(page).is_visible()


def test_without_JavaScript_all_is_open(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + PAGE)
    assert page.locator(".bd-article .cell_output").first.is_visible()
    assert page.locator(".cnnlab-predict").count() == 0
    context.close()


def test_where_nothing_can_be_stored_a_guess_lasts_as_long_as_the_page(browser, site):
    window = Window(browser, site, 1280, "light")
    window.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
    )
    page = window.visit(PAGE)
    said = guessed(page, "25")
    assert said.locator("output").text_content() == "25"
    window.page.close()
