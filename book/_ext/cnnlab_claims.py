"""*What was measured here*: each chapter's register of claims, as a table before its *Further reading*.

What a chapter claims stands in book/_data/claims, and how it fared in book/_data/seeds.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from sphinx.application import Sphinx

DATA = Path(__file__).resolve().parents[1] / "_data"
SHOWN = 3  # changes: a control that many claims share has more, and most are not this claim's
BEFORE = re.compile(r"(?m)^## Further reading")
UNDER = """
## What was measured here

Each line is a claim that a cell of this chapter asserts. Open it for what was varied, what was held equal
and what else was run. *Held*: in how many of ten runs, each from another random seed; fewer where a long
run was recorded. *Margin*: of the two
numbers that are compared, the larger could fall by this part of itself before the claim failed, in the
worst of the runs. Every claim can fail: it came out false under the change that its last line names.
"""
# Blank lines, because what stands between them is read as the chapter's Markdown: formulas, terms, citations.
CLAIM = """
<details class="cnnlab-claim"><summary>

{says}

<div><span>held {held}</span> <span>{margin}</span></div></summary><dl>

{parts}

</dl></details>
"""
PART = """
<dt>{name}</dt><dd>

{text}

</dd>
"""


def counts(chapter: str) -> dict[str, dict[str, str]]:
    with (DATA / "seeds" / f"{chapter}.csv").open(encoding="utf-8", newline="") as file:
        return {line["claim"]: line for line in csv.DictReader(file)}


def parts(claim: dict[str, Any], control: str) -> Iterator[tuple[str, str]]:
    changes = [f"{code(new)} in the place of {code(old)}" for old, new in claim["negative"].items()]
    if len(changes) > SHOWN:
        changes = [f"{len(changes)} changes at once, which stand in `book/_data/claims`"]
    yield "Varied", claim["varies"]
    yield "Held equal", claim["equal"]
    yield "Also run", listed(claim["controls"]) or "nothing"
    yield "Tried on", claim["scale"]
    yield "False with", listed(changes) if control == "fails" else "not run yet"


def listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else "\n".join(f"- {text}" for text in texts)


def code(text: str) -> str:
    """A text of a cell as code in a line; nothing at all has no backticks."""
    line = " ".join(text.split())
    return f"`` {line} ``" if line else "nothing"


def shown(claim: dict[str, Any], count: dict[str, str]) -> str:
    margin = count.get("margin", "not measured").replace("-", "−")
    return CLAIM.format(
        says=claim["says"],
        held=f"{count['held']} of {count['of']}",
        margin=margin and f"margin {margin}",
        parts="".join(
            PART.format(name=name, text=text) for name, text in parts(claim, count.get("control", ""))
        ),
    )


def section(chapter: str) -> str:
    """The section in Markdown; a claim that was never counted is the linter's business, and left out here."""
    claims, count_of = (
        yaml.safe_load((DATA / "claims" / f"{chapter}.yml").read_text("utf-8")),
        counts(chapter),
    )
    known = [claim for claim in claims if claim["claim"] in count_of]
    return UNDER + "".join(shown(claim, count_of[claim["claim"]]) for claim in known)


def add_register(_app: Sphinx, docname: str, source: list[str]) -> None:
    chapter = Path(docname).name[:2]
    if docname.startswith("notebooks/") and (DATA / "claims" / f"{chapter}.yml").exists():
        notebook, table = json.loads(source[0]), section(chapter)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = BEFORE.sub(lambda found: table + "\n" + found[0], "".join(cell["source"]))
        source[0] = json.dumps(notebook)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", add_register)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
