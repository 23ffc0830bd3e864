"""Leaves out of the pages what the theme sends along and no reader needs: four fifths of a page's weight.

Font Awesome comes as a script of 1.5 MB, as three fonts and as 1,800 rules of the style sheet, for twenty
icons; here the fonts and the rules keep those. The index of the search comes with every page; here only with
the page that searches, where every search field leads. Pictures come when the reader is near them.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from PIL import Image
from sphinx.application import Sphinx

SCRIPTS = r'\s*<script[^>]* src="[^"]*/?(?:{})\.js[^"]*"[^>]*></script>'
ICONS_SCRIPT = re.compile(SCRIPTS.format("fontawesome"))
SEARCH_SCRIPTS = re.compile(SCRIPTS.format("searchtools|language_data|searchindex"))
# Nothing is drawn before a script in a page's head has run, unless told to wait. One has to run at once:
# the lines of script behind it give it its values.
EARLY_SCRIPT = re.compile(
    r"<script(?=[^>]* src=)(?![^>]*\b(?:defer|async)\b)(?![^>]*documentation_options)([^>]*)>"
)
# What "auto" means only the theme's last script says: until then a page is white in the dark, and then a
# phone goes through all its elements again.
UNDECIDED = 'dataset.theme = localStorage.getItem("theme") || "auto";'
DECIDED = (
    "dataset.theme = {dark: 'dark', light: 'light'}[document.documentElement.dataset.mode]"
    " || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');"
)
# Without that script a page has to be one or the other, or the half that says neither has no colours.
UNSCRIPTED = ('data-theme="auto"', 'data-theme="light"')
ICON = re.compile(r"\bfa-[a-z0-9-]+")
ICON_TAG = re.compile(r'<(i|span) class="((?:[\w-]+ )?fa[bs]? |fa-solid )')
ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"[^"]*"\}')
ICON_FONT = re.compile(r'url\(([^)]*)\.woff2\) format\("woff2"\),url\(\1\.ttf\) format\("truetype"\)')
# A font's own signs: Unicode leaves these numbers to it. A style sheet has them as they are, or as "\f107".
OWN_SIGN = re.compile(r"[\ue000-\uf8ff]|\\([ef][0-9a-f]{3})\b")
PICTURE = re.compile(r'<img (?=[^>]*\bsrc="([^"]*_images/[^"]+\.(?:png|jpe?g))")(?![^>]*\bloading=)')
# Names, punctuation and blanks of code have the colour of what has none: two thirds of a page's elements were
# spans around them, and a phone took seconds to lay those out.
PLAIN = ("n", "nn", "p", "w")
PLAIN_SPAN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')
# A browser that runs scripts reads this as text; ledger.js makes elements of the rows that are looked at.
LEDGER = re.compile(r'<table id="ledger".*?</table>', re.DOTALL)
# The page of such a table is a wide one, and its body says so: a rule that asks each article whether it has
# the table gives all elements of a chapter their style anew with every part that comes.
BODY = re.compile(r'<body\b(?=.*<noscript><table id="ledger")', re.DOTALL)
# The boxes that the theme asks, again and again, whether they scroll: a page is laid out to its end for that.
# cnnlab.js asks those that have been laid out.
ASKED = '"pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon"'
FRAME = re.compile(r'<img (?=src="data:image/png;base64,([^"]+)")')  # the first of an animation


def lighter(page: Path) -> str:
    """A page's text without scripts that it does not need, and with pictures that come late."""
    text = ICONS_SCRIPT.sub("", page.read_text("utf-8"))
    if page.name != "search.html":
        head, end, body = SEARCH_SCRIPTS.sub("", text).partition("</head>")
        text = EARLY_SCRIPT.sub(r"<script defer\1>", head) + end + body
    # The script hid its icons from screen readers, which would spell out a font's own signs.
    text = ICON_TAG.sub(r'<\1 aria-hidden="true" class="\2', text)
    text = PLAIN_SPAN.sub(r"\1", text).replace(UNDECIDED, DECIDED).replace(*UNSCRIPTED)
    text = LEDGER.sub(r"<noscript>\g<0></noscript>", text)
    text = BODY.sub(r'\g<0> class="cnnlab-wide"', text)
    text = PICTURE.sub(lambda found: late(page.parent / found[1]), text)
    return FRAME.sub(lambda found: "<img " + looks(Image.open(io.BytesIO(base64.b64decode(found[1])))), text)


def late(picture: Path) -> str:
    """The beginning of an image's tag: its size is known before it comes, so that no text moves."""
    with Image.open(picture) as image:
        width, height = image.size
        return f'<img loading="lazy" width="{width}" height="{height}" {looks(image)}'


def looks(image: Image.Image) -> str:
    """The class of a figure whose colours turn in the dark; "" for a photograph or a map.

    Lines and bars turn, and pixels that say their numbers; of other pixels' light and dark the text speaks.
    """
    kinds = {kind for kind, *_ in json.loads(image.info.get("drawn", "[]"))}
    return 'class="cnnlab-chart" ' if kinds and ("AxesImage" not in kinds or "Text" in kinds) else ""


def keep_icons(style: str, used: set[str]) -> str:
    """A style sheet with the rules of the icons that a page or a script names, and with the small fonts."""

    def kept(found: re.Match[str]) -> str:
        return found[0] if used & {*ICON.findall(found[1])} else ""

    return ICON_FONT.sub(r'url(\1.woff) format("woff")', ICON_RULE.sub(kept, style))


def signs(style: str) -> set[int]:
    return {int(found[1], 16) if found[1] else ord(found[0]) for found in OWN_SIGN.finditer(style)}


def shrink_font(font: Path, numbers: Iterable[int]) -> None:
    """Write a font beside itself that has these signs alone, and remove it."""
    options = subset.Options(flavor="woff")
    small = subset.load_font(font, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=numbers)
    cutter.subset(small)
    subset.save_font(small, font.with_suffix(".woff"), options)
    for written in (font, font.with_suffix(".woff2")):
        written.unlink()


def shrink_icons(static: Path, used: set[str]) -> None:
    styles = {path: keep_icons(path.read_text("utf-8"), used) for path in static.rglob("*.css")}
    for path, style in styles.items():
        path.write_text(style, "utf-8")
    numbers = set().union(*map(signs, styles.values()))
    for font in (static / "vendor" / "fontawesome").rglob("*.ttf"):
        shrink_font(font, numbers)
    for path in (static / "scripts").glob("fontawesome.js*"):
        path.unlink()


def lighten(app: Sphinx, failure: Exception | None) -> None:
    out = Path(app.outdir)
    if failure or app.builder.name != "html":
        return
    pages = {path: lighter(path) for path in out.rglob("*.html")}
    for path, text in pages.items():
        path.write_text(text, "utf-8")
    scripts = {path: path.read_text("utf-8") for path in (out / "_static").glob("scripts/*theme.js")}
    for path, text in scripts.items():
        path.write_text(text.replace(ASKED + ",", ""), "utf-8")
    texts = [*pages.values(), *scripts.values()]
    shrink_icons(out / "_static", {icon for text in texts for icon in ICON.findall(text)})


def setup(app: Sphinx) -> dict[str, bool]:
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table that it cuts
    app.connect("build-finished", lighten, priority=950)  # after every extension has written its own
    return {"parallel_read_safe": True, "parallel_write_safe": True}
