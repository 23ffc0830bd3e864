// Cost explorer: width, resolution and depth of a network; its costs by stage, and what papers print of it.
import {scaled_stages} from "./arithmetic.js";
import {Choice, Slider, TEXT, begin, button, clamp, draw, make, onDrag} from "./ui.js";

const WIDTH = 360, TALL = 26, GAP = 40, TOP = 16, NARROW = 16; // units; narrower parts get no number
const SPARE = 1.02; // a printed number a little above the bar's end still gets its dot
const COUNTS = {macs: "MACs", params: "parameters"};
const UNITS = {M: 1e6, G: 1e9};
const written = number => number.toLocaleString("en");
const share = (part, whole) => `${Number((100 * part / whole).toPrecision(3))} %`;
const hundredths = number => Math.round(100 * number);

class Scaling {
  constructor(place, {networks, network}) {
    this.networks = networks;
    const update = () => this.update(), names = Object.keys(networks);
    this.network = new Choice("Network", Object.fromEntries(names.map(name => [name, name])), () => this.load());
    this.network.value = network ?? names[0];
    this.width = new Slider("Width, %", {value: 100, min: 20, max: 220}, update);
    this.size = new Slider("Image, pixels", {value: 224, min: 32, max: 640}, update);
    this.depth = new Slider("Depth, %", {value: 100, min: 20, max: 320}, update);
    this.chosen = new Slider("Part", {value: 0, min: 0, max: 0}, update);
    this.drawing = draw("svg", {role: "img", viewBox: `0 0 ${WIDTH} ${TOP + 2 * TALL + GAP + 14}`});
    this.said = make("p", {role: "status"});
    this.list = make("ul", {class: "printed points"});
    onDrag(this.drawing, (x, y) => this.choose(x, y));
    const controls = [this.network, this.width, this.size, this.depth, this.chosen];
    place.append(make("div", {class: "controls"}, ...controls.map(control => control.row)), this.drawing, this.said,
      make("div", {class: "scrolls", tabindex: "0", role: "region", "aria-label": "What papers print"}, this.list));
    this.load();
  }

  get table() { return this.networks[this.network.value]; }

  // A network as it was published, and what is printed of it.
  load() {
    this.published = scaled_stages(this.table, 1, 224, 1);
    this.items = this.table.printed.map(point => {
      const deep = point.depth === 1 ? "" : `depth ${point.depth}, `;
      const set = button(`width ${point.width}, ${deep}${point.size}×${point.size}`, () => this.set(point));
      return make("li", {}, make("span", {}, set, ` ${point.where}`),
        make("span", {}, `${point.value} ${point.unit} ${COUNTS[point.count]}`), make("span", {}, point.verdict));
    });
    this.list.replaceChildren(...this.items);
    this.chosen.max = this.published.length - 1;
    this.chosen.value = this.published.reduce((best, {macs}, place, all) => macs > all[best].macs ? place : best, 0);
    this.set({width: 1, size: 224, depth: 1});
  }

  set({width, size, depth}) {
    this.width.value = hundredths(width);
    this.size.value = size;
    this.depth.value = hundredths(depth);
    this.update();
  }

  is({width, size, depth}) {
    return hundredths(width) === this.width.value && size === this.size.value && hundredths(depth) === this.depth.value;
  }

  update() {
    const width = this.width.value / 100, depth = this.depth.value / 100;
    this.stages = scaled_stages(this.table, width, this.size.value, depth);
    this.drawing.replaceChildren(...Object.keys(COUNTS).flatMap((count, row) => this.bar(count, TOP + row * (TALL + GAP))));
    this.items.forEach((item, place) => item.classList.toggle("lit", this.is(this.table.printed[place])));
    this.say();
  }

  total(count, stages = this.stages) { return stages.reduce((sum, stage) => sum + stage[count], 0); }

  // A stage behind the other; below it a dot for each number that a paper prints, empty where it is not ours.
  bar(count, y) {
    const most = Math.max(this.total(count), this.total(count, this.published)), parts = [];
    let x = 0;
    this.ends ??= {};
    this.ends[count] = this.stages.map((stage, place) => {
      const wide = stage[count] / most * WIDTH, kind = place === this.chosen.value ? "chosen" : place % 2 ? "tap" : "output";
      parts.push(draw("rect", {x, y, width: wide, height: TALL, class: kind}));
      if (wide >= NARROW) parts.push(draw("text", {x: x + wide / 2, y: y + TALL / 2, "font-size": TEXT}, `${place}`));
      return x += wide;
    });
    const said = `${written(this.total(count))} ${COUNTS[count]}`;
    return [draw("text", {x: 0, y: y - 9, "font-size": TEXT, class: "left"}, said), ...parts, ...this.dots(count, y, most)];
  }

  dots(count, y, most) {
    const points = this.table.printed.filter(point => point.count === count);
    return points.map(point => [point, Number(point.value) * UNITS[point.unit] / most * WIDTH]).filter(([, x]) => x <= SPARE * WIDTH)
      .map(([point, x]) => draw("circle", {cx: clamp(x, 4, WIDTH - 4), cy: y + TALL + 8, r: this.is(point) ? 4 : 2.5,
        class: ["agrees", "explained"].includes(point.verdict) ? "lit" : "open"}));
  }

  say() {
    const {name, blocks, size, channels, ...costs} = this.stages[this.chosen.value];
    const pixels = name === "linear layer" ? "" : ` at ${size}×${size}`;
    const parts = Object.entries(COUNTS).map(([count, word]) =>
      `${written(costs[count])} ${word}, ${share(costs[count], this.total(count))} of all`);
    const times = Object.entries(COUNTS).map(([count, word]) =>
      `${Number((this.total(count) / this.total(count, this.published)).toPrecision(3))} times the ${word}`);
    this.tell(`${times.join(" and ")} of the network as it is at width 1, depth 1 and 224×224. Part ${this.chosen.value}, `
      + `the ${name} (${blocks > 1 ? `${blocks} blocks, ` : ""}${channels} channels${pixels}): ${parts.join("; ")}.`);
  }

  tell(words) {
    this.said.textContent = words;
    const totals = Object.entries(COUNTS).map(([count, word]) => `${written(this.total(count))} ${word}`);
    this.drawing.setAttribute("aria-label", `Two bars, stage by stage: ${totals.join(" and ")}; below them dots where papers `
      + `print a number, empty where it is not ours. ${words}`);
  }

  choose(x, y) {
    const count = y < TOP + TALL + GAP / 2 ? "macs" : "params", place = this.ends[count].findIndex(end => x <= end);
    this.chosen.value = place < 0 ? this.stages.length - 1 : place;
    this.update();
  }
}

begin("scaling", (place, settings) => new Scaling(place, settings));
