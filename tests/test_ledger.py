"""The pages that are written from the ledger: current, complete, and usable with and without their script."""

import re
from fractions import Fraction

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from book._tools import build, ledger
from cnnlab.published import SOURCES, VERDICTS, WORDS, Row, rows

LEDGER = rows()


@pytest.fixture(scope="module")
def table():
    return BeautifulSoup(ledger.ledger_page(LEDGER), "html.parser").find("table")


@pytest.mark.parametrize("name", ledger.PAGES)
def test_the_committed_page_is_current(name):
    page = (ledger.BOOK / name).read_text(encoding="utf-8")
    assert page == ledger.PAGES[name](LEDGER), "run `python -m book._tools.ledger`"


@pytest.mark.parametrize("name", ledger.PAGES)
def test_a_page_is_in_the_table_of_contents(name):
    assert f"book/{name.removesuffix('.md')}" in build.pages()


def test_a_changed_row_makes_both_pages_stale():
    """What the test above is for: an edit of the file that nobody carried over."""
    last = max(i for i, row in enumerate(LEDGER) if row.verdict == "slip")
    changed = [*LEDGER[:last], LEDGER[last]._replace(note="Another note."), *LEDGER[last + 1 :]]
    for page in ledger.PAGES.values():
        assert page(changed) != page(LEDGER)


def test_every_row_is_in_the_table(table):
    lines = table.tbody.find_all("tr")
    assert len(lines) == len(LEDGER)
    for line, row in zip(lines, LEDGER, strict=True):
        text = line.get_text(" ")
        assert row.value in text
        assert row.subject in text
        assert row.verdict in text


def test_every_verdict_is_counted():
    page = ledger.ledger_page(LEDGER)
    for verdict in VERDICTS:
        (count,) = re.findall(rf"^\| {verdict} \| (\d+) \|", page, re.M)
        assert int(count) == sum(row.verdict == verdict for row in LEDGER)


def test_every_source_is_counted():
    page = ledger.ledger_page(LEDGER)
    for source, (_, title, _) in SOURCES.items():
        file = f"../src/cnnlab/published/sources/{source}.csv"
        (line,) = re.findall(rf"^\| {{download}}`{re.escape(title)} <{file}>` \|(.*) \|$", page, re.M)
        found = [int(cell) if cell.strip() else 0 for cell in line.split("|")]
        assert found == [sum((row.source, row.verdict) == (source, v) for row in LEDGER) for v in VERDICTS]


def test_a_number_that_two_tables_ask_for_is_one_riddle():
    row = LEDGER[0]._replace(verdict="unresolved")
    again = row._replace(place="another table")
    another = row._replace(value="6")
    assert "The 3 unresolved rows ask for 2 numbers" in ledger.ledger_page([row, again, another])


def test_sources_are_called_by_different_names():
    assert len({ledger.short(source) for source in SOURCES}) == len(SOURCES)


def test_the_page_stays_light():
    """It is read on phones; what the theme adds to it is 30 KB."""
    assert len(ledger.ledger_page(LEDGER).encode()) < 2_000_000


def test_every_slip_is_in_the_errata():
    page = ledger.errata_page(LEDGER)
    slips = [row for row in LEDGER if row.verdict == "slip"]
    assert page.count("Printed: **") == len(slips) + len(WORDS)
    assert min(len(slips), len(WORDS)) > 80
    for row in slips:
        assert f"Printed: **{ledger.with_unit(row.value, row)}**" in page
        assert row.note in page
    for word in WORDS:
        assert f"Printed: **{word.printed}**. Right: **{word.right}**.\n  {word.why}\n" in page


def test_an_erratum_says_all_four_things():
    """Where it stands, what is printed, what is right, which step leads there: all by hand."""
    row = Row(
        "lecture-003", "AlexNet, fc6 step by step", "AlexNet fc6", "parameters", "37,725,832", "",
        "params(alexnet, fc6)", "slip", "swapped(4, params(alexnet, fc6))", "Two digits changed places.",
    )  # fmt: skip
    page = ledger.errata_page([row])
    assert "## Lecture 003, Components of a convolutional network" in page
    assert "### AlexNet, fc6 step by step" in page
    assert "Printed: **37,725,832**. Right: **37,752,832**, `params(alexnet, fc6)`." in page
    assert "Two digits changed places. `swapped(4, params(alexnet, fc6))` gives the printed digits." in page


def test_every_row_has_an_address_of_its_own(table):
    names = [line["id"] for line in table.tbody.find_all("tr")]
    assert len(set(names)) == len(LEDGER)
    assert all(re.fullmatch("ledger-[0-9a-f]{8}", name) for name in names)


def test_an_address_stays_when_other_rows_come():
    line = ledger.table_row(LEDGER[7])
    assert line in ledger.ledger_page(LEDGER[5:])
    assert line in ledger.ledger_page(LEDGER[:9])
    changed = LEDGER[7]._replace(note="Another note.", expression="", verdict="reported")
    assert ledger.row_name(changed) == ledger.row_name(LEDGER[7])
    assert ledger.row_name(LEDGER[7]._replace(value="6")) != ledger.row_name(LEDGER[7])


def test_an_expression_stands_on_the_page_as_the_language_writes_it():
    row = LEDGER[0]._replace(expression="ratio( apart(printed(3)  /  printed(4)) / printed(2) )")
    assert "<code>ratio(apart(printed(3) / printed(4)) / printed(2))</code>" in ledger.how(row)


def test_numbers_sort_by_size_whatever_their_unit(table):
    """784 KB are more than 0.4 M operations' worth of digits: the script sorts by these attributes."""
    cells = [line.find_all("td")[1] for line in table.tbody.find_all("tr")]
    by_text = {cell.get_text(): float(cell["data-order"]) for cell in cells}
    assert by_text["784\u00a0KB"] == 784 * 1024
    assert by_text["0.4\u00a0MFLOP"] == 400_000
    assert by_text["1.93·10⁹"] == 1.93e9


# In a browser -----------------------------------------------------------------------------------------

PAGE = "book/ledger.html"


@pytest.fixture
def page(window):
    return window(390, "light").use(PAGE)


def visible_rows(page):
    return page.locator("#ledger tbody tr:visible").count()


@pytest.mark.slow
def test_choosing_a_verdict_leaves_its_rows(page):
    page.get_by_role("combobox", name="Verdict").select_option("slip")
    slips = sum(row.verdict == "slip" for row in LEDGER)
    assert page.locator("#ledger tbody td:nth-child(4)").all_inner_texts() == ["slip"] * 50
    assert page.get_by_role("status").inner_text() == f"{slips} of {len(LEDGER)} rows"


@pytest.mark.slow
def test_searching_leaves_what_it_finds(page):
    page.locator("#ledger-tools").get_by_role("searchbox", name="Search").fill("37,725,832")
    assert visible_rows(page) == 1
    page.get_by_role("combobox", name="Source").select_option("Zeiler & Fergus (2014)")
    assert page.get_by_role("status").inner_text() == f"0 of {len(LEDGER)} rows"


@pytest.mark.slow
def test_a_press_on_a_head_sorts_by_size(page):
    head = page.locator("#ledger thead th", has_text="Printed")
    printed = [float(ledger.number(row.value)[0] * Fraction(ledger.UNITS[row.unit])) for row in LEDGER]
    for direction in ("ascending", "descending"):
        head.get_by_role("button").press("Enter")
        expect(head).to_have_attribute("aria-sort", direction)
        cells = page.locator("#ledger tbody td:nth-child(2)")
        sizes = cells.evaluate_all("cells => cells.map(cell => Number(cell.dataset.order))")
        assert sizes == sorted(sizes, reverse=direction == "descending")
        assert sizes[0] == (max if direction == "descending" else min)(printed)


@pytest.mark.slow
def test_fifty_rows_stand_on_a_page(page):
    """All of them at once took a phone seconds."""
    assert visible_rows(page) == 50
    first = page.locator("#ledger tbody tr").first.inner_text()
    page.get_by_role("button", name="Last").click()
    assert visible_rows(page) == (len(LEDGER) - 1) % 50 + 1
    assert page.locator("#ledger tbody tr").first.inner_text() != first


def shown(page):
    return page.get_by_role("status").inner_text()


@pytest.mark.slow
def test_a_network_is_found_however_it_is_spelled(page):
    search = page.locator("#ledger-tools").get_by_role("searchbox", name="Search")
    found = {}
    for spelling in ("ResNet-50", "resnet50", "ResNet50", "ResNet-101", "MobileNet-V2", "mobilenet_v2"):
        search.fill(spelling)
        found[spelling] = shown(page)
    assert found["ResNet-50"] == found["resnet50"] == found["ResNet50"] != found["ResNet-101"]
    assert found["MobileNet-V2"] == found["mobilenet_v2"]
    assert not found["ResNet-50"].startswith("0 ")
    search.fill("3x3")
    assert page.locator("#ledger tbody", has_text="3×3").count()


@pytest.mark.slow
def test_the_address_keeps_what_was_chosen(window, page):
    page.locator("#ledger-tools").get_by_role("searchbox", name="Search").fill("3×3")
    page.get_by_role("combobox", name="Verdict").select_option("explained")
    rows_then, address = shown(page), page.url.removeprefix(window(390, "light").site)
    assert address.endswith("?search=3%C3%973&verdict=explained")
    again = window(390, "light").use(address)
    assert shown(again) == rows_then
    assert again.get_by_role("combobox", name="Verdict").input_value() == "explained"


@pytest.mark.slow
def test_an_address_of_a_row_shows_it(window):
    row = LEDGER[-1]  # on the last page of a hundred
    page = window(390, "light").use(f"{PAGE}#{ledger.row_name(row)}")
    named = page.locator("#ledger tr.named")
    expect(named).to_be_in_viewport()
    assert row.value in named.inner_text()
    named.get_by_role("link", name="Address of this row").click()
    expect(named).to_have_id(ledger.row_name(row))


@pytest.mark.slow
def test_a_phone_shows_the_verdict_beside_the_numbers(page):
    """Without a move to the side."""
    ends = page.locator("#ledger tbody td:nth-child(4) span").evaluate_all(
        "spans => spans.map(span => span.getBoundingClientRect().right)"
    )
    assert len(ends) == 50
    assert max(ends) <= 390


@pytest.mark.slow
def test_an_erratum_has_an_address(html):
    article = BeautifulSoup((html / "book/errata.html").read_bytes(), "html.parser").find("article")
    names = [each["id"] for each in article.select("dt [id^=erratum-], dt [id^=wording-]")]
    assert len(set(names)) == sum(row.verdict == "slip" for row in LEDGER) + len(WORDS)


@pytest.mark.slow
def test_without_scripts_it_is_a_plain_table(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + PAGE)
    assert visible_rows(page) == len(LEDGER)
    assert page.locator("#ledger-tools").is_hidden()
    context.close()


@pytest.mark.slow
def test_where_the_script_does_not_come_all_rows_do(browser, site):
    page = browser.new_page()
    page.route("**/ledger.js", lambda route: route.abort())
    page.goto(site + PAGE)
    expect(page.locator("#ledger tbody tr")).to_have_count(len(LEDGER))
    page.close()
