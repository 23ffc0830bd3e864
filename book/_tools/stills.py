"""Write what each explorer draws as it begins, for paper and for pages without scripts.

python -m book._tools.stills         # with Chromium, into src/cnnlab/figures/static/stills.json

A still has the explorer's classes, and as attributes the colours that they give it on white: a page with the
style of explorers shows it in the theme's colours, an EPUB in these. tests/test_browser_explore.py holds it
to the explorer.
"""

from __future__ import annotations

import json
import shutil
from typing import Any

import yaml  # type: ignore[import-untyped]

from book._tools.build import ROOT
from cnnlab.figures.explorers import EXPLORERS, STATIC, Explorer, explore

PLACED = yaml.safe_load((ROOT / "book" / "_data" / "explorers.yml").read_text("utf-8"))
# Each drawing or list of the explorer, with what its style computes, and what it says as the caption.
DRAWN = """async operated => {
    const small = async image => { // a photograph's bytes, as few as do
        const picture = new Image(), canvas = document.createElement("canvas");
        picture.src = image.getAttribute("href");
        await picture.decode();
        Object.assign(canvas, {width: picture.width, height: picture.height});
        canvas.getContext("2d").drawImage(picture, 0, 0);
        image.setAttribute("href", canvas.toDataURL("image/jpeg", 0.8));
    };
    const INITIAL = {fill: "rgb(0, 0, 0)", stroke: "none", "stroke-width": "1px", "stroke-dasharray": "none",
        opacity: "1", "fill-opacity": "1", "text-anchor": "start", "dominant-baseline": "auto"};
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    figure.className = "still";
    for (const shown of operated.querySelectorAll(":scope > svg, ul.printed")) {
        const copy = shown.cloneNode(true), parts = [...shown.querySelectorAll("*")];
        [...copy.querySelectorAll("*")].forEach((part, place) => {
            const style = getComputedStyle(parts[place]);
            if (shown.localName === "svg") for (const [name, initial] of Object.entries(INITIAL))
                if (style[name] !== initial && !part.hasAttribute(name)) part.setAttribute(name, style[name]);
            if (part.localName === "button") part.replaceWith(...part.childNodes);
            if (part.localName === "span") part.append(" ");
        });
        if (shown.localName === "svg") copy.setAttribute("width", 420);
        for (const image of copy.querySelectorAll("image")) await small(image);
        figure.append(copy);
    }
    caption.textContent = operated.querySelector('[role="status"]').textContent;
    figure.append(caption);
    return figure.outerHTML;
}"""


def placed() -> list[Explorer]:
    """Every explorer with the settings that it begins with somewhere in the book, and with none."""
    entries = [entry for of in PLACED.values() for entry in of]
    found = [explore(name) for name in EXPLORERS]
    return found + [
        explore(entry["explorer"], **entry["settings"]) for entry in entries if "settings" in entry
    ]


def drawn(page: Any, explorer: Explorer) -> str:
    """The still of an explorer as this browser draws it, in a page of its own."""
    page.set_content(f"<!DOCTYPE html><html><body>{explorer._repr_html_()}</body></html>")
    return str(page.locator(".operated").evaluate(DRAWN))


def main() -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        found = {explorer.key: drawn(page, explorer) for explorer in placed()}
        browser.close()
    (STATIC / "stills.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
