"""What `check` says to wrong answers that people gave: most are told their real mistake, none another one."""

from collections import Counter

import pytest
from wrong_answers import ANSWERS, WrongAnswer

from cnnlab.exercises import EXERCISES

CHAPTERS = sorted({exercise.chapter for exercise in EXERCISES.values()})
SHARE = 0.8  # that are told their mistake by name
ASKED = 0.95  # of the exercises, at least: their wrong answers come from people who tried them
# What an answer does on its way to a wrong result is part of it: dividing by zero, say.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def shares():
    """The named and all wrong answers, by chapter."""
    every = Counter(answer.chapter for answer in ANSWERS)
    named = Counter(answer.chapter for answer in ANSWERS if answer.named)
    return {chapter: (named[chapter], every[chapter]) for chapter in CHAPTERS}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_wrong_answer_is_told_its_mistake_and_never_another(chapter):
    answers = [answer for answer in ANSWERS if answer.chapter == chapter]
    assert [answer[:2] for answer in answers if not answer.is_answered_well()] == []


def test_four_of_five_wrong_answers_are_told_by_name():
    for chapter, (named, every) in shares().items():
        print(f"{chapter}: {named} of {every}")
    named, every = map(sum, zip(*shares().values(), strict=True))
    assert named >= SHARE * every


def test_an_exercise_has_ten_wrong_answers_each_another_mistake():
    """A new one has none until people have tried it; few are new."""
    counts = Counter(answer.exercise for answer in ANSWERS)
    few = {name: count for name, count in counts.items() if count < 10}
    assert not few, f"write ten wrong answers each, in tests/wrong_answers/chNN.py: {few}"
    assert len(counts) >= ASKED * len(EXERCISES), f"nobody has tried {EXERCISES.keys() - counts.keys()}"
    mistakes = Counter((answer.exercise, answer.mistake) for answer in ANSWERS)
    assert [mistake for mistake, times in mistakes.items() if times > 1 or not mistake[1]] == []


@pytest.mark.parametrize(
    ("named", "well"),
    [
        (["one forgotten"], True),
        (["padding ignored", "one forgotten"], True),
        (["padding ignored"], False),
        ([], False),
    ],
)
def test_a_name_that_is_not_true_is_seen(named, well):
    right = EXERCISES["output_size"].reference
    answer = WrongAnswer("output_size", "One is forgotten.", lambda *sizes: right(*sizes) - 1, tuple(named))
    assert answer.is_answered_well() == well


def test_a_wrong_answer_that_passes_is_seen():
    right = EXERCISES["count_macs"].reference
    assert not WrongAnswer("count_macs", "None.", right, ()).is_answered_well()
