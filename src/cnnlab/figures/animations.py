"""Pictures a reader steps through: a window that slides, a field that grows."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.patches import Polygon, Rectangle

from cnnlab.cost import conv2d_output_size
from cnnlab.figures.maps import matrices
from cnnlab.figures.style import BLUE, GREY, STYLE, Picture, finish, new_figure, shrink, signed


class Animation(NamedTuple):
    """Pictures with a caption each, and a player: play, pause, step, slider; no other file, no other host."""

    pictures: Sequence[Picture]
    captions: Sequence[str]
    title: str

    def __repr__(self) -> str:
        return f"Animation({self.title!r}, {len(self.pictures)} steps)"

    def _repr_html_(self) -> str:
        frames = [base64.b64encode(picture.png).decode() for picture in self.pictures]
        width, height = self.pictures[0].size
        return PLAYER.format(
            id="animation-" + hashlib.sha256("".join(frames).encode()).hexdigest()[:8],
            title=escape(self.title, quote=True),
            alt=escape(f"{self.title}, step 1 of {len(frames)}: {self.captions[0]}", quote=True),
            first=frames[0],
            caption=escape(self.captions[0]),
            last=len(frames) - 1,
            width=width,
            height=height,
            frames=json.dumps(frames),
            captions=json.dumps(self.captions, ensure_ascii=False).replace("</", "<\\/"),
        )


# The caption is announced when a reader steps, but not sixteen times while it plays.
PLAYER = """<figure class="cnnlab-animation" id="{id}" role="group" aria-label="{title}" data-step="0">
<img src="data:image/png;base64,{first}" alt="{alt}" width="{width}" height="{height}"
 style="max-width: 100%; height: auto">
<figcaption aria-live="polite">{caption}</figcaption>
<div class="controls">
<button type="button" data-go="first">First</button>
<button type="button" data-go="-1" aria-label="Previous step">◂ Previous</button>
<button type="button" data-go="play" aria-label="Play">▶ Play</button>
<button type="button" data-go="1" aria-label="Next step">Next ▸</button>
<input type="range" aria-label="Step" min="0" max="{last}" value="0">
</div>
</figure>
<script>
(function () {{
  const root = document.getElementById("{id}"), frames = {frames}, captions = {captions};
  const [image, caption, slider, play] =
    ["img", "figcaption", "input", "[data-go=play]"].map((name) => root.querySelector(name));
  const title = root.getAttribute("aria-label");
  let step = 0, timer = null;
  function show(next) {{
    step = Math.max(0, Math.min({last}, next));
    image.src = "data:image/png;base64," + frames[step];
    caption.textContent = captions[step];
    image.alt = `${{title}}, step ${{step + 1}} of ${{frames.length}}: ${{captions[step]}}`;
    slider.value = root.dataset.step = step;
    if (step === {last}) pause();
  }}
  function pause() {{
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ Play";
    play.setAttribute("aria-label", "Play");
    caption.setAttribute("aria-live", "polite");
  }}
  function start() {{
    caption.setAttribute("aria-live", "off");
    if (step === {last}) show(0);
    timer = setInterval(() => show(step + 1), 1100);
    play.textContent = "❚❚ Pause";
    play.setAttribute("aria-label", "Pause");
  }}
  root.addEventListener("click", (event) => {{
    const go = event.target.dataset.go;
    if (!go) return;
    const playing = timer !== null;
    pause();
    if (go === "play") {{ if (!playing) start(); }} else show(go === "first" ? 0 : step + Number(go));
  }});
  slider.addEventListener("input", () => {{ pause(); show(Number(slider.value)); }});
}})();
</script>"""


def animate(title: str, steps: Mapping[str, Picture]) -> Animation:
    """A picture for each caption, played one after the other."""
    return Animation([shrink(picture) for picture in steps.values()], list(steps), title)


def slide(image: np.ndarray, kernel: np.ndarray, output: np.ndarray, stride: int = 1) -> Animation:
    """The kernel's window visiting every output of a small whole-number convolution, with its products."""
    steps = {}
    (height, width), columns = kernel.shape, output.shape[1]
    for i, j in product(*map(range, output.shape)):
        top, left = i * stride, j * stride
        window = image[top : top + height, left : left + width]
        picture = matrices(
            {"input": image, "kernel": kernel, "output": output},
            {"input": (top, left, height, width), "output": (i, j, 1, 1)},
            {"output": i * columns + j + 1},
        )
        steps[f"Output ({i}, {j}): {products(window, kernel)} = {signed(output[i, j])}"] = picture
    return animate("A window slides over the input", steps)


class Level(NamedTuple):
    """A layer's units along one axis: where their centres lie, in pixels of the image, and which are seen."""

    centres: np.ndarray
    seen: np.ndarray


def look_down(width: int, layers: Sequence[tuple[int, int, int]], unit: int) -> list[Level]:
    """What a unit of the last layer sees of every layer, itself first and the image last.

    `layers` are (kernel size, stride, padding), the one that reads the image first.
    """
    centres, jump = [np.arange(width, dtype=float)], 1
    for kernel_size, stride, padding in layers:
        count = conv2d_output_size(len(centres[-1]), kernel_size, stride, padding)
        first = centres[-1][0] + jump * ((kernel_size - 1) / 2 - padding)
        jump *= stride
        centres.append(first + jump * np.arange(count))
    first, last, levels = unit, unit, []
    for places, (kernel_size, stride, padding) in zip(centres[::-1], [*layers[::-1], (1, 1, 0)], strict=True):
        units = np.arange(len(places))
        levels.append(Level(places, (first <= units) & (units <= last)))
        first, last = first * stride - padding, last * stride - padding + kernel_size - 1
    return levels


@rc_context(STYLE)
def cone(levels: Mapping[str, Level], shown: int | None = None) -> Picture:
    """Layers as rows of units above the image; of the topmost `shown` rows the units seen are blue."""
    figure = new_figure(0.52 * len(levels) + 0.4)
    axes, shown = figure.subplots(), len(levels) if shown is None else shown
    for y, (centres, seen) in enumerate(levels.values()):
        for x, is_seen in zip(centres, seen & (y < shown), strict=True):
            face = BLUE if is_seen else "white"
            axes.add_patch(Rectangle((x - 0.38, y - 0.3), 0.76, 0.6, facecolor=face, edgecolor=GREY))
    edges = [level.centres[level.seen][[0, -1]] + (-0.38, 0.38) for level in levels.values()][:shown]
    for y, (above, below) in enumerate(pairwise(edges)):
        corners = [(above[0], y), (above[1], y), (below[1], y + 1), (below[0], y + 1)]
        axes.add_patch(Polygon(corners, facecolor="#cfe0f3", edgecolor="none", zorder=0))
    widest = max(level.centres[-1] for level in levels.values())
    axes.set(xlim=(-0.8, widest + 0.8), ylim=(len(levels) - 0.5, -0.5), xticks=[])
    axes.set_yticks(range(len(levels)), list(levels))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return finish(figure)


def descend(title: str, levels: Mapping[str, Level]) -> Animation:
    """One unit's field growing down the stack, a layer a step."""
    steps = {
        f"{name}: {count} {'columns' if y == len(levels) - 1 else 'unit' if count == 1 else 'units'}": cone(
            levels, y + 1
        )
        for y, (name, count) in enumerate((name, int(level.seen.sum())) for name, level in levels.items())
    }
    return animate(title, steps)


def products(window: np.ndarray, kernel: np.ndarray) -> str:
    """A window times a kernel, every product written out."""
    return " + ".join(
        f"{signed(w)}·({signed(k)})" if k < 0 else f"{signed(w)}·{signed(k)}"
        for w, k in zip(window.flat, kernel.flat, strict=True)
    )
