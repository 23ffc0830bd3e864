"""What the book needs of Sphinx beyond its configuration: a clean list of scripts, and the social card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

CARD = "_static/social_card.png"
DESCRIPTION_LENGTH = 200  # characters; previews cut what is longer


def pages_url(repository_url: str) -> str:
    """Where GitHub Pages publishes a repository: https://github.com/o/r → https://o.github.io/r/."""
    owner, name = urlsplit(repository_url).path.strip("/").split("/")
    return f"https://{owner}.github.io/{name}/"


def set_base_url(_app: Sphinx, config: Config) -> None:
    config.html_baseurl = pages_url(config.html_theme_options["repository_url"])
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path  # a wrong address may have any depth


def number_chapters_only(_app: Sphinx, config: Config) -> None:
    """Chapters have numbers, their sections none. _toc.yml says `true`: Jupyter Book 2 refuses a depth."""
    for document in config.external_site_map.values():
        for tree in document.subtrees:
            tree.numbered = int(tree.numbered)


def plain(html: str) -> str:
    """A title without its markup: Sphinx hands it over as HTML."""
    return unescape(re.sub("<[^>]*>", "", html))


def description(doctree: nodes.document | None) -> str:
    """The page's first paragraph, cut at a word: what a preview shows below the title."""
    paragraph = next(doctree.findall(nodes.paragraph), None) if doctree else None
    text = " ".join(paragraph.astext().split()) if paragraph else ""
    return text if len(text) <= DESCRIPTION_LENGTH else text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"


def add_social_card(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    base, summary = app.config.html_baseurl, description(doctree)
    card = {
        "og:type": "book" if pagename == app.config.root_doc else "article",
        "og:site_name": app.config.project,
        "og:title": plain(context.get("title") or app.config.html_title),
        "og:description": summary or app.config.html_title,
        "og:url": f"{base}{pagename}.html",
        "og:image": base + CARD,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": app.config.html_title,
    }
    tags = [f'<meta property="{key}" content="{escape(text)}" />' for key, text in card.items()]
    tags.append('<meta name="twitter:card" content="summary_large_image" />')
    tags.append(f'<meta name="description" content="{escape(card["og:description"])}" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def add_touch_icon(
    _app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """What a phone shows for a page that its reader keeps: it takes no SVG."""
    link = f'<link rel="apple-touch-icon" href="{context["pathto"]("_static/touch_icon.png", 1)}" />'
    context["metatags"] = context.get("metatags", "") + "\n" + link


def unneeded(doctree: nodes.document | None) -> Iterator[str]:
    """What a page can do without, as its scripts are called."""
    yield "thebe"  # no cell is live, and it is set up twice, so that its second `const` throws
    if doctree is None or not any(
        doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))
    ):
        # Sphinx sends both to the front page as well, for formulas of the pages below.
        yield from ("mathjax", "formulas.js")


WITHOUT_SCRIPTS = (
    "<noscript><p><em>Formulas stand on this page as they are typed, in TeX, as in \\(x^2\\):"
    " a script draws them, and your browser runs none.</em></p></noscript>"
)


# A browser may break a line between a formula, which is a box for it, and what closes a sentence. A long one
# may not be held together: without scripts it is text, and wider than a phone.
CLOSED = re.compile(r'(<span class="math notranslate nohighlight">[^<]{1,40}</span>)([.,;:?!)]+)')


def join_formulas(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    if app.builder.name == "html" and "body" in context:
        context["body"] = CLOSED.sub(r'<span class="cnnlab-joined">\1\2</span>', context["body"])


def say_why_tex_is_raw(
    app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if app.builder.name == "html" and "mathjax" not in unneeded(doctree):
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{WITHOUT_SCRIPTS}", 1)


def drop_scripts(
    _app: Sphinx, _pagename: str, _template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    names = tuple(unneeded(doctree))
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if not any(
            name in f"{script}{getattr(script, 'attributes', {}).get('body', '')}".lower() for name in names
        )
    ]


UNUSED = ("sphinx-thebe.js", "copybutton_funcs.js")  # shipped by extensions, loaded by no page


def drop_unused_scripts(app: Sphinx, failure: Exception | None) -> None:
    if failure is None:
        for name in UNUSED:
            (Path(app.outdir) / "_static" / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", set_base_url)
    app.connect("config-inited", number_chapters_only, priority=950)  # after _toc.yml was read
    app.connect("html-page-context", add_social_card)
    app.connect("html-page-context", add_touch_icon)
    app.connect("html-page-context", join_formulas)
    app.connect("html-page-context", say_why_tex_is_raw)
    app.connect("html-page-context", drop_scripts, priority=900)  # after every extension has added its own
    app.connect("build-finished", drop_unused_scripts, priority=900)  # … and copied its own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
