"""Every chapter has the form of a chapter, and each rule of the linter catches what it is there for."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from small_chapter import LEARN, alt, chapter, code, exercise, figure, text

from book._tools import traced
from book._tools.chapters import ROOT, chapters
from book._tools.lint import RULES, as_chapter, lint
from book._tools.traced import Computed, asked


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_chapter(path):
    assert not lint(as_chapter(path))


def test_there_are_chapters_to_lint():
    assert chapters(), "an empty list would pass every test of this file"


def test_the_small_chapter_breaks_no_rule(tmp_path):
    assert lint(chapter(tmp_path)) == []


def test_the_book_says_what_is_in_the_small_chapter(tmp_path):
    """A rule that finds nothing to look at passes: here each has something."""
    made = chapter(tmp_path)
    assert [len(made.tagged(tag)) for tag in ("setup", "quiz", "exercise", "check")] == [1, 1, 6, 6]


# The tests of the tests: one fault, one sentence --------------------------------------------------------


def at(made, start):
    """The first cell whose source begins so."""
    return next(cell for cell in made.cells if cell.source.startswith(start))


def replace(start, old, new):
    """A change of one cell: `old` becomes `new`."""

    def change(made):
        cell = at(made, start)
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def tagged(start, *tags):
    return lambda made: at(made, start).metadata.update(tags=list(tags))


def insert(before, *cells):
    """New cells before the one that begins with `before`; executed as if they had always been there."""

    def change(made):
        place = made.cells.index(at(made, before))
        made.cells[place:place] = [cell.copy() for cell in cells]
        renumber(made)

    return change


def renumber(made):
    for number, cell in enumerate([cell for cell in made.cells if cell.cell_type == "code"], start=1):
        cell.execution_count = number


def with_alt(words):
    return lambda made: at(made, "show()").metadata.update(mystnb=alt(words))


def output(start, *outputs):
    return lambda made: at(made, start).update(outputs=list(outputs))


def swap(one, other):
    def change(made):
        first, second = at(made, one), at(made, other)
        first.source, second.source = second.source, first.source

    return change


def drop(start):
    def change(made):
        made.cells.remove(at(made, start))
        renumber(made)

    return change


def html(markup):
    return new_output("display_data", data={"text/html": markup})


def counted(start, count):
    return lambda made: at(made, start).update(execution_count=count)


INSTALL = 'get_ipython().system("pip install -q --no-deps cnnlab@https://example.org")'
GUARD = 'if "google.colab" in sys.modules:\n    get'
FAULTS = {
    # form
    "no title": (replace("# A ch", "# A ch", "A ch"), "the first cell is the title"),
    "two titles": (replace("## A body", "## A body", "# A body"), "a chapter has one title, not 2"),
    "two hooks": (
        replace("# A ch", "One", "One.\n\nTwo"),
        "the hook after the title is one paragraph, not 2",
    ),
    "no hook": (replace("# A ch", "One paragraph that makes you read on.", ""), "is one paragraph, not 0"),
    "no section": (replace("## Summ", "## Summary", "### Summary"), "`## Summary` occurs 0 times"),
    "section twice": (replace("## A body", "## A body", "## Summary"), "`## Summary` occurs 2 times"),
    "order": (swap("## Summary", "## Further"), "the sections stand in another order"),
    "no body": (replace("## A body", "## A", "### A"), "no section between 'Before you start'"),
    "two goals": (replace("## You", "\n- more", ""), "lists 3 to 5 things, not 2"),
    "six goals": (replace("## You", "- more", "- a\n- b\n- c\n- d"), "lists 3 to 5 things, not 6"),
    "a new goal": (replace("## You", "- this", "- this, and more"), "no exercise tests 'this, and more'"),
    "a goal gone": (replace("## You", "- this", "- this, and more"), "it has no line 'this'"),
    "no measured line": (replace("## Before", "Runs offline", "Runs"), "says once `Runs offline"),
    "too slow": (replace("## Before", "**0.3 m", "**1.1 m"), "1.1 minutes and 310 MiB were measured"),
    "too large": (replace("## Before", "**310", "**2049"), "0.3 minutes and 2049 MiB were measured"),
    "no summary": (replace("## Summary", "\n\nAll of it.", ""), "the summary is empty"),
    "cites nothing": (replace("## Further", "{cite}", ""), "cites nothing"),
    # setup and install
    "no setup": (tagged("import sys"), "one cell is tagged `setup`, not 0"),
    "setup late": (insert("import sys", code("x = 1")), "the setup cell is the first code cell"),
    "setup prints": (output("import sys", text("hello")), "the setup cell prints something"),
    "no reader": (replace("import sys", 'READER = "reader"', 'READER = "me"'), 'says READER = "reader"'),
    "no install": (replace("import sys", INSTALL, "pass"), "installs once, in its setup cell, not 0"),
    "second install": (replace("print(3", "print", "!pip install --no-deps x\nprint"), "not 2 times"),
    "install elsewhere": (
        replace("print(3", "print", "!pip install --no-deps x\nprint"),
        "only the setup cell",
    ),
    "unguarded": (replace("import sys", GUARD, "get"), 'only under `if "google.colab" in sys.modules:`'),
    "wrong guard": (replace("import sys", '"google.colab" in', '"torch" not in'), "must install only under"),
    "with dependencies": (replace("import sys", "--no-deps ", ""), "without --no-deps"),
    "installs torch": (replace("import sys", "-q ", "-q torch==2.13 "), "never install torch"),
    "installs torchvision": (replace("import sys", "-q ", "-q 'torchvision' "), "never install torch"),
    "installs a file": (
        replace("import sys", "cnnlab@", "-r requirements.txt cnnlab@"),
        "not a file of requi",
    ),
    # code
    "long cell": (replace("print(3", "print", "x = 1\n" * 15 + "print"), "16 lines of code, more than 15"),
    "wide line": (replace("print(3", ")", ")  # " + "x" * 70), "a line is 86 wide"),
    "wide quiz": (replace("QUEST", '"no"', f'"{"no" * 20}"'), "wide, more than 79"),
    "matplotlib": (
        replace("print(3", "print", "import matplotlib.pyplot as plt\nprint"),
        "no import of matplotlib",
    ),
    "pyplot": (
        replace("print(3", "print", "from matplotlib import pyplot\nprint"),
        "no import of matplotlib",
    ),
    # outputs
    "no count": (counted("print(3", None), "its execution count is None, not 2"),
    "wrong count": (counted("print(3", 7), "its execution count is 7, not 2"),
    "no output": (lambda made: at(made, "solution").update(outputs=[]), "its output is missing"),
    "no value": (insert("### Exercise: one", code("x = 1\nx + 1")), "its output is missing"),
    "error": (
        output("print(3", text("34848"), new_output("error", ename="ValueError", evalue="no")),
        "ValueError: no",
    ),
    "skipped": (tagged("print(3", "nbval-skip"), "`nbval-skip` hides the cell"),
    "may raise": (tagged("print(3", "raises-exception"), "`raises-exception` hides the cell"),
    "ignored in code": (
        replace("print(3", "print", "# NBVAL_IGNORE_OUTPUT\nprint"),
        "said by the cell's tags",
    ),
    "ignored and not asserted": (tagged("print(3", "nbval-ignore-output"), "no `assert` stands in it"),
    "ignored check": (tagged("check(", "check", "nbval-ignore-output"), "the verdict of a check is compared"),
    # figures
    "no alt": (lambda made: at(made, "show()").metadata.pop("mystnb"), "alt text is missing"),
    "file name": (with_alt("../_images/1d2c3b4a5f6e7d8c9b.png"), "alt text is a file's name"),
    "short alt": (with_alt("a rectangle"), "alt text says too little"),
    "same alt": (
        insert(
            "### Exercise: one", code("show()", figure(), mystnb=alt("A grey rectangle, lying on its side"))
        ),
        "alt text is another figure's",
    ),
    "two figures": (output("show()", figure(), figure(3)), "it shows 2 figures"),
    "no alt in HTML": (
        insert("### Exercise: one", code("animate()", html('<p><img src="a"></p>'))),
        "alt text is missing",
    ),
    "no alt in SVG": (
        insert("### Exercise: one", code("draw()", html("<svg></svg>"))),
        "alt text is missing",
    ),
    "transparent": (output("show()", figure(grey=128, mode="LA")), "its figure is transparent"),
    # the file
    "a folder": (
        output("print(3", text("34848 in /home/me/x.py")),
        "tells of the machine it ran on: '/home/'",
    ),
    "our folder": (output("print(3", text(f"34848 {ROOT}/src")), "tells of the machine"),
    "an address": (output("print(3", text("34848 <f at 0x7f3a5c0e1d30>")), "tells of the machine"),
    "large": (insert("### Exercise: one", new_markdown_cell("word " * 300_000)), "more than 1,500,000"),
    # quiz
    "open quiz": (tagged("QUEST", "quiz"), "its answers can be read in the book"),
    "no quiz": (tagged("QUEST"), "one cell is tagged `quiz`"),
    "no literal": (
        replace("QUEST", "QUESTIONS = [", "QUESTIONS = []\nOTHERS = ["),
        "0 questions, fewer than 4",
    ),
    "computed quiz": (replace("QUEST", "QUESTIONS = [", "QUESTIONS = 1 * ["), "malformed node"),
    "no questions": (replace("QUEST", "QUESTIONS = ", "ASKED = "), "no literal `QUESTIONS"),
    "not shown": (
        replace("QUEST", "display_quiz(QUESTIONS", "print(QUESTIONS"),
        "does not show its questions",
    ),
    "no feedback": (replace("QUEST", "Only for 0.", " "), "no feedback for the wrong answer 'yes'"),
    "asks nothing": (replace("QUEST", "Is 1 + 1 = 1?", ""), "question 1 asks nothing"),
    "no right answer": (replace("QUEST", "True", "False"), "question 1 has no right answer"),
    "stars": (replace("QUEST", "Only for 0.", "Only for *0*."), "question 1 shows its stars"),
    "no wrong answer": (replace("QUEST", "False", "True"), "question 1 has no wrong answer"),
    # exercises
    "five exercises": (tagged("def one"), "5 exercises, fewer than 6"),
    "exercise late": (insert("## Further", *exercise("seven")), "an exercise stands in the section of the"),
    "exercise early": (insert("import sys", *exercise("seven")), "an exercise stands in the section of the"),
    "no heading": (replace("### Exercise: one", "Exercise: one", "One"), "stands right under its heading"),
    "far heading": (insert("def one", new_markdown_cell("Think.")), "stands right under its heading"),
    "empty heading": (
        insert("### Exercise: one", new_markdown_cell("### Exercise: none\n\nRead on.")),
        "under this heading is no exercise",
    ),
    "text behind": (insert("### Exercise: two", new_markdown_cell("So much.")), "begins another part"),
    "code behind": (insert("## Check", code("x = 1")), "behind an exercise begins another part"),
    "answer needed": (
        insert("## Check", new_markdown_cell("## More"), code("def again():\n    return one(1)")),
        "'one' is a reader's answer by now",
    ),
    "untold": (drop("**Exercises**"), "no cell says how the exercises work"),
    "no check": (tagged("check(", "other"), "directly followed by its check cell and its solution"),
    "no solution": (insert('solution("one', new_markdown_cell("Hm.")), "directly followed by its check cell"),
    "lonely check": (
        insert("## Summary", code("check()", text("x"), tags=("check",))),
        "this check cell follows no exercise",
    ),
    "answered": (
        replace("def one", 'raise NotImplementedError("yours")', "return x"),
        "a stub raises NotImpl",
    ),
    "attempted": (output('check("one', text("one: passed")), "does not read 'not attempted yet'"),
    "no name": (replace('check("one', '"one"', "name"), 'must end in check("name", answer)'),
    "other solution": (replace('solution("one', "one", "two"), 'its solution cell must be solution("one")'),
    "twice": (replace('check("one', '"one"', '"two"'), "the exercise 'two' is checked 2 times, not once"),
    "missing": (replace('check("one', '"one"', '"two"'), "the exercise 'one' is checked 0 times, not once"),
    "unknown": (
        insert("## Summary", *exercise("seven")),
        "'seven' is checked, and its module's `EXERCISES` has it not",
    ),
    "misspelt": (insert("## Summary", *exercise("fourth")), "has it not; did you mean 'four'?"),
    # numbers
    "untraced": (replace("## A body", "34,848", "34,849"), "nothing computes the number '34,849'"),
    "untraced unit": (replace("## A body", "35K", "36K"), "nothing computes the number '36K'"),
    # seeds
    "not counted": (
        insert("### Exercise: one", code("SEED = 0\nassert SEED < 9", tags=("seeded",))),
        "its claims were not counted",
    ),
    # long runs
    "not recorded": (
        insert("### Exercise: one", code("def record():\n    yield {}", tags=("record",))),
        "its long run was never recorded",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(fault, tmp_path):
    change, sentence = FAULTS[fault]
    found = lint(chapter(tmp_path, change))
    assert any(sentence in line for line in found), found
    assert all(re.match(r"90_small\.ipynb(, cell \d+ \(.+\))?: \S", line) for line in found), found


def test_a_wrong_file_name_is_named(tmp_path):
    assert lint(chapter(tmp_path, name="Small.ipynb")) == [
        "Small.ipynb: a chapter is named NN_slug.ipynb, in lower case"
    ]


def test_every_rule_has_a_planted_fault(tmp_path):
    """A rule without one could be deleted, or broken, and nobody would know."""
    changed = [
        chapter(tmp_path, change, f"{number:02}_x.ipynb")
        for number, (change, _) in enumerate(FAULTS.values())
    ]
    silent = {rule.__name__ for rule in RULES if not any(next(rule(one), None) for one in changed)}
    assert silent == {"file_name"}


def test_a_new_cell_is_one_fault_and_not_one_for_each_cell_behind_it(tmp_path):
    def shifted(made):
        for cell in made.cells:
            if cell.cell_type == "code":
                cell.execution_count += 1

    [found] = lint(chapter(tmp_path, shifted))
    assert "its execution count is 2, not 1: run `make notebooks`" in found


def test_a_stub_may_be_an_answer_to_a_draw(tmp_path):
    stub = 'task = draw("one", READER)\none = ...'
    assert lint(chapter(tmp_path, lambda made: at(made, "def one").update(source=stub))) == []


@pytest.mark.parametrize(
    ("learn", "sentence"),
    [
        ({}, "no exercise tests 'that, and more'"),
        (LEARN | {"this": []}, "no exercise tests 'this'"),
        (LEARN | {"this": ["one"]}, "'two' tests no line of `## You will learn`: say which as its `goal`"),
        (LEARN | {"this": ["one", "two", "seven"]}, "'seven' is to test a line, and is no exercise"),
        (LEARN | {"those": ["one"]}, "it has no line 'those'"),
    ],
)
def test_a_promise_without_an_exercise_is_named(learn, sentence, tmp_path):
    found = lint(chapter(tmp_path)._replace(learn=learn))
    assert any(sentence in line for line in found), found


def test_a_name_that_the_chapter_gives_anew_is_no_answer(tmp_path):
    more = new_markdown_cell("## More"), code("one = 1\nthree = one + 1"), code("two = one")
    assert lint(chapter(tmp_path, insert("## Check", *more))) == []


def test_an_exercise_may_begin_with_a_draw(tmp_path):
    drawn = insert("def one", code("draw('one', READER)", text("Task 1\n"), tags=("draw",)))
    assert lint(chapter(tmp_path, drawn)) == []


def test_a_quiz_may_be_long(tmp_path):
    made = chapter(tmp_path)
    assert max(len(cell.source.splitlines()) for _, cell in made.code()) > 15
    assert lint(made) == []


def test_what_is_timed_may_be_ignored_when_it_is_asserted(tmp_path):
    def change(made):
        at(made, "print(3").source += "\nassert 34848 > 3"
        at(made, "print(3").metadata["tags"] = ["nbval-ignore-output"]

    assert lint(chapter(tmp_path, change)) == []


def test_the_setup_cell_may_explain_the_reader(tmp_path):
    explained = replace("import sys", 'READER = "reader"', 'READER = "reader"  # your name here')
    assert lint(chapter(tmp_path, explained)) == []


def test_an_icon_is_no_figure(tmp_path):
    icon = insert("### Exercise: one", code("draw()", html('<svg aria-hidden="true"></svg>')))
    assert lint(chapter(tmp_path, icon)) == []


def test_base64_is_no_machine(tmp_path):
    image = '<img alt="A sentence long enough for it" src="data:image/png;base64,AA/home/tmp/AA">'
    animated = insert("### Exercise: one", code("animate()", html(image)))
    assert lint(chapter(tmp_path, animated)) == []


# Numbers in prose ---------------------------------------------------------------------------------------


ASKED = {
    "227×227 in, 55×55 out": ["227", "227"],
    "34,848 is 35K, or 35 K, or 0.035 million": ["34,848", "35K", "35 K", "0.035 million"],
    "2.25× fewer, 45 % less, 9× more": ["2.25×", "45 %", "9×"],
    "4.1 MB in 3 s or 0.3 minutes": ["4.1 MB", "3 s", "0.3 minutes"],
    "a 3×3 kernel, 16 outputs, 2 pixels, 3 + 2 = 5": [],
    "between 100–200 images": ["100", "200"],
    "300 thin 1\u202f024": ["300", "1\u202f024"],
    "a 224-pixel side": ["224"],
    r"$96 \cdot 11 \cdot 11 \cdot 3 = 34{,}848$": ["34,848"],
    r"$15\,470\,264$ and $35\,\text{K}$ but $2K$ and $27C^2$ and $100C$": ["15,470,264", "35 K", "100"],
    "$$\\frac{227 - 11}{4}$$": ["227"],
    "```{math}\nx = 123\n```": ["123"],
    "{math}`x = 123`": ["123"],
    "```{note}\n:width: 500\n555\n```": ["555"],
    "`1234`, {cite}`he2015`, ``a 555``": [],
    "```python\nx = 999\n```": [],
    "```{code-block} python\nx = 999\n```": [],
    "[text 555](https://example.org/999) <https://example.org/1000>": ["555"],
    "(He et al., 2015), arXiv:1512.03385, CVPR 2016, since 2012, In 1998": [],
    "in 2,016 windows, 2016 windows": ["2,016", "2016"],
    "ResNet-101, VGG16, CIFAR-100, H200": [],
    "Table 100, chapter 101, pages 1097–1105, lecture 003": [],
    "Python 3.11 and 1.0.4": [],
    "It costs 150. Or 160, perhaps": ["150", "160"],
    "Runs offline on two cores in **0.3 minutes** with **310 MiB**.": [],
    '<img width="300" alt="x">': [],
}


@pytest.mark.parametrize("markdown", ASKED)
def test_which_numbers_must_be_computed(markdown):
    assert [quantity.text for quantity in asked(markdown)] == ASKED[markdown]


COMPUTED = [
    # prose, output, whether the output computes it
    ("34,848", "34848", True),
    ("34,848", "(34,848)", True),
    ("34848", "34\u202f848", True),
    ("34,848", "134,848", False),
    ("35K", "34848", True),
    ("35K", "35 K params", True),
    ("34.8K", "34848", True),
    ("34.9K", "34848", False),
    ("35K", "35", False),
    ("35K", "params (K)\n35", True),
    ("35K", "kernel K\n35", False),
    ("62.4M", "62,378,344", True),
    ("62.4M", "62.4 million", True),
    ("2.25×", "2.25", True),
    ("2.25×", "2.2512", True),
    ("2.25×", "2.3", False),
    ("150", "149.6", True),
    ("45 %", "0.4512", True),
    ("45 %", "45.1 %", True),
    ("45 %", "45", False),
    ("4.1 MB", "4,100,000", False),
    ("4.1 MB", "4,100,000 bytes", True),
    ("4.0 MiB", "4,194,304 bytes", True),
    ("3 s", "3", False),
    ("3 s", "3.04 s", True),
    ("41 ms", "time (s)\n0.0412", True),
    ("41 ms", "0.0412 s", True),
    ("100", "1e2", True),
    ("9×", "9×9", True),
]


@pytest.mark.parametrize(("markdown", "printed", "expected"), COMPUTED)
def test_what_counts_as_computed(markdown, printed, expected):
    [quantity] = asked(markdown)
    assert (quantity in Computed([printed])) is expected


@pytest.mark.parametrize(
    "change",
    [
        output("print(3", html("<img alt='A sentence long enough' src='data:34848'>")),
        output("print(3", html("<script>34848</script>")),
        output("print(3", new_output("display_data", data={"text/plain": "<Figure size 34848x480>"})),
        tagged("print(3", "solution"),
        tagged("print(3", "quiz"),
    ],
)
def test_what_proves_nothing(change, tmp_path):
    assert any("34,848" in line for line in lint(chapter(tmp_path, change)))


def test_published_numbers_count(tmp_path):
    made = chapter(tmp_path, replace("## A body", "35K", "60M"))
    assert any("60M" in line for line in lint(made))
    assert lint(made._replace(published=["60M "])) == []


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """Two papers and a lecture, each with numbers of its own."""
    (tmp_path / "sources").mkdir()
    values = {
        "paper-one2012": "60M,\n4.1,MB",
        "paper-two2015": "138,M",
        "lecture-003": "37749,K",
        "lecture-004": "727,M",
    }
    for key, rows in values.items():
        (tmp_path / "sources" / f"{key}.csv").write_text(f"# title: A source\nvalue,unit\n{rows}\n")
    monkeypatch.setattr(traced, "LEDGER", tmp_path)


@pytest.mark.parametrize(
    ("markdown", "sources"),
    [
        ("AlexNet {cite:p}`one2012`", {"paper-one2012"}),
        ("{cite:t}`two2015, one2012` and {cite}`other`", {"paper-one2012", "paper-two2015"}),
        ("Lecture 003 says so", {"lecture-003"}),
        ("in lectures 001, 003 and 004", {"lecture-003", "lecture-004"}),
        ("a lecture, and one2012, and chapter 003", set()),
    ],
)
def test_what_a_chapter_cites(ledger, markdown, sources):
    notebook = new_notebook(cells=[new_markdown_cell(markdown), new_code_cell("# lecture 003")])
    assert traced.cited(notebook) == sources


def test_only_what_is_cited_vouches_for_a_number(ledger):
    """With their units: what another paper prints proves nothing."""
    notebook = new_notebook(cells=[new_markdown_cell("{cite:p}`one2012`")])
    computed = Computed(traced.published(notebook))
    assert all(quantity in computed for quantity in asked("60 million, 60M, 4.1 MB"))
    assert not any(quantity in computed for quantity in asked("61M, 4.2 MB, 138 million, 37,749K, 727"))


def test_a_chapter_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no chapter 99 in"):
        chapters(["99"])
