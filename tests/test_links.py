"""The repository's address stands in _config.yml; every other mention follows it."""

import shutil

import pytest

from book._tools import links

OURS = links.Address("someone", "their-book", "trunk")
NOTEBOOK = (
    '{"cells": [{"source": ["[![Colab](https://badge)](https://colab.research.google.com/github/cnnlab/cnnlab/blob/'
    'main/notebooks/07_old.ipynb)\\n", "%pip install -q --no-deps \\"cnnlab @ git+https://github.com/cnnlab/'
    'cnnlab@main\\" jupyterquiz\\n"]}]}\r\n'
)


def test_every_link_agrees_with_the_configuration():
    wrong = [
        f"{path.relative_to(links.ROOT)}:{number}: {line}"
        for path, old, new in links.changes()
        for number, line in links.differing_lines(old, new)
    ]
    assert not wrong, "run `make links`; these disagree with _config.yml:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://github.com/a/b", "https://github.com/someone/their-book"),
        ("see https://github.com/a/b.", "see https://github.com/someone/their-book."),
        ("git clone https://github.com/a/b.git", "git clone https://github.com/someone/their-book.git"),
        ("(https://github.com/a/b.c/issues)", "(https://github.com/someone/their-book/issues)"),
        ("https://github.com/a/b/blob/main/x.md", "https://github.com/someone/their-book/blob/trunk/x.md"),
        ("git+https://github.com/a/b@v1.2", "git+https://github.com/someone/their-book@trunk"),
        (
            "https://github.com/a/b/actions/workflows/test.yml/badge.svg?branch=main",
            "https://github.com/someone/their-book/actions/workflows/test.yml/badge.svg?branch=trunk",
        ),
        (
            "https://raw.githubusercontent.com/a/b/main/x",
            "https://raw.githubusercontent.com/someone/their-book/trunk/x",
        ),
        ("https://a.github.io/b/x.html", "https://someone.github.io/their-book/x.html"),
        ("https://github.com/pytorch/pytorch/blob/main/x", "https://github.com/pytorch/pytorch/blob/main/x"),
        ("https://example.org/a/b", "https://example.org/a/b"),
    ],
)
def test_each_form_of_link(before, after):
    assert links.rewritten(before, OURS) == after
    assert links.rewritten(after, OURS) == after


def test_a_notebook_keeps_its_bytes_and_its_badge_opens_itself():
    changed = links.rewritten(NOTEBOOK, OURS, "01_convolution.ipynb")
    assert changed == (
        NOTEBOOK.replace("cnnlab/cnnlab", "someone/their-book")
        .replace("/main/", "/trunk/")
        .replace("@main", "@trunk")
        .replace("07_old", "01_convolution")
    )


@pytest.fixture
def copy(tmp_path):
    """The files with links, as they are, in a place where they may be changed."""
    for path in {path for pattern in [*links.FILES, "_config.yml"] for path in links.ROOT.glob(pattern)}:
        (tmp_path / path.relative_to(links.ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(links.ROOT))
    (tmp_path / "notebooks").mkdir(exist_ok=True)
    (tmp_path / "notebooks" / "99_planted.ipynb").write_bytes(NOTEBOOK.encode())
    return tmp_path


def rewrite(root):
    for path, _, new in links.changes(root):
        path.write_bytes(new.encode())


def test_another_address_reaches_every_file(copy):
    config = copy / "_config.yml"
    old = links.address(copy)
    config.write_text(
        config.read_text()
        .replace(f"https://github.com/{old.owner}/{old.name}", "https://github.com/someone/their-book")
        .replace(f"branch: {old.branch}", "branch: trunk")
    )
    assert links.address(copy) == OURS
    rewrite(copy)
    assert not list(links.changes(copy))
    left = [path for pattern in links.FILES for path in copy.glob(pattern)]
    assert not [path for path in left if f"{old.owner}/{old.name}" in path.read_text()]


@pytest.mark.parametrize("name", ["README.md", "pyproject.toml", "book/preface.md", "notebooks/01_x.ipynb"])
def test_a_planted_wrong_link_is_found(copy, name):
    rewrite(copy)
    with (copy / name).open("a") as file:
        file.write("\nhttps://github.com/somebody-else/cnnlab/issues\n")
    (path, old, new), *others = links.changes(copy)
    assert (path, others) == (copy / name, [])
    assert [line for _, line in links.differing_lines(old, new)] == [
        "https://github.com/somebody-else/cnnlab/issues"
    ]


@pytest.mark.parametrize(
    "url", ["https://example.org/a/b", "https://github.com/a", "https://github.com/a/b/c"]
)
def test_an_address_that_is_no_repository_is_refused(copy, url):
    (copy / "_config.yml").write_text(f"repository: {{url: {url}, branch: main}}")
    with pytest.raises(ValueError, match="OWNER/NAME"):
        links.address(copy)
