"""What the search finds, what it shows of it, and where it leads: what a reader types, in a real browser."""

import pytest

from book._ext.cnnlab_search import SearchBook

TYPED = {  # what is typed → its words, by hand
    "3x3": ["3×3"],
    "a 3 × 3 kernel": ["a", "3×3", "kernel"],
    "224x224×3": ["224×224×3"],
    "4.1": ["4.1"],
    "section 4.1, on 300,774,272 MACs.": ["section", "4.1", "on", "300,774,272", "MACs"],
    "conv2x2 0x1F": ["conv2x2", "0x1F"],
    "ResNet-50": ["ResNet", "50"],
    "größer": ["größer"],
}


@pytest.mark.parametrize("typed", TYPED)
def test_a_text_is_parted_into_words(typed):
    assert SearchBook({}).split(typed) == TYPED[typed]


@pytest.fixture(scope="module")
def results(window):
    """`results(query)`: address, title and excerpt of each hit, in their order."""

    def found(query):
        page = window(390, "light").use(f"search.html?q={query}")
        page.locator(".search-summary", has_text="finished").wait_for()
        page.wait_for_function(
            "[...document.querySelectorAll('.search li')].every(hit => hit.querySelector('p.context'))"
        )
        read = "hits => hits.map(hit => [hit.querySelector('a').href, hit.querySelector('a').innerText,"
        return page.locator(".search li").evaluate_all(read + " hit.querySelector('p.context').textContent])")

    return found


@pytest.mark.slow
def test_the_page_parts_what_is_typed_as_the_index_did(window):
    page = window(390, "light").use("search.html")
    assert page.evaluate("queries => queries.map(splitQuery)", [*TYPED]) == [*TYPED.values()]


@pytest.mark.slow
def test_a_size_is_found_however_it_is_typed(results):
    hits = results("3×3")
    assert hits == results("3x3")
    assert any("09_resnet.html#" in address for address, *_ in hits)


@pytest.mark.slow
def test_a_number_is_found_as_it_is_printed(results):
    assert results("4.1") != []
    assert any("15_mobilenet" in address for address, *_ in results("300,774,272"))


@pytest.mark.slow
def test_digits_alone_are_found_and_count_as_a_word_beside_others(results):
    assert any("03_receptive_fields" in address for address, *_ in results("1451"))  # ResNet-152's field
    assert 0 < len(results("bottleneck 264")) < len(results("bottleneck"))


@pytest.mark.slow
def test_a_hit_leads_to_a_section_and_shows_its_words(results, site, html):
    hits = results("depthwise stride")
    assert len(hits) > 3
    for address, _, excerpt in hits:
        page, _, anchor = address.removeprefix(site).partition("#")
        assert f'id="{anchor}"' in (html / page).read_text("utf-8"), address
        assert "\\(" not in excerpt
        assert "import " not in excerpt
    texts = [excerpt.lower() for *_, excerpt in hits]
    assert sum("depthwise" in text or "stride" in text for text in texts) > len(texts) / 2
