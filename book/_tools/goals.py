"""Which exercises test which line of *You will learn*: learn.yml says it, or the exercise itself."""

from collections.abc import Mapping
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from cnnlab.exercises.core import Exercise

LEARN = Path(__file__).resolve().parents[1] / "_data" / "learn.yml"


def exercises_by_line(number: str, exercises: Mapping[str, Exercise]) -> dict[str, list[str]]:
    """The names of a chapter's exercises, by the line that they test."""
    lines: dict[str, list[str]] = yaml.safe_load(LEARN.read_text("utf-8")).get(number, {})
    for name, exercise in exercises.items():
        if exercise.chapter == number and exercise.goal:
            lines[exercise.goal] = [*lines.get(exercise.goal, []), name]
    return lines
