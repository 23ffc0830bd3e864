"""List what `check` says to each wrong answer: `python tests/wrong_answers [CHAPTER or EXERCISE …]`."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from wrong_answers import ANSWERS, WrongAnswer


def lines(answer: WrongAnswer) -> Iterator[str]:
    """The mistake, what would be true of it, and what was said; what differs is marked."""
    yield f"{'  ' if answer.is_answered_well() else '✗ '}{answer.exercise}: {answer.mistake}"
    yield f"    true:  {', '.join(answer.named) or '(no name)'}"
    for judgement in dict.fromkeys(answer.judgements()):
        name = answer.told(judgement)
        yield f"    said:  {name}" if name else f"    said:  ({judgement.status}) {judgement.message}"


def main(wanted: set[str]) -> None:
    warnings.simplefilter("ignore")
    answers = [each for each in ANSWERS if not wanted or {each.exercise, each.chapter} & wanted]
    if not answers:
        sys.exit(
            f"no wrong answers yet for {', '.join(sorted(wanted))}: ten each, in tests/wrong_answers/chNN.py"
        )
    for answer in answers:
        print(*lines(answer), "", sep="\n")
    for chapter in sorted({answer.chapter for answer in answers}):
        table(chapter, [answer for answer in answers if answer.chapter == chapter])
    table("all", answers)


def table(title: str, answers: list[WrongAnswer]) -> None:
    """Print how many wrong answers there are, are told a name, have a true one, and are not answered well."""
    told = sum(any(map(answer.told, answer.judgements())) for answer in answers)
    named = sum(bool(answer.named) for answer in answers)
    ill = sum(not answer.is_answered_well() for answer in answers)
    print(f"{title:>3}: {len(answers)} answers, {told} told a name, {named} have a true one, {ill} marked ✗")


if __name__ == "__main__":
    main(set(sys.argv[1:]))
