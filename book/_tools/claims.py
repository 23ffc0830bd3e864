"""What a chapter's experiments claim: the register in `book/_data/claims`.

    python -m book._tools.claims 05      # what is wrong with book/_data/claims/05.yml

One file a chapter that has cells tagged `seeded` or `recorded`: a list with one entry for each `assert` in
them, in their order.

    - claim: the residual network has the lower loss   # its message, or else its source
      says: 56 layers with shortcuts reach a lower loss than 56 without.
      varies: shortcuts, or none
      equal: layers, channels, start, rate, batches
      controls: [a plain network of 20 layers learns at this rate]
      scale: 8×8 digits, 1,347 images, one CPU thread
      negative: {"EPOCHS = 6": "EPOCHS = 0"}

Texts are sentences in Markdown. `controls` lists what was run to exclude another explanation, and may be [].
`negative` is the claim's negative control: a change of the seeded cells under which it must come out false.
Of a claim about a recorded run it is a change of the cell that reads it, for instance two networks' lines
exchanged. Each old text stands there exactly once, and no assertion may be changed.
`python -m book._tools.seeds` runs it; claims that share one cost one run.
"""

import argparse
import ast
import functools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import yaml  # type: ignore[import-untyped]

from book._tools.chapters import ROOT, Cell, Notebook, chapters, read, tags

DATA = ROOT / "book" / "_data" / "claims"
TAG, RECORDED = "seeded", "recorded"
Node = TypeVar("Node", bound=ast.AST)


class Claim(NamedTuple):
    """An assertion, what the chapter draws from it, how it was tried, and what would make it false."""

    claim: str
    says: str
    varies: str
    equal: str
    controls: list[str]
    scale: str
    negative: dict[str, str]


# What a chapter asserts -----------------------------------------------------------------------------


def seeded(notebook: Notebook) -> list[Cell]:
    """The cells whose assertions are claims, also those that read what was recorded."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and tags(cell) & {TAG, RECORDED}]


def about_records(notebook: Notebook) -> set[str]:
    """The claims about a recorded run: each holds for all of its seeds, or it does not."""
    return {name_of(claim) for claim in assertions(c.source for c in seeded(notebook) if RECORDED in tags(c))}


def nodes(trees: Iterable[ast.AST], kind: type[Node]) -> Iterator[Node]:
    """Every node of that kind within some trees."""
    return (node for tree in trees for node in ast.walk(tree) if isinstance(node, kind))


def assertions(sources: Iterable[str]) -> list[ast.Assert]:
    return list(nodes(map(ast.parse, sources), ast.Assert))


def name_of(claim: ast.Assert) -> str:
    """Its message, or else its source."""
    message = claim.msg
    return message.value if isinstance(message, ast.Constant) else ast.unparse(claim.test)  # type: ignore[return-value]


def claims(notebook: Notebook) -> list[str]:
    """Every claim of a chapter's seeded cells, in their order."""
    return [name_of(node) for node in assertions(cell.source for cell in seeded(notebook))]


def changed(source: str, negative: dict[str, str]) -> str:
    """The source with every old text replaced, all at once."""
    return old_texts(negative).sub(lambda found: negative[found[0]], source) if negative else source


def old_texts(negative: dict[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, negative)))


# The register ---------------------------------------------------------------------------------------


def text_of(chapter: str) -> str | None:
    """A chapter's file; None if there is none."""
    path = DATA / f"{chapter}.yml"
    return path.read_text(encoding="utf-8") if path.exists() else None


def register(notebook: Notebook, text: str) -> list[Claim]:
    """The claims of a chapter's file; ValueError says all that is wrong with it."""
    if found := list(faults(notebook, text)):
        raise ValueError("\n".join(found))
    return [Claim(**entry) for entry in yaml.safe_load(text)]


def faults(notebook: Notebook, text: str) -> Iterator[str]:
    """What is wrong with a chapter's file, a sentence each."""
    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        yield f"it is no YAML: {' '.join(str(error).split())}"
        return
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield "it is no list of claims, each beginning with `- claim: …`"
        return
    yield from misnamed(claims(notebook), [entry.get("claim") for entry in entries])
    for place, entry in enumerate(entries, start=1):
        yield from (f"entry {place} ({entry.get('claim')}): {fault}" for fault in bad_entry(notebook, entry))


def misnamed(wanted: list[str], names: list[Any]) -> Iterator[str]:
    yield from (f"no entry for the claim {name!r}" for name in wanted if name not in names)
    yield from (f"the chapter has no claim {name!r}" for name in names if name not in wanted)
    yield from (f"{n} entries for the claim {name}" for name, n in Counter(map(repr, names)).items() if n > 1)
    if names != wanted and sorted(map(str, names)) == sorted(wanted):
        first = next(name for name, other in zip(names, wanted, strict=True) if name != other)
        yield f"the entries stand in the order of the assertions: {first!r} does not"


def bad_entry(notebook: Notebook, entry: dict[str, Any]) -> Iterator[str]:
    yield from (f"`{key}` is missing" for key in Claim._fields if key not in entry)
    yield from (
        f"`{key}` is no key: they are {', '.join(Claim._fields)}" for key in entry if key not in Claim._fields
    )
    for key in ("claim", "says", "varies", "equal", "scale"):
        if key in entry and not is_text(entry[key]):
            yield f"`{key}` is a sentence, not {entry[key]!r}"
    if "controls" in entry and not is_list(entry["controls"]):
        yield f"`controls` is a list of sentences, or [], not {entry['controls']!r}"
    if "negative" in entry:
        yield from (f"`negative`: {fault}" for fault in bad_negative(notebook, entry["negative"]))


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_list(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def bad_negative(notebook: Notebook, negative: Any) -> Iterator[str]:
    if not isinstance(negative, dict) or not is_list([*negative]) or not negative:
        yield f"it maps old text to new, not {negative!r}"
    elif not all(isinstance(new, str) for new in negative.values()):
        yield f"new text stands in quotes, in {negative!r} too"
    else:
        yield from bad_change([cell.source for cell in seeded(notebook)], negative)


def bad_change(sources: list[str], negative: dict[str, str]) -> Iterator[str]:
    """Why a negative control cannot be run, or would prove nothing."""
    times = {old: sum(source.count(old) for source in sources) for old in negative}
    before = [source for source in sources if old_texts(negative).search(source)]
    made = [changed(source, negative) for source in before]
    if wrong := {old: n for old, n in times.items() if n != 1}:
        yield from (f"{old!r} stands {n} times in the seeded cells, not once" for old, n in wrong.items())
    elif sum(len(old_texts(negative).findall(source)) for source in sources) != len(negative):
        yield f"old texts overlap: {list(negative)}"
    elif broken := " ".join(filter(None, map(syntax_error, made))):
        yield f"the changed cell is no Python: {broken}"
    elif dumped(made) == dumped(before):
        yield f"nothing that runs is changed by {negative}"
    elif [*map(ast.dump, assertions(made))] != [*map(ast.dump, assertions(before))]:
        yield f"an assertion is changed by {negative}: change what it looks at"
    else:
        stood = set().union(*map(assigned, sources))  # a line may change places with another cell's
        found = (one for one in results_written(before, made) if one not in stood)
        yield from (f"`{one}` writes down a result: change what computes it" for one in found)


def results_written(sources: list[str], made: list[str]) -> Iterator[str]:
    """Assignments that a change gives a literal in the place of what a call computed."""
    before, after = (list(nodes(map(ast.parse, texts), ast.Assign)) for texts in (sources, made))
    for old, new in zip(before, after, strict=False):
        same = ast.unparse(old.targets[0]) == ast.unparse(new.targets[0])
        if same and any(nodes([old.value], ast.Call)) and not any(nodes([new.value], ast.Name)):
            yield ast.unparse(new)


@functools.cache  # every claim of a chapter asks for all of its cells
def assigned(source: str) -> frozenset[str]:
    """The assignments in a cell, as Python writes them."""
    return frozenset(map(ast.unparse, nodes([ast.parse(source)], ast.Assign)))


def syntax_error(source: str) -> str:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f"{error.msg} in {(error.text or '').strip()!r}"
    return ""


def dumped(sources: Iterable[str]) -> list[str]:
    return [ast.dump(ast.parse(source)) for source in sources]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapters", nargs="*", help="05 06 …; all that have a file if none is named")
    arguments, wrong = parser.parse_args(), False
    for path in chapters(arguments.chapters):
        text = text_of(path.stem[:2])
        if text is None and not arguments.chapters:
            continue
        found = list(faults(read(path), text)) if text is not None else ["there is no such file"]
        wrong |= bool(found)
        print(*(f"{path.stem[:2]}.yml: {fault}" for fault in found or ["nothing is wrong with it"]), sep="\n")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
