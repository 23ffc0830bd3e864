"""CITATION.cff says of the book what its other files say."""

import re

import yaml

import cnnlab
from book._ext.cnnlab_book import pages_url
from book._tools.chapters import ROOT


def read(name):
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def test_it_agrees_with_the_book_and_the_package():
    citation, config = read("CITATION.cff"), read("_config.yml")
    assert citation["title"] == config["title"]
    assert [each["name"] for each in citation["authors"]] == [config["author"]]
    assert citation["version"] == cnnlab.__version__
    assert citation["repository-code"] == config["repository"]["url"]
    assert citation["url"] == pages_url(config["repository"]["url"])
    assert str(citation["date-released"].year) == config["copyright"]


def test_what_readers_are_told_to_cite_is_the_same():
    citation, page = read("CITATION.cff"), (ROOT / "book" / "how_to.md").read_text("utf-8")
    told = dict(re.findall(r"(?m)^  (\w+) += \{+(.+?)\}+,?$", page))
    assert told == {
        "author": citation["authors"][0]["name"],
        "title": citation["title"],
        "version": citation["version"],
        "year": str(citation["date-released"].year),
        "url": citation["url"],
    }
