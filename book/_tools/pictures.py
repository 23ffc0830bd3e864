"""Draw the preface's picture and the social card from computed numbers.

    python -m book._tools.pictures         # book/_static/first_sum.svg and social_card.png

The SVG stands inside its page and takes its colours from cnnlab.css, so that it follows light and dark.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from cnnlab.conv import correlate2d

STATIC = Path(__file__).resolve().parents[1] / "_static"
CELL, SIGN = 44, 40  # a number's side and a sign's room, in units; a phone shows 656 of them in 358 pixels
IMAGE = np.array(
    [
        [3, 0, 1, 2, 4, 7],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
KERNEL = np.array([[1, 0, -1]] * 3)
CARD = """<html data-theme="light"><style>{style}
body {{ margin: 0; width: 1200px; height: 630px; background: #fff; }}
body {{ color: var(--pst-color-text-base); font-family: var(--pst-font-family-base); }}
header {{ align-items: center; display: flex; font-size: 60px; font-weight: 700; gap: 28px; }}
header {{ padding: 54px 80px 0; }}
header svg {{ width: 84px; }}
p {{ color: var(--cnnlab-pending); font-size: 34px; margin: 22px 80px 34px; }}
.cnnlab-sum {{ margin: 0 80px; max-width: none; width: 860px; }}
</style><header>{logo}cnnlab</header>
<p>Convolutional networks, built, counted and measured</p>{picture}</html>"""


def grid(values: np.ndarray, x: int, y: int, caption: str, marked: int, kind: str) -> str:
    """A table of numbers whose top left corner, `marked` cells wide and high, is set off as `kind`."""
    parts = []
    for (row, column), value in np.ndenumerate(values):
        look = kind if max(row, column) < marked else "plain"
        left, top = x + CELL * column, y + CELL * row
        parts.append(f'<rect class="{look}" x="{left}" y="{top}" width="{CELL}" height="{CELL}"/>')
        number = str(value).replace("-", "\u2212")
        parts.append(f'<text class="{look}" x="{left + CELL // 2}" y="{top + CELL // 2}">{number}</text>')
    middle, below = x + CELL * values.shape[1] // 2, y + CELL * values.shape[0] + 24
    parts.append(f'<text class="caption" x="{middle}" y="{below}">{caption}</text>')
    return "\n".join(parts)


def first_sum() -> str:
    """The 6×6 image, the kernel, and the sixteen outputs that `cnnlab.conv` computes."""
    outputs = correlate2d(IMAGE, KERNEL)
    alt = (
        "A 6 by 6 image whose top left 3 by 3 window is marked, a 3 by 3 kernel, and the 4 by 4 output. "
        f"The marked window times the kernel, added up, gives the first output, {outputs[0, 0]}."
    )
    half, side = CELL // 2, CELL * IMAGE.shape[0]
    kernel = 2 + side + SIGN
    output = kernel + CELL * KERNEL.shape[0] + SIGN
    drawn = [
        grid(IMAGE, 2, 2, "image", 3, "window"),
        f'<text class="sign" x="{kernel - SIGN // 2}" y="{2 + side // 2}">\u22c6</text>',
        grid(KERNEL, kernel, 2 + CELL + half, "kernel", 3, "window"),
        f'<text class="sign" x="{output - SIGN // 2}" y="{2 + side // 2}">=</text>',
        grid(outputs, output, 2 + CELL, "output", 1, "output"),
    ]
    size = f"{output + CELL * outputs.shape[0] + 2} {7 * CELL}"
    head = f'<svg class="cnnlab-sum" viewBox="0 0 {size}" role="img" aria-label="{alt}">'
    return "\n".join([head, *drawn, "</svg>\n"])


def photographed(content: str, width: int, height: int) -> bytes:
    """A PNG of a page in a window of this size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_content(content)
        picture = page.screenshot()
        browser.close()
    return picture


def social_card() -> bytes:
    """The picture under the book's name, 1200 × 630 pixels: what a shared link shows."""
    style, logo = (STATIC / "cnnlab.css").read_text(), (STATIC / "logo.svg").read_text()
    return photographed(CARD.format(style=style, logo=logo, picture=first_sum()), 1200, 630)


def touch_icon() -> bytes:
    """The logo on white, 180 × 180 pixels: what a phone shows for a page that its reader keeps."""
    logo = (STATIC / "logo.svg").read_text()
    style = "body { background: white; margin: 26px; } svg { display: block; height: 128px; width: 128px; }"
    return photographed(f"<style>{style}</style>{logo}", 180, 180)


if __name__ == "__main__":
    (STATIC / "first_sum.svg").write_text(first_sum())
    (STATIC / "social_card.png").write_bytes(social_card())
    (STATIC / "touch_icon.png").write_bytes(touch_icon())
