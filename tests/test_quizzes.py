"""The quizzes as Canvas and Moodle import them: read back, each says what the chapter's own quiz says.

Both are read by their formats' own rules (QTI 1.2's response processing, Moodle's fractions), not by what
wrote them.
"""

import html
import io
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pytest
import small_chapter
from bs4 import BeautifulSoup

from book._tools import quizzes
from book._tools.chapters import ROOT, chapters, read

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"
PACKAGE = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"
CURLY = str.maketrans("“”‘’", "\"\"''")  # text2qti sets quotation marks as a printer would


def words(markup):
    """What a reader sees; a formula as its TeX, whichever way the platform sets it."""
    soup = BeautifulSoup(markup, "html.parser")
    for image in soup.find_all("img"):
        image.replace_with(f"${image['data-equation-content']}$")
    text = soup.get_text().removeprefix(r"\(\)").replace(r"\(", "$").replace(r"\)", "$")
    return " ".join(text.translate(CURLY).split())


def expected(asked):
    """(question, answers, their feedback, the right answer's place), the stars of emphasis taken off."""
    return [
        (
            plain(question["question"]),
            [plain(answer["answer"]) for answer in question["answers"]],
            [plain(answer["feedback"]) for answer in question["answers"]],
            [answer["correct"] for answer in question["answers"]].index(True),
        )
        for question in asked
    ]


def plain(text):
    parts = html.unescape(text).split("$")  # on the page `&lt;` is how a question says <
    parts[::2] = [re.sub(r"(?<!\s)\*|\*(?!\s)", "", part) for part in parts[::2]]
    return " ".join("$".join(parts).split())


def from_canvas(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        manifest = ElementTree.fromstring(files.read("imsmanifest.xml"))
        named = [file.get("href") for file in manifest.iter(PACKAGE + "file")]
        assert named
        assert set(named) <= set(files.namelist())
        quiz = next(name for name in named if not name.endswith("meta.xml"))
        tree = ElementTree.fromstring(files.read(quiz))
    items = list(tree.iter(QTI + "item"))
    idents = [item.get("ident") for item in items]
    assert len(set(idents)) == len(items), "Canvas takes two of one name for one question"
    return tree.find(QTI + "assessment").get("title"), [from_item(item) for item in items]


def from_item(item):
    said = {
        each.get("ident"): words(each.find(f".//{QTI}mattext").text)
        for each in item.iter(QTI + "itemfeedback")
    }
    choices = {
        each.get("ident"): words(each.find(f".//{QTI}mattext").text)
        for each in item.iter(QTI + "response_label")
    }
    feedback, right = {}, []
    for condition in item.iter(QTI + "respcondition"):
        chosen = condition.find(f".//{QTI}varequal").text
        for shown in condition.iter(QTI + "displayfeedback"):
            feedback[chosen] = said[shown.get("linkrefid")]
        if condition.find(QTI + "setvar") is not None:
            assert condition.find(QTI + "setvar").text == "100"
            right.append(chosen)
    [answer] = right
    question = words(item.find(f"{QTI}presentation/{QTI}material/{QTI}mattext").text)
    return question, list(choices.values()), [feedback[each] for each in choices], list(choices).index(answer)


def from_moodle(path):
    category, *asked = ElementTree.parse(path).getroot()
    assert category.get("type") == "category"
    return category.findtext("category/text"), [from_question(question) for question in asked]


def from_question(question):
    assert (question.get("type"), question.findtext("single")) == ("multichoice", "true")
    answers = question.findall("answer")
    fractions = [float(answer.get("fraction")) for answer in answers]
    assert sorted(fractions) == [0.0] * (len(answers) - 1) + [100.0]
    for field in ("generalfeedback", "correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        assert not question.findtext(f"{field}/text")
    return (
        words(question.findtext("questiontext/text")),
        [words(answer.findtext("text")) for answer in answers],
        [words(answer.findtext("feedback/text")) for answer in answers],
        fractions.index(100.0),
    )


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem[:2])
def test_every_question_answer_and_feedback_comes_back(path, tmp_path):
    notebook = read(path)
    want = expected(quizzes.asked(notebook))
    assert quizzes.write(path, tmp_path) == len(want)
    [archive], [xml] = tmp_path.glob("canvas/*.zip"), tmp_path.glob("moodle/*.xml")
    assert archive.stem == xml.stem == path.stem.replace("_", "-")
    name = notebook.cells[0].source.split("\n")[0].removeprefix("# ")
    assert from_canvas(archive.read_bytes()) == (name, want)
    assert from_moodle(xml) == (f"$module$/top/{name}", want)


HARD = [
    "Is a < b & b > c, or is &lt; a word?",
    "34. of them",
    "- 1 is less than 0",
    r"How large is $\frac{n - k}{s} + 1$ for 3 * 4 * 5 numbers?",
    r"Is $a*b*c < d$ the same as *this* one?",
    "# is a sign, a_b_c a name",
    "two\n  lines",
]


@pytest.mark.parametrize("text", HARD)
def test_what_means_something_to_markdown_xml_or_tex_is_text(text, tmp_path):
    answers = [
        {"answer": f"{text} Yes", "correct": False, "feedback": f"{text} No."},
        {"answer": text, "correct": True, "feedback": text},
    ]
    asked = [{"question": text, "type": "multiple_choice", "answers": answers}]
    assert from_canvas(quizzes.canvas("A & B", asked)) == ("A & B", expected(asked))
    quizzes.moodle("A & B/C", asked, tmp_path / "hard.xml")
    assert from_moodle(tmp_path / "hard.xml") == ("$module$/top/A & B//C", expected(asked))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"correct": False', '"correct": True', r"A chapter, question 1: .* with 2 right answers"),
        ("multiple_choice", "numeric", r"A chapter, question 1: type numeric with 1 right"),
    ],
)
def test_what_the_platforms_cannot_ask_is_a_sentence(old, new, says):
    notebook = small_chapter.notebook()
    [cell] = [cell for cell in notebook.cells if "quiz" in cell.metadata.get("tags", [])]
    cell.source = cell.source.replace(old, new)
    with pytest.raises(ValueError, match=says):
        quizzes.asked(notebook)
    notebook.cells.remove(cell)
    with pytest.raises(ValueError, match="0 cells are tagged `quiz`"):
        quizzes.asked(notebook)


def test_the_command_says_how_many_there_are_and_which_chapter_is_missing(tmp_path):
    command = [sys.executable, "-m", "book._tools.quizzes", "--into", tmp_path / "out"]
    ran = subprocess.run([*command, "01"], capture_output=True, text=True, cwd=ROOT)
    count = len(quizzes.asked(read(chapters(["01"])[0])))
    assert ran.stdout == f"cnnlab: {count} questions for Canvas and for Moodle are in {tmp_path / 'out'}\n"
    ran = subprocess.run([*command, "77"], capture_output=True, text=True, cwd=ROOT)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False)
    assert "no chapter 77" in ran.stderr
