"""The history in pictures: current, in the order of years, each dot at its place."""

import pytest
from bs4 import BeautifulSoup

from book._tools import history
from cnnlab.models import PAPERS, VARIANTS


def test_the_page_is_current():
    assert history.PAGE.read_text("utf-8") == history.page(), "run python -m book._tools.history"


def test_each_network_has_the_year_of_its_paper_and_the_cost_of_its_definition():
    for each in history.told():
        name = each.network.name
        counted = (each.network.year, each.network.params, each.network.macs)
        assert counted == (PAPERS[name].year, *VARIANTS[name].cost)
        assert list((history.ROOT / "notebooks").glob(f"{each.chapter}.ipynb"))


@pytest.mark.parametrize(
    ("number", "words"), [(1_582_671_872, "1.58 G"), (60_000, "60 k"), (999_400, "999 k"), (1e11, "100 G")]
)
def test_a_number_is_said_in_three_digits(number, words):
    assert history.short(number) == words


def test_a_dot_stands_at_its_value_and_nowhere_without_one():
    scale = history.decades(5, 11)
    drawn = history.chart(["a", "b", "c"], [1e5, None, 1e8], scale, "says")
    places = [float(each["cx"]) for each in BeautifulSoup(drawn, "html.parser").find_all("circle")]
    assert places == [history.LEFT, history.LEFT + history.ROOM / 2]
    texts = [each.text for each in BeautifulSoup(drawn, "html.parser").find_all("text")]
    assert texts == ["100 k", "10 M", "1 G", "100 G", "a", "100 k", "b", "c", "100 M"]


def test_an_older_network_after_a_newer_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "CHOSEN", tmp_path / "history.yml")
    history.CHOSEN.write_text("- [vgg16, VGG, '07_vgg', deep]\n- [lenet5, LeNet-5, '06', first]\n", "utf-8")
    with pytest.raises(ValueError, match=r"VGG \(2015\) stands before LeNet-5"):
        history.told()


def test_an_error_is_what_the_ledger_reports():
    """MobileNetV2's Table 4 has 72.0 %; of LeNet-5 nobody reports one on ImageNet."""
    errors = {each.label: each.error for each in history.told()}
    assert errors["MobileNetV2"] == pytest.approx(28.0)
    assert errors["LeNet-5"] is None
