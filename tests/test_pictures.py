"""The preface's picture shows what the package computes."""

from book._tools import pictures


def test_the_committed_picture_is_the_computed_one():
    committed = (pictures.STATIC / "first_sum.svg").read_text()
    assert committed == pictures.first_sum(), "run `python -m book._tools.pictures`"
