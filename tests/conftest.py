"""What tests of the built book share."""

import build
import pytest


@pytest.fixture(scope="session")
def html():
    """The built book's folder; a stale one would prove nothing."""
    if not build.is_current():
        pytest.fail(
            "the built book is missing or older than its sources: run `make book` first", pytrace=False
        )
    return build.HTML
