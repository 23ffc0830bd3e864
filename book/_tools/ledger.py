"""Write book/ledger.md and book/errata.md from the ledger, `cnnlab.published`.

python -m book._tools.ledger           # tests/test_ledger.py finds a page that is not current
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from itertools import groupby
from pathlib import Path

from cnnlab.published import SOURCES, UNITS, VERDICTS, WORDS, Number, Row, compute, number, rows
from cnnlab.published.language import parse, render

BOOK = Path(__file__).resolve().parents[1]
MEANINGS = {
    "agrees": "what we compute rounds to the printed digits",
    "explained": "another way of counting, named in the row, gives the printed digits",
    "slip": "a wrong step, named in the row, gives the printed digits",
    "reported": "an accuracy, a time, the cost of a network left undefined: nothing here can compute it",
    "unresolved": "we compute another number and do not know why",
}

LEDGER = """\
<!-- Written by book/_tools/ledger.py from src/cnnlab/published: edit that. -->

# Ledger of published numbers

Every number that this book takes from a lecture or a paper stands here, as it is printed, beside the
number that we compute. A test recomputes all of them and fails when a verdict no longer holds. The slips
have [a page of their own](errata.md).

{counts}

{riddles}

:::{{dropdown}} How many rows each source has
{sources}
:::

A row names its computation: `model_macs(resnet50, 224)` is what `cnnlab.models` counts for an image of
224×224, `params(alexnet, fc6)` the parameters of layer fc6 in the table that `cnnlab.published` calls
alexnet, and `conv*` are the layers whose names begin with conv. KB and MB are 2¹⁰ and 2²⁰ bytes
where a row does not say otherwise. The rows are also files, one for each source: the titles above lead to
them, and to {{download}}`notes.csv <../src/cnnlab/published/notes.csv>` the notes that many rows share. The
page's address keeps what you search and choose: whoever opens it sees the same rows. The # at a row is an
address of that row alone.

```{{raw}} html
<div id="ledger-tools" class="cnnlab-ledger-tools" hidden></div>
<div class="cnnlab-ledger" role="region" aria-label="Published numbers" tabindex="0">
<table id="ledger" class="table">
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<script defer src="../_static/ledger.js"
  onerror="const rows = document.querySelector('.cnnlab-ledger noscript'); rows.outerHTML = rows.textContent">
</script>
```
"""

ERRATA = """\
<!-- Written by book/_tools/ledger.py from src/cnnlab/published: edit that. -->

# Errata of the lectures and papers

The lectures that this book grew out of, and the papers behind them, print {slips} numbers that are wrong,
among the {computed} that we computed. An entry says where the number stands, what is printed, what is
right, and which wrong step leads to exactly the printed digits. Whether anybody took that step nobody can
know; that it leads there is computed. All the other numbers stand in [the ledger](ledger.md). What the
lectures have wrong in words and formulas, {words} places, [stands below](#words-and-formulas).

{entries}

(words-and-formulas)=
## Words and formulas

No number is wrong here, but a sentence, a formula, an order or a name.

{wordings}
"""
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
HEADS = ("Number", "Printed", "Ours", "Verdict", "How")


def shown(value: Number, row: Row) -> str:
    """A number in the unit of a row, with two decimals more than are printed."""
    scaled = Fraction(value) / Fraction(UNITS[row.unit])
    decimals = 0 if scaled.denominator == 1 else number(row.value)[1] + 2
    return f"{float(scaled):,.{decimals}f}"


def with_unit(value: str, row: Row) -> str:
    """A value and its unit: 25×, 1.93·10⁹, 784 KB."""
    if row.unit.startswith("10^"):
        return f"{value}·10{row.unit[3:].translate(SUPERSCRIPTS)}"
    return value + ("" if row.unit in ("", "×", "%") else "\u00a0") + row.unit


def code(expression: str) -> str:
    """An expression as the language writes it."""
    return render(parse(expression))


def cell(text: str, **attributes: str) -> str:
    written = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<td{written}>{text}</td>"


def short(source: str) -> str:
    """What the ledger calls a source: Lecture 000, He et al. (2016a)."""
    return SOURCES[source].title.partition(",")[0]


def name(prefix: str, *said: str) -> str:
    """An address on a page for what says this: it stays when rows come before it."""
    return f"{prefix}-{hashlib.sha256(chr(0).join(said).encode()).hexdigest()[:8]}"


def row_name(row: Row) -> str:
    return name("ledger", row.source, row.place, row.subject, row.quantity, row.value)


def how(row: Row) -> str:
    """The computation, and the one that explains what it does not reproduce."""
    words = [f"<code>{escape(code(row.expression))}</code>"] if row.expression else []
    words += [escape(row.note)] if row.note else []
    words += [f"<code>{escape(code(row.other))}</code>"] if row.other else []
    return "<br>".join(words)


def ours(row: Row) -> str:
    """What we compute: a cell that sorts by its size, whatever its unit."""
    if not row.expression:
        return cell("", data_order="-1")
    value = compute(row.expression)
    return cell(escape(with_unit(shown(value, row), row)), data_order=str(float(value)))


def table_row(row: Row) -> str:
    printed = number(row.value)[0] * Fraction(UNITS[row.unit])
    source = escape(short(row.source))
    place = f"<small>{source}: {escape(row.place)}</small>"
    cells = [
        cell(f"{escape(row.subject)}, {escape(row.quantity)}<br>{place}"),
        cell(escape(with_unit(row.value, row)), data_order=str(float(printed))),
        ours(row),
        cell(f'<span class="{row.verdict}">{row.verdict}</span>'),
        cell(how(row)),
    ]
    said = f'id="{row_name(row)}" data-source="{source}" data-verdict="{row.verdict}"'
    return f"<tr {said}>{''.join(cells)}</tr>"


def counts(ledger: Sequence[Row]) -> str:
    """How many rows have which verdict, as a Markdown table."""
    found = Counter(row.verdict for row in ledger)
    lines = ["| Verdict | Rows | Meaning |", "|:--|--:|:--|"]
    lines += [f"| {verdict} | {found[verdict]} | {MEANINGS[verdict]} |" for verdict in VERDICTS]
    return "\n".join([*lines, f"| all | {len(ledger)} | |"])


def riddles(ledger: Sequence[Row]) -> str:
    """How many numbers are unresolved, when one that several tables print is counted once."""
    unresolved = [row for row in ledger if row.verdict == "unresolved"]
    numbers = {(row.value, row.expression) for row in unresolved}
    return f"The {len(unresolved)} unresolved rows ask for {len(numbers)} numbers: tables repeat each other."


def source_counts(ledger: Sequence[Row]) -> str:
    """How many rows of which verdict each source has, as a Markdown table."""
    found = Counter((row.source, row.verdict) for row in ledger)
    lines = [f"| Source | {' | '.join(VERDICTS)} |", "|:--" + "|--:" * len(VERDICTS) + "|"]
    for key, source in SOURCES.items():
        cells = (str(found[key, verdict] or "") for verdict in VERDICTS)
        file = f"{{download}}`{source.title} <../src/cnnlab/published/sources/{key}.csv>`"
        lines.append(f"| {file} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ledger_page(ledger: Sequence[Row]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    return LEDGER.format(
        counts=counts(ledger),
        riddles=riddles(ledger),
        sources=source_counts(ledger),
        heads=heads,
        rows="\n".join(map(table_row, ledger)),
    )


def erratum_name(row: Row) -> str:
    return row_name(row).replace("ledger", "erratum")


def erratum(row: Row) -> str:
    """An entry: printed, right, and the wrong step, as a definition."""
    right = with_unit(shown(compute(row.expression), row), row)
    return (
        f"[{row.subject}, {row.quantity}]{{#{erratum_name(row)}}}\n"
        f": Printed: **{with_unit(row.value, row)}**. Right: **{right}**, `{code(row.expression)}`.\n"
        f"  {row.note} `{code(row.other)}` gives the printed digits.\n"
    )


def errata_page(ledger: Sequence[Row]) -> str:
    slips = [row for row in ledger if row.verdict == "slip"]
    parts = []
    for source, of_source in groupby(slips, key=lambda row: row.source):
        parts.append(f"## {SOURCES[source].title}\n")
        for place, of_place in groupby(of_source, key=lambda row: row.place):
            parts += [f"### {place}\n", *map(erratum, of_place)]
    computed = sum(row.verdict != "reported" for row in ledger)
    entries, told = "\n".join(parts).strip(), "\n".join(wordings()).strip()
    return ERRATA.format(
        slips=len(slips), computed=computed, entries=entries, words=len(WORDS), wordings=told
    )


def wordings() -> Iterator[str]:
    for source, of_source in groupby(WORDS, key=lambda word: word.source):
        yield f"### {SOURCES[source].title}, words and formulas\n"
        for word in of_source:
            place = f"[{word.place}]{{#{name('wording', word.source, word.place, word.printed)}}}"
            yield f"{place}\n: Printed: **{word.printed}**. Right: **{word.right}**.\n  {word.why}\n"


PAGES = {"ledger.md": ledger_page, "errata.md": errata_page}


def main() -> None:
    for name, page in PAGES.items():
        (BOOK / name).write_text(page(rows()), encoding="utf-8")
        print(f"cnnlab: wrote book/{name}")


if __name__ == "__main__":
    main()
