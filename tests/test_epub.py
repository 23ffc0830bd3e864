"""The book as an EPUB: what a page without scripts shows. `make epub` builds all of it and asks epubcheck."""

import json
from types import SimpleNamespace
from xml.etree import ElementTree

import nbformat
import pytest
import small_chapter
from bs4 import BeautifulSoup
from docutils import nodes
from nbformat.v4 import new_output

from book._tools import epub, quizzes
from book._tools.chapters import chapters, exercise_name, read, tags

PLAYER = """<figure class="cnnlab-animation"><img src="x"/><button>Play</button></figure>
<script>
  const root = 1, frames = {frames}, captions = {captions};
  play();
</script>"""


def player(count):
    frames, captions = [f"png{n}" for n in range(count)], [f"a [{n}]; b" for n in range(count)]
    return PLAYER.format(frames=json.dumps(frames), captions=json.dumps(captions))


@pytest.mark.parametrize(("count", "steps"), [(16, [0, 8, 15]), (2, [0, 1]), (1, [0])])
def test_an_animation_is_its_key_frames_each_with_its_caption(count, steps):
    notebook = small_chapter.notebook()
    cell = small_chapter.code("slide()", new_output("execute_result", data={"text/html": player(count)}))
    notebook.cells.append(cell)
    page = BeautifulSoup(epub.edition(notebook).cells[-1].outputs[0].data["text/html"], "html.parser")
    assert [image["src"] for image in page.find_all("img")] == [
        f"data:image/png;base64,png{step}" for step in steps
    ]
    assert [each.text for each in page.find_all("figcaption")] == [
        f"Step {step + 1} of {count}: a [{step}]; b" for step in steps
    ]


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem[:2])
def test_a_chapter_asks_and_the_appendix_answers(path):
    published = read(path)
    edition, answers = epub.edition(published), epub.appendix([published])
    nbformat.validate(edition)
    shown = "\n".join(cell.source for cell in edition.cells if "remove-cell" not in tags(cell))
    assert "display_quiz(" not in shown
    assert "cnnlab-animation" not in str(edition.cells)
    for question in quizzes.asked(published):
        for answer in question["answers"]:
            assert f"- {answer['answer']}\n" in shown + "\n"
            assert answer["feedback"] not in shown
            assert f"{'✓' if answer['correct'] else '✗'} {answer['answer']}. {answer['feedback']}" in answers
    names = [exercise_name(cell) for cell in published.cells if "check" in tags(cell)]
    assert all(f"**Solution of `{name}`**" in answers for name in names)
    assert not any(f'{call}("{name}"' in shown for name in names for call in ("check", "solution"))


def test_a_page_is_closed_unfolded_and_without_scripts():
    page = epub.tidied(
        "<details><summary><p>Open me</p><svg><path/></svg></summary><p>hidden</p></details><br>"
        '<svg viewBox="0 0 1 1"><rect/></svg><script>x()</script><style>p {}</style><button>go</button>'
        '<p id="same">a</p><p id="same" role="doc-biblioentry">b</p>'
    )
    tree = ElementTree.fromstring(f"<body>{page}</body>")
    names = [each.tag.rpartition("}")[2] for each in tree.iter()]
    assert names == ["body", "div", "div", "p", "br", "svg", "rect", "p", "p"]
    assert [each.get("viewBox") for each in tree.iter("{http://www.w3.org/2000/svg}svg")] == ["0 0 1 1"]
    assert [each.get("id") for each in tree.findall("p")] == ["same", None]
    assert "role=" not in page


def test_a_link_asks_no_script():
    """A page of the site reads what stands behind the question mark; in an EPUB that is no address."""
    page = epub.tidied(
        '<a href="ledger.html?source=He+%282016a%29#ledger">a</a><a href="../notebooks/01.xhtml#x">b</a>'
        '<a href="https://example.org/a.html?b=c">c</a>'
    )
    assert [each["href"] for each in BeautifulSoup(page, "html.parser").find_all("a")] == [
        "ledger.xhtml#ledger",
        "../notebooks/01.xhtml#x",
        "https://example.org/a.html?b=c",
    ]


@pytest.mark.parametrize("name", ["aligned", "split"])
def test_a_formula_of_several_lines_is_a_table_without_its_tabs(name):
    page = SimpleNamespace(body=[])
    with pytest.raises(nodes.SkipNode):
        epub.block(
            page, nodes.math_block("", rf"\begin{{{name}}} a &= b \\ c &= \frac{{d}}{{e}} \end{{{name}}}")
        )
    math = BeautifulSoup(page.body[0], "html.parser")
    assert len(math.find_all("mtr")) == 2
    assert math.find("mfrac").text == "de"
    assert "&" not in math.text


def test_the_ledgers_files_are_named_and_not_linked():
    line = "| {download}`A paper <../src/cnnlab/published/sources/a.csv>` | 3 |"
    assert epub.DOWNLOAD.sub(r"\1 (`\2`)", line) == "| A paper (`src/cnnlab/published/sources/a.csv`) | 3 |"


@pytest.mark.parametrize(
    ("style", "taken"),
    [("_static/networks.css", False), ("_static/mystnb.4510.css", False), ("_static/book.css", True)],
)
def test_a_page_names_no_style_of_the_site(style, taken):
    context = {"css_files": [SimpleNamespace(filename=style)]}
    epub.as_page_without_scripts(None, "", "", context, None)
    assert bool(context["css_files"]) == taken


def test_a_table_from_outside_of_the_book_comes_along(tmp_path):
    """The command line's page takes what other counters print from the tests."""
    epub.bring(tmp_path)
    brought = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert brought == ["tests/reference/counters_by_layer.csv"]
