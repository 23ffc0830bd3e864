"""What a reader sees of an exercise: each result prints as text and, in a notebook, as HTML.

The classes carry the book's style sheet; the one inline rule is for Colab, which has no such sheet.
"""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

from cnnlab.exercises.core import Judgement

# status: (mark, headline, colour of the bar, class)
LOOKS = {
    "passed":        ("✓", "passed",            "#1a7f4b", "passed"),
    "failed":        ("✗", "not right yet",     "#b3402a", "failed"),
    "not attempted": ("○", "not attempted yet", "#7a8194", "pending"),
}  # fmt: skip


class Verdict(NamedTuple):
    """The outcome of one `check`."""

    name: str
    out_of: int
    judgement: Judgement

    @property
    def points(self) -> int:
        return self.out_of if self.judgement.status == "passed" else 0

    @property
    def headline(self) -> str:
        mark, headline, *_ = LOOKS[self.judgement.status]
        return f"{mark} {self.name}: {headline} ({self.points} of {points_name(self.out_of)})"

    def __repr__(self) -> str:
        return "\n".join(filter(None, [self.headline, self.judgement.message, self.judgement.detail]))

    def _repr_html_(self) -> str:
        *_, colour, css_class = LOOKS[self.judgement.status]
        message = f"<p>{escape(self.judgement.message)}</p>" if self.judgement.message else ""
        detail = f"<pre>{escape(self.judgement.detail)}</pre>" if self.judgement.detail else ""
        bar = f"border-left: 4px solid {colour}; padding: 0.3em 0.9em"
        return (
            f'<div class="cnnlab-verdict {css_class}" style="{bar}">'
            f"<strong>{escape(self.headline)}</strong>{message}{detail}</div>"
        )


class Task(NamedTuple):
    """What `draw` drew for a reader; `values` are the arguments of the reference solution."""

    name: str
    reader: str
    values: dict[str, Any]
    question: str

    @property
    def number(self) -> int:
        """Tells draws apart at a glance; the same reader always has the same one."""
        import hashlib  # here, as a sandbox that shows no task starts in less time

        return 1000 + int(hashlib.sha256(f"{self.name}/{self.reader}".encode()).hexdigest(), 16) % 9000

    def __repr__(self) -> str:
        return f"Task {self.number} for {self.reader}.\n{self.question}"

    def _repr_html_(self) -> str:
        head = f"Task {self.number} for {escape(self.reader)}."
        return f'<div class="cnnlab-task"><strong>{head}</strong><p>{escape(self.question)}</p></div>'


class Solution(NamedTuple):
    """A reference solution, folded until it is opened."""

    name: str
    source: str

    def __repr__(self) -> str:
        return self.source

    def _repr_html_(self) -> str:
        return (
            f'<details class="cnnlab-solution"><summary>Solution of {escape(self.name)}</summary>'
            f'<pre tabindex="0">{escape(self.source)}</pre></details>'
        )


class Progress(NamedTuple):
    """A chapter's exercises with the points earned so far."""

    chapter: str
    verdicts: list[Verdict]

    @property
    def total(self) -> str:
        earned = sum(verdict.points for verdict in self.verdicts)
        return f"Chapter {self.chapter}: {earned} of {points_name(sum(v.out_of for v in self.verdicts))}"

    def __repr__(self) -> str:
        return "\n".join([self.total, *(verdict.headline for verdict in self.verdicts)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{' '.join(LOOKS[v.judgement.status][:2])}</td><td>{escape(v.name)}</td>"
            f"<td>{v.points} of {v.out_of}</td></tr>"
            for v in self.verdicts
        )
        head = '<tr><th scope="col">State</th><th scope="col">Exercise</th><th scope="col">Points</th></tr>'
        return (
            f'<table class="cnnlab-progress"><caption>{escape(self.total)}</caption>'
            f"<thead>{head}</thead><tbody>{rows}</tbody></table>"
        )


def points_name(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"
