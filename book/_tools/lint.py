"""What every chapter has in common, as rules that say which cell breaks them.

    python -m book._tools.lint           # every chapter; tests/test_lint.py asks the same
    python -m book._tools.lint 01

A rule takes a `Chapter` and yields one sentence for each fault. It looks at the committed file only and
executes nothing: what needs a kernel is in tests/test_chapters.py and notebooks/conftest.py.
"""

import ast
import json
import re
import socket
import sys
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager
from PIL import Image

from book._tools import claims, record
from book._tools.chapters import (
    EXERCISE,
    HOW_TO,
    IGNORED,
    MEASURED,
    ROOT,
    Cell,
    Notebook,
    chapters,
    exercise_name,
    label,
    read,
    tags,
)
from book._tools.goals import exercises_by_line
from book._tools.seeds import Row, faults, recorded, uncontrolled
from book._tools.traced import Computed, asked, printed, published, untraced
from cnnlab.grading.handout import APPARATUS
from cnnlab.grading.notebook import bound, needed

OPENING = ["You will learn", "Before you start"]
CLOSING = ["Check yourself", "Your progress", "Summary", "Further reading"]
MAX_LINES, MAX_WIDTH = 15, 79  # of a code cell; blank lines are free, comments and docstrings are not
MAX_BYTES = 1_500_000
MAX_MINUTES, MAX_MIB = 1.0, 2048
MIN_QUESTIONS, MIN_EXERCISES, MIN_ALT = 4, 6, 20
NOT_ATTEMPTED = "not attempted yet"
DIGITS = ("1,797", "1,347", "450")  # images: all of scikit-learn's digits, and the two parts of `split`


class Chapter(NamedTuple):
    """A notebook and what it is held against."""

    path: Path
    notebook: Notebook
    exercises: Collection[str]  # the names in the chapter's module of cnnlab.exercises
    published: Collection[str] = ()  # numbers as papers print them
    seeds: Collection[Row] = ()  # for how many seeds its claims hold
    register: str | None = None  # the text of its register of claims, if it has one
    learn: Mapping[str, Sequence[str]] = {}  # the exercises that test each line of *You will learn*

    @property
    def cells(self) -> list[Cell]:
        return list(self.notebook.cells)

    def at(self, index: int, sentence: str) -> str:
        return f"{self.path.name}, {label(self.notebook, index)}: {sentence}"

    def code(self) -> list[tuple[int, Cell]]:
        return [(index, cell) for index, cell in enumerate(self.cells) if cell.cell_type == "code"]

    def tagged(self, tag: str) -> list[int]:
        return [index for index, cell in enumerate(self.cells) if tag in tags(cell)]


Rule = Callable[[Chapter], Iterator[str]]


# Form -----------------------------------------------------------------------------------------------


def headings(markdown: str) -> list[tuple[int, str]]:
    """(level, text) of every heading outside fenced code."""
    text = re.sub(r"(?ms)^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$", "", markdown)
    return [(len(marks), title.strip()) for marks, title in re.findall(r"(?m)^(#{1,6})\s+(.+)$", text)]


def sections(chapter: Chapter) -> list[str]:
    """The level-2 section in which each cell ends; "" before the first."""
    current, ends = "", []
    for cell in chapter.cells:
        if cell.cell_type == "markdown":
            current = ([title for level, title in headings(cell.source) if level == 2] or [current])[-1]
        ends.append(current)
    return ends


def section_text(chapter: Chapter, name: str) -> str:
    """The Markdown under a level-2 heading, without the heading."""
    markdown = "\n\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    found = re.search(rf"(?ms)^## {re.escape(name)}[ \t]*$(.*?)(?=^## |\Z)", markdown)
    return found[1].strip() if found else ""


def file_name(chapter: Chapter) -> Iterator[str]:
    if not re.fullmatch(r"\d\d_[a-z0-9_]+\.ipynb", chapter.path.name):
        yield f"{chapter.path.name}: a chapter is named NN_slug.ipynb, in lower case"


def title(chapter: Chapter) -> Iterator[str]:
    """The title, then one paragraph that makes a reader want the rest, then the goals."""
    first = chapter.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield chapter.at(0, "the first cell is the title, `# …`")
        return
    every = [
        level for cell in chapter.cells if cell.cell_type == "markdown" for level, _ in headings(cell.source)
    ]
    if every.count(1) != 1:
        yield chapter.at(0, f"a chapter has one title, not {every.count(1)} headings of level 1")
    start = "\n\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    hook = re.split(r"(?m)^## ", start)[0].partition("\n")[2]
    paragraphs = [text for text in re.split(r"\n\s*\n", hook) if text.strip()]
    if len(paragraphs) != 1:
        yield chapter.at(0, f"the hook after the title is one paragraph, not {len(paragraphs)}")


def order(chapter: Chapter) -> Iterator[str]:
    names = [
        text
        for cell in chapter.cells
        if cell.cell_type == "markdown"
        for level, text in headings(cell.source)
        if level == 2
    ]
    wanted = OPENING + CLOSING
    for name in wanted:
        if names.count(name) != 1:
            yield f"{chapter.path.name}: the section `## {name}` occurs {names.count(name)} times, not once"
    if all(names.count(name) == 1 for name in wanted):
        if names[:2] != OPENING or names[-4:] != CLOSING:
            yield f"{chapter.path.name}: the sections stand in another order than {wanted}: {names}"
        elif len(names) == len(wanted):
            yield f"{chapter.path.name}: there is no section between {OPENING[1]!r} and {CLOSING[0]!r}"


def lines_of(chapter: Chapter) -> list[str]:
    """The lines of *You will learn*, each without its bullet, its line breaks and what ends it."""
    found = re.findall(r"(?m)^[-*+] (.*(?:\n[ \t]+\S.*)*)", section_text(chapter, OPENING[0]))
    return [" ".join(line.split()).rstrip(";.,") for line in found]


def goals(chapter: Chapter) -> Iterator[str]:
    lines = lines_of(chapter)
    if not 3 <= len(lines) <= 5:
        yield f"{chapter.path.name}: `## {OPENING[0]}` lists 3 to 5 things, not {len(lines)}"


def promises(chapter: Chapter) -> Iterator[str]:
    """What is promised is asked for: each line has its exercises, and each exercise a line."""
    lines, told = lines_of(chapter), chapter.learn
    yield from (f"{chapter.path.name}: no exercise tests {line!r}" for line in lines if not told.get(line))
    yield from (f"{chapter.path.name}: it has no line {line!r}" for line in told if line not in lines)
    testing = {name for names in told.values() for name in names}
    for name in sorted(testing - {*chapter.exercises}):
        yield f"{chapter.path.name}: {name!r} is to test a line, and is no exercise of this chapter"
    for name in sorted({*chapter.exercises} - testing):
        yield f"{chapter.path.name}: {name!r} tests no line of `## {OPENING[0]}`: say which as its `goal`"


def measured(chapter: Chapter) -> Iterator[str]:
    """The line that `make notebooks` keeps true."""
    lines = MEASURED.findall(section_text(chapter, OPENING[1]))
    if len(lines) != 1:
        line = "Runs offline on two cores in **0.0 minutes** with **0 MiB**."
        yield f"{chapter.path.name}: `## {OPENING[1]}` says once `{line}`; `make notebooks` puts numbers in"
    for minutes, mib in lines:
        if beyond := beyond_limits(float(minutes), int(mib)):
            yield f"{chapter.path.name}: {beyond}"


def beyond_limits(minutes: float, mib: int) -> str:
    """What a run took, in a sentence, if that is more than a chapter may take; otherwise ""."""
    if 0 < minutes <= MAX_MINUTES and 0 < mib <= MAX_MIB:
        return ""
    return (
        f"{minutes} minutes and {mib} MiB were measured; allowed are {MAX_MINUTES} minutes and {MAX_MIB} MiB"
    )


def closing(chapter: Chapter) -> Iterator[str]:
    if not section_text(chapter, "Summary"):
        yield f"{chapter.path.name}: the summary is empty"
    if "{cite" not in section_text(chapter, "Further reading"):
        yield f"{chapter.path.name}: `## Further reading` cites nothing with {{cite}}`key`"


# Code cells -----------------------------------------------------------------------------------------


def python(source: str) -> str:
    """A cell's text, its magics turned into calls of `get_ipython()`."""
    return str(TransformerManager().transform_cell(source))  # type: ignore[no-untyped-call]


def parsed(source: str) -> ast.Module:
    return ast.parse(python(source))


def literals(node: ast.AST) -> str:
    """Every string within a node, in one: the command line of a magic."""
    return " ".join(
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


RUNS_A_PROGRAM = {"run_line_magic", "run_cell_magic", "system", "getoutput", "popen", "Popen", "check_call"}
RUNS_A_PROGRAM |= {"check_output", "call", "run"}
INSTALLER = re.compile(r"\b(?:pip3?|conda|mamba|uv|apt|apt-get)\b.*\binstall\b")


def installs(tree: ast.AST) -> list[ast.Call]:
    """The calls within a tree that install something, whichever way they are spelt."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute | ast.Name)
        and (call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id) in RUNS_A_PROGRAM
        and INSTALLER.search(literals(call))
    ]


def guarded_by_colab(tree: ast.Module) -> list[ast.Call]:
    """Those of `installs` that can only happen in Colab."""
    return [
        call
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "'google.colab' in sys.modules"
        for statement in node.body
        for call in installs(statement)
    ]


def setup(chapter: Chapter) -> Iterator[str]:
    """One cell sets up, it is the first, and it names the reader."""
    places = chapter.tagged("setup")
    if len(places) != 1:
        yield f"{chapter.path.name}: one cell is tagged `setup`, not {len(places)}"
        return
    index = places[0]
    if index != chapter.code()[0][0] or sections(chapter)[index] != OPENING[1]:
        yield chapter.at(index, f"the setup cell is the first code cell, under `## {OPENING[1]}`")
    if "READER = 'reader'" not in map(ast.unparse, parsed(chapter.cells[index].source).body):
        yield chapter.at(index, 'the setup cell says READER = "reader"')
    if chapter.cells[index].outputs:
        yield chapter.at(index, "the setup cell prints something: outside Colab it only imports")


def install(chapter: Chapter) -> Iterator[str]:
    """One install, in the setup cell, in Colab only, and never of torch."""
    found = [(index, call) for index, cell in chapter.code() for call in installs(parsed(cell.source))]
    if len(found) != 1:
        yield f"{chapter.path.name}: a chapter installs once, in its setup cell, not {len(found)} times"
    for index, call in found:
        if index not in chapter.tagged("setup"):
            yield chapter.at(index, "only the setup cell may install something")
        tree = parsed(chapter.cells[index].source)
        if ast.dump(call) not in map(ast.dump, guarded_by_colab(tree)):
            yield chapter.at(index, 'it must install only under `if "google.colab" in sys.modules:`')
        yield from (chapter.at(index, sentence) for sentence in bad_install(literals(call)))


def bad_install(command: str) -> Iterator[str]:
    if "--no-deps" not in command.split():
        yield "without --no-deps it could replace Colab's torch: `pip install -q --no-deps …`"
    if re.search(r"(?i)(?<![\w-])torch", command):
        yield "it must never install torch: Colab has its own"
    if re.search(r"(?<!\S)(?:-r|--requirement|-c|--constraint)\b", command):
        yield "it must name what it installs, not a file of requirements"


def length(chapter: Chapter) -> Iterator[str]:
    """Quiz cells hold data and may be long; nothing may be wide."""
    for index, cell in chapter.code():
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > MAX_LINES and "quiz" not in tags(cell):
            yield chapter.at(index, f"{len(lines)} lines of code, more than {MAX_LINES}")
        for line in lines:
            if len(line) > MAX_WIDTH:
                yield chapter.at(
                    index, f"a line is {len(line)} wide, more than {MAX_WIDTH}: {line.strip()[:30]}…"
                )


def plotting(chapter: Chapter) -> Iterator[str]:
    for index, cell in chapter.code():
        for node in ast.walk(parsed(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] in {"matplotlib", "pylab", "seaborn"} for name in names):
                yield chapter.at(index, "plotting lives in cnnlab.figures: no import of matplotlib here")


# Outputs --------------------------------------------------------------------------------------------


def counts(chapter: Chapter) -> Iterator[str]:
    """Without execution counts nbval compares nothing and passes. Behind a new cell all are wrong."""
    for expected, (index, cell) in enumerate(chapter.code(), start=1):
        if cell.execution_count != expected:
            yield chapter.at(
                index, f"its execution count is {cell.execution_count}, not {expected}: run `make notebooks`"
            )
            return


def shows(statement: ast.stmt, last: bool) -> bool:
    """Whether a statement of a cell surely has an output; a call may return None, so it only may have."""
    if not isinstance(statement, ast.Expr) or isinstance(statement.value, ast.Constant):
        return False
    match statement.value:
        case ast.Call(ast.Name("print" | "display" | "check" | "solution" | "progress" | "display_quiz")):
            return True
        case ast.Call() | ast.Await() | ast.Yield():
            return False
    return last


def outputs(chapter: Chapter) -> Iterator[str]:
    for index, cell in chapter.code():
        body = parsed(cell.source).body
        if not cell.outputs and any(shows(statement, statement is body[-1]) for statement in body):
            yield chapter.at(index, "its output is missing: run `make notebooks`")
        for output in cell.outputs:
            if output.output_type == "error":
                yield chapter.at(index, f"it stopped with {output.ename}: {output.evalue}")


def compared(chapter: Chapter) -> Iterator[str]:
    """Nothing may slip past nbval but by the one tag, and a check may not even by that."""
    for index, cell in chapter.code():
        for tag in sorted(tags(cell) & {"nbval-skip", "raises-exception", "skip-execution"}):
            yield chapter.at(index, f"the tag `{tag}` hides the cell from nbval")
        if re.search(r"(?m)^\s*#+\s*(?:NBVAL_|PYTEST_VALIDATE_)", cell.source):
            yield chapter.at(index, "what nbval ignores is said by the cell's tags, not in its code")
        if IGNORED in tags(cell) and "check" in tags(cell):
            yield chapter.at(index, f"the verdict of a check is compared: no `{IGNORED}` here")
        if IGNORED in tags(cell) and claims_nothing(cell):
            yield chapter.at(index, "what is not compared is asserted: no `assert` stands in it")


def claims_nothing(cell: Cell) -> bool:
    """An ignored cell with random ids (HTML) shows; any other trained or timed something, and must hold."""
    shown = any("text/html" in output.get("data", {}) for output in cell.outputs)
    return not shown and not any(isinstance(node, ast.Assert) for node in ast.walk(parsed(cell.source)))


class Images(HTMLParser):
    """The alternative texts of an HTML output's images; "" for one that has none."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in {"img", "video", "svg"} and attributes.get("aria-hidden") != "true":
            self.alts.append(attributes.get("alt") or attributes.get("aria-label") or "")


def alts(cell: Cell) -> list[str]:
    """The alternative text of each figure a cell shows."""
    found: list[str] = []
    stated = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    for output in cell.outputs:
        data = output.get("data", {})
        found += [stated] * any(kind.startswith("image/") for kind in data)
        found += Images(data.get("text/html", "")).alts
    return found


def alt_text(chapter: Chapter) -> Iterator[str]:
    """One figure a cell, said in words that no other figure has."""
    seen: set[str] = set()
    for index, cell in chapter.code():
        if len(alts(cell)) > 1:
            yield chapter.at(index, f"it shows {len(alts(cell))} figures; alt text is said for one a cell")
        for alt in alts(cell)[:1]:
            if fault := bad_alt(alt, seen):
                yield chapter.at(index, f"its figure's alt text {fault} (metadata mystnb: image: alt)")
            seen.add(alt)


def opaque(chapter: Chapter) -> Iterator[str]:
    """A transparent figure is unreadable in the other colour mode of the book."""
    for index, cell in chapter.code():
        for output in cell.outputs:
            png = output.get("data", {}).get("image/png")
            if png and np.asarray(Image.open(BytesIO(b64decode(png))).convert("RGBA"))[..., 3].min() < 255:
                yield chapter.at(index, "its figure is transparent: give it a background")


def bad_alt(alt: str, seen: Collection[str]) -> str:
    if not alt.strip():
        return "is missing"
    if re.search(r"(?i)\.(?:png|svg|jpe?g|gif)\b", alt):
        return f"is a file's name, {alt!r}"
    if len(alt.strip()) < MIN_ALT:
        return f"says too little, {alt!r}"
    return f"is another figure's, {alt[:30]!r}" if alt in seen else ""


def private_names() -> re.Pattern[str]:
    """What only the machine has that executed the notebook: its folders, its name, its process numbers."""
    folders = ["/home/", "/root/", "/tmp/", "/Users/", "site-packages", f"{ROOT}/", f"{Path.home()}/"]
    names = [re.escape(folder) for folder in folders] + [
        r"ipykernel_\d+",
        r"[A-Z]:\\+Users",
        r"0x[0-9a-f]{8,}",
    ]
    host = socket.gethostname()
    return re.compile("|".join(names + [rf"\b{re.escape(host)}\b"] * (len(host) > 4 and host != "localhost")))


def machine(chapter: Chapter) -> Iterator[str]:
    for index, cell in chapter.code():
        text = re.sub(r"base64,[\w+/=\\]+", "", json.dumps([visible(output) for output in cell.outputs]))
        if found := private_names().search(text):
            yield chapter.at(index, f"its output tells of the machine it ran on: {found[0]!r}")


def visible(output: Any) -> dict[str, Any]:
    data = {kind: value for kind, value in output.get("data", {}).items() if not kind.startswith("image/")}
    return {**output, "data": data}


def size(chapter: Chapter) -> Iterator[str]:
    if (found := chapter.path.stat().st_size) > MAX_BYTES:
        yield f"{chapter.path.name}: the file has {found:,} bytes, more than {MAX_BYTES:,}"


# Quiz and exercises ---------------------------------------------------------------------------------


EMPHASIS = re.compile(r"(?<![\w*])\*\w[^*\n]*\*(?![\w*])")


def questions(source: str) -> list[dict[str, Any]]:
    """The literal that a quiz cell assigns to QUESTIONS; ValueError if there is none."""
    for node in parsed(source).body:
        match node:
            case ast.Assign([ast.Name("QUESTIONS")], value):
                return list(ast.literal_eval(value))
    raise ValueError("the quiz cell holds no literal `QUESTIONS = [...]`")


def quiz(chapter: Chapter) -> Iterator[str]:
    places = chapter.tagged("quiz")
    if len(places) != 1 or sections(chapter)[places[0]] != CLOSING[0]:
        yield f"{chapter.path.name}: one cell is tagged `quiz`, under `## {CLOSING[0]}`"
        return
    source = chapter.cells[places[0]].source
    try:
        asked = questions(source)
    except ValueError as error:
        yield chapter.at(places[0], str(error))
        return
    if "remove-input" not in tags(chapter.cells[places[0]]):
        yield chapter.at(places[0], "its answers can be read in the book: tag it `remove-input`")
    if "display_quiz(QUESTIONS" not in source:
        yield chapter.at(places[0], "it does not show its questions with display_quiz(QUESTIONS)")
    if len(asked) < MIN_QUESTIONS:
        yield chapter.at(places[0], f"{len(asked)} questions, fewer than {MIN_QUESTIONS}")
    for number, question in enumerate(asked, start=1):
        yield from (chapter.at(places[0], f"question {number} {fault}") for fault in bad_question(question))


def bad_question(question: dict[str, Any]) -> Iterator[str]:
    """A question has a right answer and a wrong one, and each wrong one is told its own why."""
    answers = question.get("answers", [])
    if found := EMPHASIS.search(str(question)):
        yield f"shows its stars: jupyterquiz has no emphasis, and here is {found[0]}"
    wrong = [answer for answer in answers if not answer.get("correct")]
    if not question.get("question", "").strip():
        yield "asks nothing"
    if len(wrong) == len(answers):
        yield "has no right answer"
    if not wrong:
        yield "has no wrong answer"
    said = [answer.get("feedback", "").strip() for answer in wrong]
    for answer, feedback in zip(wrong, said, strict=True):
        name = answer.get("answer", answer.get("value", answer.get("type")))
        if not feedback:
            yield f"has no feedback for the wrong answer {name!r}"
        elif said.count(feedback) > 1:
            yield f"gives the wrong answer {name!r} the same feedback as another"


def exercises(chapter: Chapter) -> Iterator[str]:
    """Stub, check, solution: three cells in a row for each exercise of the chapter's module."""
    stubs = chapter.tagged("exercise")
    if len(stubs) < MIN_EXERCISES:
        yield f"{chapter.path.name}: {len(stubs)} exercises, fewer than {MIN_EXERCISES}"
    for index in stubs:
        yield from (chapter.at(index, fault) for fault in bad_exercise(chapter, index))
    for tag, offset in (("check", 1), ("solution", 2)):
        for index in sorted(set(chapter.tagged(tag)) - {stub + offset for stub in stubs}):
            yield chapter.at(index, f"this {tag} cell follows no exercise")


def apart(chapter: Chapter) -> Iterator[str]:
    """Each exercise closes a part of the body: under a heading of its own, before another heading."""
    texts = [cell.source if cell.cell_type == "markdown" else "" for cell in chapter.cells]
    headed = [index for index, text in enumerate(texts) if text.startswith(EXERCISE)]
    begun = {index - ("draw" in tags(chapter.cells[index - 1])) - 1 for index in chapter.tagged("exercise")}
    for index in sorted({*headed} - begun):
        yield chapter.at(index, "what stands under this heading is no exercise")
    for index in sorted(begun - {*headed}):
        yield chapter.at(index + 1, f"an exercise stands right under its heading, `{EXERCISE}…`")
    for index in chapter.tagged("solution"):
        if not "".join(texts[index + 1 : index + 2]).startswith("#"):
            yield chapter.at(index, "behind an exercise begins another part, with a heading")
    if not [text for text in texts if text.startswith(HOW_TO)]:
        yield f"{chapter.path.name}: no cell says how the exercises work: {HOW_TO.strip()} …"


def shadowed(chapter: Chapter) -> Iterator[str]:
    """No later cell of the chapter needs a name that a reader's answer has taken."""
    taken: set[str] = set()
    for index, cell in chapter.code():
        given = {name for statement in parsed(cell.source).body for name in bound(statement)}
        if "exercise" in tags(cell):
            taken |= given
        elif not tags(cell) & APPARATUS:
            for name in sorted(needed(python(cell.source)) & taken - given):
                yield chapter.at(index, f"{name!r} is a reader's answer by now: give it another name here")
            taken -= given


def every_exercise_once(chapter: Chapter) -> Iterator[str]:
    """The notebook and the chapter's module hold the same exercises."""
    names = [name_of(chapter.cells[index]) for index in chapter.tagged("check")]
    for name in sorted({*filter(None, names), *chapter.exercises}):
        here, there = names.count(name), name in chapter.exercises
        if not there:
            near = get_close_matches(name, chapter.exercises, n=1)
            asked = f"; did you mean {near[0]!r}?" if near else ""
            yield f"{chapter.path.name}: {name!r} is checked, and its module's `EXERCISES` has it not{asked}"
        elif here != 1:
            yield f"{chapter.path.name}: the exercise {name!r} is checked {here} times, not once"


def name_of(check_cell: Cell) -> str:
    try:
        return exercise_name(check_cell)
    except (SyntaxError, ValueError):
        return ""


def bad_exercise(chapter: Chapter, index: int) -> Iterator[str]:
    if sections(chapter)[index] in {*OPENING, *CLOSING}:
        yield "an exercise stands in the section of the body that teaches what it needs"
    if not is_stub(chapter.cells[index].source):
        yield "a stub raises NotImplementedError or assigns ..., and does nothing else"
    followers = chapter.cells[index + 1 : index + 3]
    if [sorted(tags(cell) & {"check", "solution"}) for cell in followers] != [["check"], ["solution"]]:
        yield "an exercise is directly followed by its check cell and its solution cell"
        return
    name = name_of(followers[0])
    if not name:
        yield 'its check cell must end in check("name", answer)'
    elif followers[1].source.strip() != f'solution("{name}")':
        yield f'its solution cell must be solution("{name}")'
    if NOT_ATTEMPTED not in output_text(followers[0]):
        yield f"its check does not read {NOT_ATTEMPTED!r}"


def is_stub(source: str) -> bool:
    """Whether a cell leaves its work to the reader: every function raises, or the answer is still `...`."""
    body = [node for node in parsed(source).body if not isinstance(node, ast.Import | ast.ImportFrom)]
    open_ends = [node for node in body if leaves_open(node)]
    return bool(open_ends) and all(isinstance(node, ast.Assign) or node in open_ends for node in body)


def leaves_open(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef(body=[*_, ast.Raise(exc)]) if exc is not None:
            return "NotImplementedError" in ast.unparse(exc)
        case ast.Assign(value=ast.Constant(value)):
            return value is ...
    return False


def output_text(cell: Cell) -> str:
    """What a cell's outputs say in plain text."""
    return "\n".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell.outputs
    )


# Numbers --------------------------------------------------------------------------------------------


def numbers(chapter: Chapter) -> Iterator[str]:
    for index, number in untraced(chapter.notebook, chapter.published):
        yield chapter.at(
            index, f"nothing computes the number {number!r}: no output prints it, nor a source cited here"
        )


def seeds(chapter: Chapter) -> Iterator[str]:
    """What was trained holds for nine of ten seeds, and that was counted with the code as it stands."""
    yield from (f"{chapter.path.name}: {fault}" for fault in faults(chapter.notebook, chapter.seeds))


def long_run(chapter: Chapter) -> Iterator[str]:
    """What took too long for the chapter was recorded with the code as it stands."""
    found = record.faults(chapter.notebook, chapter.path.name[:2])
    yield from (f"{chapter.path.name}: {fault}" for fault in found)


def register(chapter: Chapter) -> Iterator[str]:
    """Every claim is registered, and under its negative control it came out false."""
    number, text = chapter.path.name[:2], chapter.register
    if text is None:
        if claims.seeded(chapter.notebook):
            yield f"{chapter.path.name}: its claims are not registered in book/_data/claims/{number}.yml"
        return
    found = list(claims.faults(chapter.notebook, text))
    if not found:
        entries = claims.register(chapter.notebook, text)
        found = [*uncontrolled(entries, chapter.seeds), *uncomputed(chapter, entries)]
    yield from (f"{chapter.path.name}, register of claims: {fault}" for fault in found)


def uncomputed(chapter: Chapter, entries: list[claims.Claim]) -> Iterator[str]:
    """Its sentences stand in the chapter: their numbers are held to what its prose is held to."""
    computed = Computed([*printed(chapter.notebook), *chapter.published, *DIGITS])
    for entry in entries:
        said = "\n\n".join([entry.says, entry.varies, entry.equal, *entry.controls, entry.scale])
        for quantity in asked(said):
            if quantity not in computed:
                yield f"{entry.claim!r}: nothing computes the number {quantity.text!r}"


RULES: tuple[Rule, ...] = (
    file_name, title, order, goals, promises, measured, closing,
    setup, install, length, plotting,
    counts, outputs, compared, alt_text, opaque, machine, size,
    quiz, exercises, apart, shadowed, every_exercise_once, numbers, seeds, long_run, register,
)  # fmt: skip


def lint(chapter: Chapter) -> list[str]:
    """Every fault of a chapter, a sentence each."""
    return [fault for rule in RULES for fault in rule(chapter)]


def as_chapter(path: Path) -> Chapter:
    """A chapter of the book, held against its module of exercises and against the ledger."""
    from cnnlab.exercises import EXERCISES

    number, notebook = path.name[:2], read(path)
    names = [name for name, exercise in EXERCISES.items() if exercise.chapter == number]
    register, learn = claims.text_of(number), exercises_by_line(number, EXERCISES)
    return Chapter(path, notebook, names, published(notebook), recorded(number), register, learn)


if __name__ == "__main__":
    found = [fault for path in chapters(sys.argv[1:]) for fault in lint(as_chapter(path))]
    print("\n".join(found) or "cnnlab: the chapters have the form they should have")
    sys.exit(bool(found))
