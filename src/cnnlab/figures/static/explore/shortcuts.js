// Shortcuts and gradients: a chain of blocks, of which some lose their F or their shortcut; what is left of the paths, and
// of the gradient that comes through them.
import {chain_gradient, path_counts} from "./arithmetic.js";
import {Choice, Slider, TEXT, begin, button, clamp, draw, make, minus, onDrag} from "./ui.js";

const WIDTH = 360, TOP = 18, TALL = 16, BARS = 66, GAP = 26; // units
const CHAIN = TOP + TALL + 22;
const KINDS = {both: "F + shortcut", shortcut: "shortcut only", block: "F only"};
const written = number => number.toLocaleString("en");
const rounded = number => minus(Math.abs(number) < 1e-3 || Math.abs(number) >= 1e6
  ? number.toExponential(1).replace("e+", " · 10^").replace("e-", " · 10^−") : Number(number.toPrecision(4)));
const zero = number => number === 0 ? "0" : rounded(number);

class Shortcuts {
  constructor(place, {blocks = 27, slope = 10}) {
    const update = () => this.update();
    this.number = new Slider("Blocks", {value: blocks, max: 40}, () => this.resize());
    this.slope = new Slider("Slope F′", {value: slope, min: -50, max: 100, show: place => place / 100}, update);
    this.chosen = new Slider("Block", {value: 1, max: blocks}, update);
    this.kind = new Choice("The block has", KINDS, () => this.change());
    this.drawing = draw("svg", {role: "img", viewBox: `0 0 ${WIDTH} ${CHAIN + 2 * (BARS + GAP)}`});
    this.said = make("p", {role: "status"});
    this.kinds = Array(blocks).fill("both");
    onDrag(this.drawing, x => this.choose(x));
    const all = (words, kind) => button(words, () => { this.kinds.fill(kind); this.update(); });
    place.append(make("div", {class: "controls"}, ...[this.number, this.slope, this.chosen, this.kind].map(each => each.row)),
      this.drawing, this.said, make("p", {class: "buttons"}, all("All with shortcuts", "both"), " ",
        all("No shortcuts", "block"), " ", button("Remove an F at random", () => this.removeOne())));
    this.update();
  }

  resize() {
    const before = this.kinds;
    this.kinds = Array.from({length: this.number.value}, (_, place) => before[place] ?? before.at(-1));
    this.chosen.max = this.kinds.length;
    this.update();
  }

  change() {
    this.kinds[this.chosen.value - 1] = this.kind.value;
    this.update();
  }

  // Where F stands beside a shortcut; from a chain without shortcuts nobody can take one and have paths left.
  removeOne() {
    const left = [...this.kinds.keys()].filter(place => this.kinds[place] === "both");
    if (!left.length) return;
    const place = left[Math.floor(Math.random() * left.length)];
    this.kinds[place] = "shortcut";
    this.chosen.value = place + 1;
    this.update();
  }

  update() {
    this.kind.value = this.kinds[this.chosen.value - 1];
    const slope = this.slope.value / 100, counts = path_counts(this.kinds);
    const carried = counts.map((count, length) => count && count * slope ** length);
    this.drawing.replaceChildren(...this.chain(),
      ...this.bars(counts, CHAIN, "paths that pass so many blocks", "output"),
      ...this.bars(carried, CHAIN + BARS + GAP, "what they carry of the gradient", "tap"));
    this.say(slope, counts, carried);
  }

  // Blocks in a row, each with its F as a box, and its shortcut as an arc.
  chain() {
    const step = WIDTH / this.kinds.length, middle = TOP + TALL / 2, parts = [];
    parts.push(draw("line", {x1: 0, x2: WIDTH, y1: TOP + TALL, y2: TOP + TALL, class: "chain"}));
    this.kinds.forEach((kind, place) => {
      const x = place * step, chosen = place + 1 === this.chosen.value ? " chosen" : "";
      parts.push(draw("rect", {x: x + step * 0.2, y: TOP, width: step * 0.6, height: TALL,
        class: `${kind === "shortcut" ? "padding" : "output"}${chosen}`}));
      if (kind !== "block")
        parts.push(draw("path", {d: `M${x} ${TOP + TALL}C${x} 0 ${x + step} 0 ${x + step} ${TOP + TALL}`, class: "wire lit"}));
      if (step > 16 && kind !== "shortcut")
        parts.push(draw("text", {x: x + step / 2, y: middle, "font-size": TEXT}, "F"));
    });
    return parts;
  }

  // As many bars as there are lengths of paths; what is negative hangs empty.
  bars(values, y, words, kind) {
    const most = Math.max(...values.map(Math.abs)) || 1, step = WIDTH / values.length, room = BARS - 16;
    return [draw("text", {x: 0, y: y + 6, "font-size": TEXT, class: "left"}, words),
      ...values.map((value, length) => {
        const tall = Math.abs(value) / most * room;
        return draw("rect", {x: length * step + step * 0.1, y: y + BARS - tall, width: step * 0.8, height: tall,
          class: value < 0 ? "padding" : kind});
      }),
      ...[0, values.length - 1].map(length =>
        draw("text", {x: (length + 0.5) * step, y: y + BARS + 8, "font-size": TEXT}, `${length}`))];
  }

  say(slope, counts, carried) {
    const paths = counts.reduce((sum, count) => sum + count), gradient = chain_gradient(this.kinds, slope);
    const removed = this.kinds.filter(kind => kind === "shortcut").length;
    const whole = 2 ** this.kinds.length, gone = removed ? `, ${removed} of them without ${removed > 1 ? "their" : "its"} F` : "";
    let sum = 0;
    const half = carried.findIndex(value => (sum += value) >= gradient / 2);
    const through = slope > 0 && paths > 1
      ? ` Half of it comes through paths of at most ${half} block${half === 1 ? "" : "s"}.`
      : slope < 0 && paths > 1 ? " Paths of even and of odd length work against each other." : "";
    this.tell(`${this.kinds.length} blocks${gone}: ${written(paths)} of ${written(whole)} paths `
      + `${paths > 1 ? "are" : "is"} there. The gradient is multiplied by ${zero(gradient)}.${through}`);
  }

  tell(words) {
    this.said.textContent = words;
    this.drawing.setAttribute("aria-label", `A chain of blocks, and bars: how many paths pass so many blocks, and what they `
      + `carry of the gradient. ${words}`);
  }

  choose(x) {
    this.chosen.value = clamp(Math.ceil(x / WIDTH * this.kinds.length), 1, this.kinds.length);
    this.update();
  }
}

begin("shortcuts", (place, settings) => new Shortcuts(place, settings));
