"""A text that is linked: terms and networks at their first use in a chapter, and "chapter 09" everywhere.

A term leads to the glossary, a network to its chapter. No chapter writes these links, and so nothing that is
renamed can break one. The terms also make the book's index, with the chapters in which each is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

TERM = re.compile(r'<dt id="(term-[^"]+)">([^<])')
Link = Callable[[str], nodes.Node]  # what is said → the link that says it

GLOSSARY = Path(__file__).resolve().parents[1] / "glossary.md"
OWN = {  # words of the language as well, which are the glossary's in these chapters alone
    "activation": "02", "compression": "11", "expansion": "15", "isolation of groups": "16", "jump": "03",
    "projection": "09", "regret": "18", "shift": "17", "transition": "11", "window": "01",
}  # fmt: skip
NETWORKS = {  # as a regular expression → the chapter that builds it
    "LeNet-5": "06", "AlexNet": "06", "ZFNet": "06", r"VGG(?:-?\d\d)?": "07", "GoogLeNet": "08", "NiN": "08",
    "BN-Inception": "08", "Inception[ -]v[23]": "08", r"ResNet(?:-\d+)?": "09", r"ResNeXt(?:-\d+)?": "10",
    "Wide ResNet": "10", "SENet": "10", r"DenseNet(?:-\d+)?": "11", "CapsNet": "12", "SqueezeNet": "13",
    "SqueezeNext": "13", "MobileNetV1": "14", "Xception": "14", "MobileNetV[23]": "15",
    r"ShuffleNet(?: ?V[12])?": "16", "ShiftNet": "17", "FE-Net": "17", "EfficientNet": "18", "MnasNet": "18",
    "GhostNet": "18", "NASNet": "18", "U-Net": "19", "FPN": "19",
}  # fmt: skip
NAMED = re.compile(r"\b[Cc]hapters?\s+\d\d(?:(?:,| and| or| to|, and)\s+\d\d)*\b")
NEEDED = re.compile(rf"{NAMED.pattern}|\(\d\d(?:(?:,| and)\s+\d\d)*\)")  # "You need pooling (02)"
NUMBER = re.compile(r"(?:[Cc]hapters?\s+)?(\d\d)")
MEASURED = "what-was-measured-here"  # cnnlab_claims: a list of such lines
UNTOUCHED = (  # what is no running text, or a link already
    nodes.title, nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw,
    nodes.target, addnodes.pending_xref, nodes.term, nodes.rubric,  # the last is what opens a dropdown
)  # fmt: skip


def terms() -> list[str]:
    """The glossary's, the longest first, so that a term within another one does not take its place."""
    body = GLOSSARY.read_text("utf-8").split("```{glossary}")[1].split("```")[0]
    return sorted(re.findall(r"(?m)^\S.*$", body), key=len, reverse=True)


def pattern(term: str) -> re.Pattern[str]:
    """A term as a sentence has it: over a line's end, its first letter large, in the plural."""
    words = r"\s+".join(map(re.escape, term.split()))
    first = words if term[0].isupper() else f"[{term[0]}{term[0].upper()}]{words[1:]}"
    return re.compile(rf"(?<![\w-]){first}(?:s|es)?(?![\w-])")


def texts(document: nodes.document) -> list[nodes.Text]:
    """The running text of a page, in its order; a line's end parts it no more."""
    for parent in {text.parent for text in document.findall(nodes.Text)}:
        runs = groupby(parent.children, key=lambda node: isinstance(node, nodes.Text))
        parts = [[nodes.Text("".join(run))] if plain else [*run] for plain, run in runs]
        parent[:] = [node for part in parts for node in part]
    return [text for text in document.findall(nodes.Text) if not within(text, UNTOUCHED)]


def within(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    """Whether it is no running text: of these kinds, an output, or a line that opens when it is pressed."""
    while node.parent is not None:
        node = node.parent
        said = getattr(node, "attributes", {})
        apart = {*said.get("classes", ()), *said.get("ids", ())} & {"cell_output", MEASURED}
        if isinstance(node, kinds) or apart:
            return True
    return False


def cut(text: str, links: list[tuple[int, int, nodes.Node]]) -> list[nodes.Node]:
    """A text with those of its parts replaced."""
    found: list[nodes.Node] = []
    end = 0
    for start, stop, link in sorted(links, key=lambda each: each[:2]):
        found += [nodes.Text(text[end:start]), link]
        end = stop
    return [*found, nodes.Text(text[end:])]


class Links(SphinxTransform):
    """Puts the links into a page that has just been read."""

    default_priority = 700

    def apply(self) -> None:
        left = [*self.once()] if self.env.docname.startswith("notebooks/") else []
        for text in texts(self.document):
            named = NEEDED if text.parent.astext().startswith("You need") else NAMED
            links = [*self.to_chapters(named, text.astext())]
            for each in list(left):
                found, link = each
                if span := first(found, text.astext(), links):
                    left.remove(each)
                    links.append((*span, link(text.astext()[slice(*span)])))
            if links:
                text.parent.replace(text, cut(text.astext(), links))
        if self.env.docname == "book/glossary":
            self.inside_the_glossary()

    def inside_the_glossary(self) -> None:
        """What an entry has in italics is another entry."""
        for said in [*self.document.findall(nodes.emphasis)]:
            for term in terms():
                if pattern(term).fullmatch(said.astext()):
                    said.parent.replace(said, self.link("term", term, said.astext()))
                    break

    def once(self) -> Iterator[tuple[re.Pattern[str], Link]]:
        """What is linked at its first use in a chapter, and how."""
        number = Path(self.env.docname).name[:2]
        for term in terms():
            if OWN.get(term, number) == number:
                yield pattern(term), partial(self.to_term, term)
        pages = self.others()
        for name, chapter in NETWORKS.items():
            if chapter in pages:
                found = re.compile(rf"(?<![\w-])(?:{name})(?![\w-])")
                yield found, partial(self.link, "doc", f"/{pages[chapter]}")

    def others(self) -> dict[str, str]:
        """The other chapters, by number."""
        names = {name for name in self.env.found_docs if name.startswith("notebooks/")} - {self.env.docname}
        return {Path(name).name[:2]: name for name in names}

    def to_chapters(self, named: re.Pattern[str], text: str) -> Iterator[tuple[int, int, nodes.Node]]:
        """Links of every "chapter 09" and "chapters 09 and 10"."""
        pages = self.others()
        for sentence in named.finditer(text):
            for each in NUMBER.finditer(text, *sentence.span()):
                if each[1] in pages:
                    yield *each.span(), self.link("doc", f"/{pages[each[1]]}", each[0])

    def to_term(self, term: str, said: str) -> nodes.Node:
        """A link to the glossary, and a line of the index that leads here."""
        name = f"index-{nodes.make_id(term)}"
        line = f"{term}; chapter {Path(self.env.docname).name[:2]}"
        index = addnodes.index(entries=[("single", line, name, "", None)])
        return nodes.inline("", "", index, nodes.target("", "", ids=[name]), self.link("term", term, said))

    def link(self, kind: str, target: str, said: str) -> nodes.Node:
        shown = nodes.inline(said, said, classes=["xref", "std", f"std-{kind}"])
        return addnodes.pending_xref(
            "", shown, refdomain="std", reftype=kind, reftarget=target, refexplicit=True, refwarn=True,
            refdoc=self.env.docname,
        )  # fmt: skip


def first(
    found: re.Pattern[str], text: str, taken: list[tuple[int, int, nodes.Node]]
) -> tuple[int, int] | None:
    """Where something stands first and is no part of what is linked already."""
    for match in found.finditer(text):
        if all(match.end() <= start or stop <= match.start() for start, stop, _ in taken):
            return match.span()
    return None


def add_letters(
    _app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """A glossary's letters, each a link to its first term: it is twenty screens long."""
    if pagename == "book/glossary":
        first_terms: dict[str, str] = {}
        for place, letter in TERM.findall(context["body"]):
            first_terms.setdefault(letter.upper(), place)
        links = " ".join(f'<a href="#{place}">{letter}</a>' for letter, place in first_terms.items())
        bar = f'<nav class="cnnlab-letters" aria-label="Letters">{links}</nav>'
        context["body"] = context["body"].replace("<dl", f"{bar}<dl", 1)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(Links)
    app.connect("html-page-context", add_letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
