"""Which numbers in a chapter's prose does nothing compute?

The rule. A number in Markdown must occur in an output of the same notebook, or in the ledger of a source
that the notebook cites, if it has three digits or more ("227×227", "2.25", "34,848") or a unit ("35K",
"4.1 MB", "45 %", "9×", "3 s").

- It occurs if a computed number, rounded to as many decimals as the prose shows, is that number. With a
  unit both are converted first: 34,848 is 35K, and 0.55 is 55 %.
- An output's number has the unit that follows it, or any unit its output names elsewhere (a column's
  head; a single letter only in brackets, as in "params (K)"). Times and bytes must have one.
- In formulas digits count as in prose; a letter is a unit only inside \\text{…}: 2K is twice K.
- Not computed, so not asked about: code, link targets, years (in brackets, after "in" or "since", after
  a venue: CVPR 2018), arXiv numbers, versions, what follows "Table", "chapter" or "page", numbers with a
  leading zero, numbers that end a name (ResNet-101), and the line of measured minutes.
- A quantity like a year is therefore written with its comma: 2,016 windows.
- The outputs of solutions and quizzes prove nothing: nobody computed the numbers in them.
- A source is cited by its entry of the bibliography, or by the name that the ledger has for it: lecture 003,
  lectures 000 and 004. What another source prints proves nothing.
"""

import csv
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from book._tools.chapters import MEASURED, ROOT, Notebook, tags

LEDGER = ROOT / "src" / "cnnlab" / "published"

UNITS = {  # unit: (what it measures, how many of the plain unit)
    **dict.fromkeys(["K", "k", "thousand"], ("count", 1e3)),
    **dict.fromkeys(["M", "million"], ("count", 1e6)),
    **dict.fromkeys(["G", "billion"], ("count", 1e9)),
    **dict.fromkeys(["MAC", "MACs", "FLOP", "FLOPs", "params", "parameters"], ("count", 1.0)),
    **dict.fromkeys(["MMACs", "MFLOP", "MFLOPs"], ("count", 1e6)),
    **dict.fromkeys(["GMACs", "GFLOP", "GFLOPs"], ("count", 1e9)),
    **dict.fromkeys(["B", "byte", "bytes"], ("bytes", 1.0)),
    **dict.fromkeys(["KB", "kB"], ("bytes", 1e3)),
    "MB": ("bytes", 1e6), "GB": ("bytes", 1e9),
    "KiB": ("bytes", 2.0**10), "MiB": ("bytes", 2.0**20), "GiB": ("bytes", 2.0**30),
    "ns": ("time", 1e-9), "µs": ("time", 1e-6), "μs": ("time", 1e-6), "ms": ("time", 1e-3),
    **dict.fromkeys(["s", "second", "seconds"], ("time", 1.0)),
    **dict.fromkeys(["min", "minute", "minutes"], ("time", 60.0)),
    **dict.fromkeys(["h", "hour", "hours"], ("time", 3600.0)),
    "%": ("ratio", 0.01), "×": ("ratio", 1.0),
}  # fmt: skip
WITHOUT_UNIT = {"count", "ratio"}  # a bare output may be one of these

WORD = "|".join(sorted(filter(str.isalpha, UNITS), key=len, reverse=True))
NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z][-‑])"  # not the end of a name: VGG16, ResNet-101
    r"(?P<digits>(?:\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"(?:[ \u2009\u202f\u00a0]?(?P<word>" + WORD + r")(?![A-Za-z0-9])"
    r"|[ \u2009\u202f\u00a0]?(?P<percent>%)|(?P<times>×)(?![\w]| ?\d))?"  # 6×6 is a size, 6× a ratio
)
HEAD = re.compile(
    r"(?<![\w.])(?:(?P<word>"
    + "|".join(unit for unit in WORD.split("|") if len(unit) > 1)
    + r")(?!\w)|[(\[]\s*(?P<letter>[KkMGBsh])\s*[)\]]|(?P<sign>%))"
)

YEAR = r"(?:19[4-9]\d|20[0-2]\d)[a-z]?(?![\d,.]\d|\w|\s?[%×])"
NOT_COMPUTED = [
    MEASURED,
    re.compile(r"(?s)<!--.*?-->"),
    re.compile(r"https?://[^\s)>]+|\b10\.\d{4,}/\S+"),
    re.compile(r"(?i)arxiv[:.]?\s*\d{4}\.\d{4,5}(?:v\d+)?"),
    re.compile(r"<[^<>]*>"),
    re.compile(r"(?m)^:[\w-]+:.*$"),  # an option of a directive
    re.compile(r"\b\d+(?:\.\d+){2,}\b|\b(?:Python|PyTorch|NumPy|CUDA|Jupyter Book)\s+\d+(?:\.\d+)*"),
    re.compile(r"(?i)\b(?:table|figure|fig\.|section|equation|eq\.|chapters?|lectures?|pages?|pp?\.)\s*\d[\d.–-]*"),
    re.compile(r"(?<![\w.,\u2009\u202f\u00a0])0\d+\b(?!\.\d)"),
    re.compile(r"(?<=\()(?:[^()\d]*[\s,;])?" + YEAR + r"(?=\))"),
    re.compile(r"(?:\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]efore|[Aa]fter)|\b[A-Z]\w*[A-Z]\w*)[ \u00a0]" + YEAR),
]  # fmt: skip


class Quantity(NamedTuple):
    """A number as printed, and what it means: "35K" is 35 with no decimals, a count, in thousands."""

    text: str
    value: float
    decimals: int
    measures: str | None  # None: it has no unit
    scale: float


def quantities(text: str) -> Iterator[Quantity]:
    for found in NUMBER.finditer(text):
        unit = found["word"] or found["percent"] or found["times"]
        measures, scale = UNITS.get(unit, (None, 1.0))
        digits = re.sub(r"[^\d.e+-]", "", found["digits"])
        decimals = len(digits.partition("e")[0].partition(".")[2])
        yield Quantity(found[0], float(digits), decimals, measures, scale)


# Prose ----------------------------------------------------------------------------------------------


def prose(markdown: str) -> str:
    """What a reader reads: no code, no targets of links, formulas as plain text."""
    text = re.sub(r"(?ms)^(`{3,}|~{3,})\s*\{math\}.*?$(.*?)^\1[`~]*[ \t]*$", r"$$\2$$", markdown)
    text = re.sub(r"(?ms)^(`{3,}|~{3,})(?!\s*\{(?!code)).*?^\1[`~]*[ \t]*$", "", text)
    text = re.sub(r"(?m)^[`~:]{3,}.*$", "", text)  # directives hold prose: only their fences go
    text = re.sub(r"\{math\}`([^`]*)`", r"$\1$", text)
    text = re.sub(r"(?:\{[\w:-]+\})?(`+).+?\1", "", text)
    text = re.sub(r"(?s)\$\$(.+?)\$\$|\$([^$]+?)\$", lambda math: formula(math[1] or math[2]), text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for pattern in NOT_COMPUTED:
        text = pattern.sub(" ", text)
    return text


def formula(latex: str) -> str:
    """A formula's numbers as prose prints them: `34{,}848 \\approx 35\\,\\text{K}` as 34,848 35 K."""
    text = re.sub(r"\{,\}|(?<=\d)\\,(?=\d{3}(?!\d))", ",", latex)
    text = text.replace(r"\%", "%").replace(r"\,", " ").replace("~", " ")
    text = re.sub(r"(?<=\d)\s*(?=[A-Za-z])", "·", text)
    text = re.sub(r"\\(?:text|mathrm)\s*\{([^{}]*)\}", r"\1", text)
    return " " + re.sub(r"\\[A-Za-z]+", " ", text) + " "


def asked(markdown: str) -> Iterator[Quantity]:
    """The quantities in a Markdown cell that something must have computed."""
    for quantity in quantities(prose(markdown)):
        if quantity.measures or sum(map(str.isdigit, quantity.text)) >= 3:
            yield quantity


# Outputs --------------------------------------------------------------------------------------------


def printed(notebook: Notebook) -> Iterator[str]:
    """The texts of all outputs in which something was computed."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not tags(cell) & {"solution", "quiz"}:
            for output in cell.outputs:
                yield from texts(output)


def texts(output: Any) -> Iterator[str]:
    """An output as plain text, without what only names an object: `<Figure size 640x480 with 1 Axes>`."""
    data = output.get("data", {})
    yield output.get("text", "")
    yield plain(data.get("text/html", ""))
    yield formula(data.get("text/latex", ""))
    for kind in ("text/plain", "text/markdown"):
        if not data.get(kind, "").startswith("<"):
            yield data.get(kind, "")


def plain(markup: str) -> str:
    """The words of an HTML output: no scripts, no attributes (an image's base64 is full of digits)."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->", " ", markup)
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


class Computed:
    """All numbers of some outputs, ready to be asked whether a quantity is among them."""

    def __init__(self, outputs: Iterable[str]) -> None:
        self.plain: set[float] = set()
        self.measured: dict[str, set[float]] = {measures: set() for measures, _ in UNITS.values()}
        for text in outputs:
            self.add(text)

    def add(self, text: str) -> None:
        heads = {UNITS[found["word"] or found["letter"] or found["sign"]] for found in HEAD.finditer(text)}
        for number in quantities(text):
            self.plain.add(number.value)
            if number.measures:
                self.measured[number.measures].add(number.value * number.scale)
                continue
            for measures, scale in heads | {(measures, 1.0) for measures in WITHOUT_UNIT}:
                self.measured[measures].add(number.value * scale)

    def __contains__(self, quantity: Quantity) -> bool:
        known = self.measured[quantity.measures] if quantity.measures else self.plain
        half = 0.5 * 10.0**-quantity.decimals * (1 + 1e-9)
        return any(abs(number / quantity.scale - quantity.value) <= half for number in known)


def untraced(notebook: Notebook, published: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """(index of the cell, the number as printed) for every number in prose that nothing computes."""
    computed = Computed([*printed(notebook), *published])
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for quantity in asked(cell.source):
                if quantity not in computed:
                    yield index, quantity.text


# What papers and lectures print ------------------------------------------------------------------------

CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]*)`")
LECTURES = re.compile(r"\b[Ll]ectures?\s(\d{3}(?:(?:,\s|,?\sand\s)\d{3})*)")


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a table below its head, by its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("# ")))


def cited(notebook: Notebook) -> set[str]:
    """The sources whose bibliography entries a notebook's Markdown cites, and the lectures that it names."""
    markdown = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    entries = {entry.strip() for found in CITATION.findall(markdown) for entry in found.split(",")}
    lectures = {
        f"lecture-{number}" for found in LECTURES.findall(markdown) for number in re.findall(r"\d+", found)
    }
    known = {path.stem for path in (LEDGER / "sources").glob("*.csv")}
    return known & ({f"paper-{entry}" for entry in entries} | lectures)


def published(notebook: Notebook) -> list[str]:
    """Every value, with its unit, that the sources print which a notebook cites."""
    ledgers = [lines(LEDGER / "sources" / f"{key}.csv") for key in sorted(cited(notebook))]
    return [f"{row['value']} {row['unit']}" for ledger in ledgers for row in ledger]
