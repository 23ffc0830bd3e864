"""The marks of one submission: what was computed in the sandbox, judged outside of it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.handout import Handout
from cnnlab.grading.outcome import FULL, NOTHING, Ran, Response, Skipped, draw_cases, is_drawn, run, target
from cnnlab.grading.sandbox import Plain

BROKEN = "not Python that can be read"
LONG = 50_000  # characters of code: nobody needs as many
MESSAGES = {
    "timed out": "It did not end within {} seconds. Is there a loop that goes on for ever?",
    "out of memory": "It asked for more memory than there is. How large are the arrays it makes?",
    "ended": "It is not a notebook that can be read.",
    "crashed": "Its process ended without a value that can be read, or gave far too much.",
}
LOOK = 2**16  # bytes in which it shows what was handed in instead
INSTEAD = {  # what is handed in by mistake, by how it begins
    rb"\s*\Z": " It is empty.",
    rb"%PDF": " It is a PDF.",
    rb"\x1f\x8b|7z\xbc\xaf|Rar!": " It is an archive, and of those only .zip is opened.",
    rb"\s*<[!?a-zA-Z]": " It is a web page.",
    rb"version https://git-lfs": " It only says where Git LFS keeps one.",
    rb"(?ms).*^<{7} ": " It has the marks of a merge that was not ended.",
    rb"\s*[{\[]": " What a notebook has is missing or damaged in it.",
    rb"\s*(#|---|\"{3}|'{3}|%|!|import |from |def |class |@)": (
        " It is a script or a text: whatever saves a notebook as one saves it as .ipynb too (Colab: File, "
        "Download, Download .ipynb)."
    ),
}


class Mark(NamedTuple):
    """What a student gets for one exercise, and why."""

    exercise: str
    points: int
    out_of: int
    status: str = FULL
    message: str = ""
    misconception: str = ""
    owner: str = ""  # of the draw that somebody else's answer belongs to
    given: str = ""  # the wrong number, of a drawn exercise
    right: str = ""  # the number that is right for the reader, of a drawn exercise
    claimed: bool = False  # whether the notebook's own output says that it passed
    detail: str = ""  # the smallest failing case with what was expected: for the instructor alone


class Job(NamedTuple):
    """One submission and all that its marks depend on."""

    student: str
    reader: str  # the name that *count it* draws from
    notebook: bytes
    problem: str  # why there is no notebook; empty where there is
    exercises: tuple[str, ...]
    handout: Handout
    seed: str


class Marked(NamedTuple):
    """A submission and its marks: a line of the journal."""

    student: str
    key: str  # of the file's content and its reader: what the marks depend on
    marks: list[Mark]
    answers: str  # the student's own cells, to compare with those of others
    reader: str  # what the notebook calls its reader
    seconds: float
    skipped: Sequence[str] = ()  # what was left out, and why: for the instructor alone


def mark_one(sandbox: Plain, job: Job) -> Marked:
    """The marks of one submission, whatever it holds."""
    started = time.monotonic()
    try:
        if job.problem:
            raise ValueError(job.problem)
        ran = run(sandbox, job.notebook, job.exercises, job.handout, job.seed, job.reader)
        marks = [mark(ran, name, job, sandbox.seconds) for name in job.exercises]
    except ValueError as problem:
        said = job.problem or MESSAGES.get(str(problem), str(problem)).format(sandbox.seconds)
        said += instead(job.notebook) if str(problem) == "ended" else ""
        ran, marks = NOTHING, unreadable(job, said)
    except Exception as error:
        said = f"The grader itself failed on this file: {type(error).__name__}: {error}"
        ran, marks = NOTHING, [nothing(name, "grader failed", said) for name in job.exercises]
    seconds = round(time.monotonic() - started, 3)
    skipped = [f"{place_of(each)} was left out: {reason_of(each)}." for each in ran.skipped]
    return Marked(job.student, fingerprint(job), marks, own_text(ran), ran.reader, seconds, skipped)


def fingerprint(job: Job) -> str:
    """What a submission's marks depend on, beside what is the same for the class."""
    digest = hashlib.sha256(job.notebook)
    digest.update(f"\0{job.reader}\0{job.problem}".encode(errors="backslashreplace"))
    return digest.hexdigest()


def unreadable(job: Job, said: str) -> list[Mark]:
    return [nothing(name, "unreadable file", said) for name in job.exercises]


def instead(data: bytes) -> str:
    """What a file that is no notebook is, as far as its beginning shows it."""
    return next((what for begins, what in INSTEAD.items() if re.match(begins, data[:LOOK])), "")


def nothing(name: str, status: str, message: str = "") -> Mark:
    return Mark(name, 0, EXERCISES[name].points, status, message)


def own_text(ran: Ran) -> str:
    """The cells that are the student's own, to compare with those of others: as many as are short enough."""
    sizes = accumulate(map(len, ran.cells.values()))
    return "\n".join(text for text, size in zip(ran.cells.values(), sizes, strict=True) if size <= LONG)


def mark(ran: Ran, name: str, job: Job, seconds: int) -> Mark:
    """The mark of one exercise: of what was handed in, what is right, else the last."""
    responses = ran.responses.get(name, [])
    cases = draw_cases(name, job.reader if is_drawn(name) else job.seed)
    judged = [judge_response(name, cases, each, ran, seconds) for each in responses]
    best = max(reversed(judged), key=lambda each: each.points, default=absent(ran, name, seconds))
    right = str(core.expect(EXERCISES[name].reference, cases[0])) if is_drawn(name) else ""
    return best._replace(claimed=name in ran.passed and not best.points, right=right)


def judge_response(name: str, cases: Sequence[core.Case], response: Response, ran: Ran, seconds: int) -> Mark:
    if not response.answers:
        return nothing(name, response.status, MESSAGES[response.status].format(seconds))
    exercise = EXERCISES[name]
    verdict = core.judge(exercise, cases, response.answers)
    if verdict.status == "passed":
        return Mark(name, exercise.points, exercise.points)
    # Two ways to make one mistake share its sentence, and count under the first one's name.
    named = {each.says: which for which, each in reversed(exercise.misconceptions.items())}
    status = next((each.status for each in response.answers if each.status != FULL), FULL)
    # The shape of an array is a message too: an answer chooses its own, and the right one is expected.
    message = re.sub("^The shape is .*", "The array does not have the right shape.", verdict.message)
    value = response.answers[0].value
    return Mark(
        name, 0, exercise.points, status, message + because(ran, message), named.get(verdict.message, ""),
        given=str(value) if is_drawn(name) and value is not None else "",
        detail="\n".join(filter(None, [verdict.message, verdict.detail])),
    )  # fmt: skip


def because(ran: Ran, message: str) -> str:
    """Why a name is not there: the statement that would have made it, and what became of that."""
    missing = re.search(r"`(\w+)` is not there", message)
    for each in ran.skipped if missing else ():
        if missing and missing[1] in each.names:
            return f" {said_of(each)}"
    return ""


def said_of(skipped: Skipped) -> str:
    return f"{place_of(skipped)}, which would make it, was left out: {reason_of(skipped)}."


def place_of(skipped: Skipped) -> str:
    return f"Cell {skipped.cell}, line {skipped.line}" if skipped.cell else "The chapter's own text"


def reason_of(skipped: Skipped) -> str:
    lacked = f": `{skipped.missing}` is not there" if skipped.missing else ""
    return f"{skipped.error or skipped.status}{lacked}"


def absent(ran: Ran, name: str, seconds: int) -> Mark:
    """The mark where nothing was handed in: not attempted, or in a cell or statement that could not run."""
    wanted = target(name)
    if wanted in ran.broken:
        newer = ran.broken[wanted]
        said = f"written for Python {newer}, and this class run has an older one" if newer else BROKEN
        return nothing(name, "syntax error", f"The cell that should hold `{wanted}` is {said}.")
    for each in ran.skipped:
        if wanted in each.names and each.missing != wanted:  # the check of a stub that nobody touched
            return nothing(name, each.status, f"`{wanted}` was not made. {said_of(each)}")
    if ran.ended:
        return nothing(name, ran.ended, MESSAGES.get(ran.ended, MESSAGES["crashed"]).format(seconds))
    return nothing(name, "not attempted")
