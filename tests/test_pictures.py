"""The preface's picture shows what the package computes."""

import pictures


def test_the_committed_picture_is_the_computed_one():
    committed = (pictures.STATIC / "first_sum.svg").read_text()
    assert committed == pictures.first_sum(), "run `python book/_tools/pictures.py`"
