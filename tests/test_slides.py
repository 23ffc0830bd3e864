"""Slides of a chapter: what stands on them, and that nothing of it is cut at 1280×720."""

import pytest
from bs4 import BeautifulSoup

from book._tools import slides

LINES = "\n".join(f"line {n}" for n in range(30))
BODY = f"""<section id="a"><h1>7. A chapter</h1><p>A hook.</p>
<section id="before-you-start"><h2>Before you start</h2><p>Nothing.</p></section>
<section id="body"><h2>A body</h2><p>First, a <a href="x.html">paragraph</a>.</p><p>Read this out.</p>
<p><strong>Predict</strong> it.</p>
<div class="cell"><div class="cell_input"><pre>hidden()</pre></div>
<div class="cell_output"><div class="output"><pre>{LINES}</pre></div></div></div>
<div class="cell tag_slide"><div class="cell_input"><pre>shown()</pre></div></div>
<div class="cell"><div class="cell_output"><div class="output"><pre>{"wide " * 36}</pre></div></div></div>
<table>{"<tr><td>row</td></tr>" * 40}</table>
<section id="e"><h3>Exercise: It</h3><p>Do it.</p>
<div class="cell tag_exercise"><div class="cell_input"><pre>def it(): ...</pre></div></div></section>
</section>
<section id="your-progress"><h2>Your progress</h2></section></section>"""


def test_a_section_is_a_column_and_its_text_stands_in_the_notes():
    page = BeautifulSoup(slides.deck("notebooks/07_a", BODY), "html.parser")
    columns = page.select(".slides > section")
    assert [[each.text for each in column.select("h1, h2, h3")] for column in columns] == [
        ["7. A chapter"], ["A body", "Exercise: It"],
    ]  # fmt: skip
    body, exercise = columns[1].find_all("section", recursive=False)
    assert [" ".join(each.text.split())[:20] for each in body.select(".item")] == [
        "First, a paragraph.", "Predict it.", "line 0 line 1 line 2", "shown()", "wide wide wide wide ",
        "A table of 40 lines,",
    ]  # fmt: skip
    assert [each.text.strip() for each in exercise.select(".item")] == ["Do it.", "def it(): ..."]
    assert "Read this out." in body.select_one("aside.notes").text
    assert not page.select(".slides a")


CUT = """() => Reveal.getSlides().flatMap(slide => {
    Reveal.slide(...Object.values(Reveal.getIndices(slide)).slice(0, 2));
    return [...slide.querySelectorAll(":scope > .item")].filter(item => {
        const { bottom, right } = item.getBoundingClientRect();
        return bottom > 720 || right > 1280 || item.scrollWidth > item.clientWidth + 1;
    }).map(item => item.textContent.slice(0, 40));
})"""


@pytest.mark.slow
def test_nothing_is_cut_and_what_does_not_fit_goes_on(browser, tmp_path, monkeypatch):
    static = tmp_path / "pages" / "_static"
    static.mkdir(parents=True)
    (static / "pygments.css").touch()
    (tmp_path / "pages" / "_images").mkdir()
    monkeypatch.setattr(slides, "OUT", tmp_path)
    slides.stand_by(tmp_path / "slides")
    (tmp_path / "slides" / "a.html").write_text(slides.deck("notebooks/07_a", BODY), "utf-8")
    page, faults = browser.new_page(viewport={"width": 1280, "height": 720}), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda each: each.url.startswith(("file:", "data:")) or faults.append(each.url))
    page.goto((tmp_path / "slides" / "a.html").as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    headings = page.eval_on_selector_all(
        ".slides > section > section > :is(h1, h2, h3)", "all => all.map(each => each.textContent)"
    )
    assert list(dict.fromkeys(headings)) == ["7. A chapter", "A body", "Exercise: It"]
    assert headings.count("A body") > 1
    assert page.evaluate(CUT) == []
    assert faults == []
    page.close()
