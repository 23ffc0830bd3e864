"""Ten questions that bring somebody to the book, each answered on a phone two clicks from the home page."""

import pytest

pytestmark = pytest.mark.slow

# The question, the links that are clicked, and what then stands on the screen.
WAYS = {
    "what is this": ([], "Read, build, count and choose any convolutional network"),
    "is it for me": ([], "You need not have trained a network before."),
    "what does MobileNetV2 cost": (["its table"], "The whole network from one table"),
    "why do tools differ": (["what eight counters print"], "What eight counters print"),
    "are the lecture's FLOPs of VGG wrong": (["the errata"], "FLOPs, case 1: VGG16"),
    "what is a receptive field": (["which pixels a unit can hear"], "Which pixels can a unit hear?"),
    "show me depthwise convolution": (["one channel, one kernel"], "One channel, one kernel"),
    "how do I hand in": (["hand in"], "What you hand in is a notebook."),
    "how do I grade": (["grade"], "Once for a course, make a seed"),
    "how do I cite": (["cite the book"], "@software{cnnlab"),
    "what is printed wrong in the ResNet paper": (["its rows in the ledger"], "He et al. (2016a): Table 1"),
}
ON_SCREEN = """element => {
    const {top, bottom} = element.getBoundingClientRect();
    return element.checkVisibility() && bottom > 0 && top < innerHeight;
}"""


@pytest.mark.parametrize("question", WAYS)
def test_a_question_is_answered_in_two_clicks(window, question):
    links, answer = WAYS[question]
    assert len(links) <= 2
    page = window(390, "light").use("index.html")
    where = page.locator("#where-is")
    for link in links:
        where.get_by_role("link", name=link, exact=True).click()
        page.wait_for_load_state("load")
    found = page.locator("article").get_by_text(answer).first
    found.wait_for()
    page.wait_for_function(ON_SCREEN, arg=found.element_handle())


def test_the_MACs_of_MobileNetV2_stand_where_the_link_leads(window):
    page = window(390, "light").use("index.html")
    page.locator("#where-is").get_by_role("link", name="its table").click()
    assert "300,774,272" in page.locator("#the-whole-network-from-one-table").inner_text()


def test_the_rows_of_one_paper_alone_are_shown(window):
    page = window(390, "light").use("index.html")
    page.get_by_role("link", name="its rows in the ledger").click()
    page.locator("#ledger tbody small").first.wait_for()
    places = page.locator("#ledger tbody small").all_text_contents()
    sources = [place.partition(":")[0] for place in places]
    assert len(sources) > 5
    assert set(sources) == {"He et al. (2016a)"}
