"""Write the chapters' quizzes as files that Canvas and Moodle import.

python -m book._tools.quizzes           # every chapter, into _build/quizzes
python -m book._tools.quizzes 01 03     # only these

The questions are the list QUESTIONS in the cell tagged `quiz`. Each answer keeps its own feedback. In them
`*word*` is emphasis, `$…$` a formula and `&lt;` the sign <.
"""

import argparse
import contextlib
import html
import re
import sys
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from moodlexport.python_to_moodle import Answer as MoodleAnswer
from moodlexport.python_to_moodle import Category
from moodlexport.python_to_moodle import Question as MoodleQuestion
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from book._tools.chapters import ROOT, Notebook, chapters, read, tags
from book._tools.lint import questions

Question = dict[str, Any]

FORMULA_OR_EMPHASIS = re.compile(r"(\$[^$]+\$)|\*(\w[^*]*)\*")
# At the start of a text, Markdown takes these for a list or a heading: "34. of them", "- 1".
LEADING_MARK = re.compile(r"^(\d*)([.)+#-])(?=\s)")
# What Moodle would say beside the answer's own feedback; the library's default is French.
GENERAL_FEEDBACK = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


def title(notebook: Notebook) -> str:
    return str(notebook.cells[0].source.split("\n")[0].removeprefix("# "))


def asked(notebook: Notebook) -> list[Question]:
    """The questions of a chapter; ValueError for one that the two platforms cannot ask as it stands."""
    cells = [cell for cell in notebook.cells if "quiz" in tags(cell)]
    if len(cells) != 1:
        raise ValueError(f"{title(notebook)}: {len(cells)} cells are tagged `quiz`, and one should be")
    found = questions(cells[0].source)
    for number, question in enumerate(found, start=1):
        right = sum(answer.get("correct", False) for answer in question["answers"])
        if question["type"] != "multiple_choice" or right != 1:
            raise ValueError(
                f"{title(notebook)}, question {number}: type {question['type']} with {right} right answers; "
                "a file for Canvas and Moodle takes multiple_choice with 1"
            )
    return found


def canvas(name: str, asked: list[Question]) -> bytes:
    """A zip archive of QTI 1.2, as Canvas imports it."""
    lines = [f"Quiz title: {name}", "Shuffle answers: true"]
    for number, question in enumerate(asked, start=1):
        lines += ["", f"{number}. {in_markdown(question['question'])}"]
        for letter, answer in zip(ascii_lowercase, question["answers"], strict=False):
            star = "*" if answer["correct"] else ""
            lines.append(f"{star}{letter}) {in_markdown(answer['answer'])}")
            lines.append(f"... {in_markdown(answer['feedback'])}")
    return bytes(QTI(Quiz("\n".join(lines), config=Config())).zip_bytes())


def in_markdown(text: str) -> str:
    return LEADING_MARK.sub(r"\1\\\2", " ".join(text.split()))


def moodle(name: str, asked: list[Question], path: Path) -> None:
    """Write Moodle XML, a category of questions, into `path`; the library writes where the process stands."""
    category = Category(html.escape(name, quote=False).replace("/", "//"))  # one slash begins a subcategory
    for number, question in enumerate(asked, start=1):
        made = MoodleQuestion("multichoice")
        made.name(f"{number:02}")
        made.questiontext(in_html(question["question"]))
        for field in GENERAL_FEEDBACK:
            getattr(made, field)("")
        for answer in question["answers"]:
            choice = MoodleAnswer(in_html(answer["answer"]), answer["correct"])
            choice.feedback(in_html(answer["feedback"]))
            choice.addto(made)
        made.addto(category)
    with contextlib.chdir(path.parent):
        category.savexml(path.stem)


def in_html(text: str) -> str:
    """Text for the library, which puts it into a paragraph and turns `$…$` into what Moodle typesets."""
    escaped = html.escape(html.unescape(" ".join(text.split())), quote=False)
    return FORMULA_OR_EMPHASIS.sub(lambda found: found[1] or f"<em>{found[2]}</em>", escaped)


def write(chapter: Path, into: Path) -> int:
    """Write both files of a chapter; returns how many questions it has."""
    notebook = read(chapter)
    name, found = title(notebook), asked(notebook)
    for platform in ("canvas", "moodle"):
        (into / platform).mkdir(parents=True, exist_ok=True)
    stem = chapter.stem.replace("_", "-")  # as the library for Moodle writes it
    (into / "canvas" / f"{stem}.zip").write_bytes(canvas(name, found))
    moodle(name, found, into / "moodle" / f"{stem}.xml")
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="01 02 …; all of them if none is named")
    parser.add_argument("--into", type=Path, default=ROOT / "_build" / "quizzes")
    given = parser.parse_args()
    try:
        total = sum(write(path, given.into) for path in chapters(given.chapters))
    except (OSError, ValueError) as error:
        sys.exit(f"cnnlab: {error}")
    print(f"cnnlab: {total} questions for Canvas and for Moodle are in {given.into}")


if __name__ == "__main__":
    main()
