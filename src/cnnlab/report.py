"""A profile as one HTML file that opens from the disk: no script, no other file, nothing from a network.

`page("resnet50", profile(model))` is its text: the figures, MACs and bytes by stage, the memory while the
network runs, each operator's work beside the bytes that it moves, and the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10

from cnnlab.profiler import Profile, Row

__all__ = ["page"]

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 260, 70, 30  # of a drawing, and of its margins, in pixels
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #8c959f; --mark: #0b62b8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --line: #7d8590; --mark: #58a6ff; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; font-size: .85rem; display: block; overflow-x: auto; }
th, td { text-align: right; padding: .1rem .6rem; white-space: nowrap; }
tr { border-bottom: thin solid var(--line); }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
.axis { stroke: var(--line); fill: none; } .curve { stroke: var(--mark); fill: none; }
.mark { fill: var(--mark); }
"""


HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">{head}</head>
<body>{body}</body></html>
"""


def page(name: str, found: Profile) -> str:
    """The whole file as text, in UTF-8."""
    parts = [
        f"<h1>{escape(name)}</h1><p>{escape(found.summary())}</p>",
        "<h2>Where the work is</h2>" + _bars(found.stages(), "macs", "MACs"),
        "<h2>Where the bytes go</h2>" + _bars(found.stages(), "moved_bytes", "bytes read and written"),
        "<h2>Memory while it runs</h2>" + _timeline(found),
        "<h2>Work beside memory access</h2>" + _scatter(found.counted),
        "<h2>Every operator</h2>" + found.table()._repr_html_(),
    ]
    head = f"<title>{escape(name)}</title><style>{STYLE}</style>"
    return HTML.format(head=head, body="".join(parts))


def _drawing(title: str, marks: Iterable[str], height: int = HEIGHT) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(marks)}</svg>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _bars(stages: Sequence[Row], column: str, unit: str) -> str:
    """One bar a stage, which is a run of operators with results of one height and width."""
    values = [getattr(stage, column) for stage in stages]
    most, wide = max([1, *values]), WIDTH - 260
    marks = []
    for k, (stage, value) in enumerate(zip(stages, values, strict=True)):
        y = 20 * k
        marks += [
            _text(100, y + 14, stage.path, "end"),
            f'<rect class="mark" x="108" y="{y + 3}" width="{wide * value / most:.1f}" height="14"/>',
            _text(114 + wide * value / most, y + 14, f"{value:,}"),
        ]
    return _drawing(f"{unit} by stage", marks, 20 * len(stages) + 4)


def _timeline(found: Profile) -> str:
    """Bytes of inputs and results that live after each operator; the most of them is the peak."""
    most = max(1, found.peak_activation_bytes)
    step = (WIDTH - LEFT - 10) / max(1, len(found.timeline) - 1)
    points = [
        f"{LEFT + step * k:.1f},{HEIGHT - BOTTOM - (HEIGHT - 2 * BOTTOM) * now / most:.1f}"
        for k, (_, now) in enumerate(found.timeline)
    ]
    axis = f'<path class="axis" d="M{LEFT} {BOTTOM}V{HEIGHT - BOTTOM}H{WIDTH - 10}"/>'
    curve = f'<polyline class="curve" points="{" ".join(points)}"/>'
    peak = f"{most / 2**20:,.2f} MiB"
    where = f"the most, {peak}, in {found.peak_path or 'forward'}"
    words = [
        _text(LEFT - 6, BOTTOM + 4, peak, "end"),
        _text(LEFT + 6, HEIGHT - 8, f"operators in order; {where}"),
    ]
    return _drawing(f"memory while it runs: {where}", [axis, curve, *words])


def _scatter(rows: Iterable[Row]) -> str:
    """A point for each operator with MACs: to the right more FLOPs a byte, upwards more FLOPs."""
    points = [
        (log10(2 * row.macs / max(1, row.moved_bytes)), log10(2 * row.macs)) for row in rows if row.macs
    ]
    if not points:
        return "<p>No operator multiplies and adds.</p>"
    (left, right), (low, high) = ((min(along), max(along)) for along in zip(*points, strict=True))
    across, up = (WIDTH - LEFT - 20) / (right - left or 1), (HEIGHT - 2 * BOTTOM) / (high - low or 1)
    marks = [
        f'<circle class="mark" r="3" cx="{LEFT + 8 + across * (x - left):.1f}" '
        f'cy="{HEIGHT - BOTTOM - up * (y - low):.1f}"/>'
        for x, y in points
    ]
    ends = (
        f"from {10**left:,.1f} to {10**right:,.1f} FLOPs a byte, from {10**low:,.0f} to {10**high:,.0f} FLOPs"
    )
    axis = f'<path class="axis" d="M{LEFT} {BOTTOM}V{HEIGHT - BOTTOM}H{WIDTH - 10}"/>'
    return _drawing(
        f"operators, {ends}", [axis, *marks, _text(LEFT, HEIGHT - 8, f"{ends}; both logarithmic")]
    )
