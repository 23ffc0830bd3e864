// Architecture explorer: two networks side by side, each a strip of blocks that opens down to its layers.
import {blocks, outline} from "./arithmetic.js";
import {Choice, TEXT, begin, draw, make} from "./ui.js";

const WIDTH = 360, TALL = 24, GAP = 34, TOP = 16, NARROW = 16, LETTER = 7.5; // units; narrower blocks get no name
const LEAST = 8; // blocks that a network shows as it begins
const COUNTS = {macs: "MACs", params: "parameters"};
const written = number => number.toLocaleString("en");
const sum = (all, count) => all.reduce((total, block) => total + block[count], 0);
const shown = name => name || "forward"; // what a network does itself has no module's name

class Architecture {
  constructor(place, {networks, names}) {
    Object.assign(this, {networks, folder: this.find()});
    const known = this.folder ? names : Object.keys(networks), update = () => this.update();
    this.count = new Choice("The bars show", COUNTS, update);
    this.sides = Object.keys(networks).slice(0, 2).map((name, side) => {
      const choice = new Choice(side ? "Beside it" : "Network", Object.fromEntries(known.map(each => [each, each])),
        () => this.load(side));
      choice.value = name;
      return {choice, list: make("div", {class: "blocks", tabindex: "0", role: "region",
        "aria-label": side ? "Blocks of the network beside it" : "Blocks of the network"}), open: new Set()};
    });
    this.drawing = draw("svg", {role: "img", viewBox: `0 0 ${WIDTH} ${2 * (TOP + TALL + GAP) - GAP}`});
    this.drawing.addEventListener("click", event => this.tap(event));
    this.said = make("p", {role: "status"});
    place.append(make("div", {class: "controls"}, ...this.sides.map(side => side.choice.row), this.count.row),
      this.drawing, this.said, make("div", {class: "pair"}, ...this.sides.map(side => side.list)));
    this.update();
  }

  // The book has a file for each network beside this script; a notebook has the two that it began with.
  find() {
    const script = document.querySelector('script[src*="explore/architecture.js"]');
    return script && new URL("networks/", script.src);
  }

  async load(side) {
    const name = this.sides[side].choice.value;
    try {
      this.networks[name] ??= await (await fetch(new URL(`${name}.json`, this.folder))).json();
      this.sides[side].open.clear();
      this.update();
    } catch (failure) {
      this.said.textContent = `${name} could not be loaded: ${failure.message}.`;
    }
  }

  update() {
    for (const side of this.sides) {
      side.network = this.networks[side.choice.value] ?? side.network; // the one before, until it is loaded
      side.blocks = outline(side.network.layers, LEAST);
    }
    this.most = Math.max(...this.sides.map(side => sum(side.blocks, this.count.value)));
    this.drawing.replaceChildren(...this.sides.flatMap((side, row) => this.strip(side, row * (TOP + TALL + GAP) + TOP)));
    for (const side of this.sides) side.list.replaceChildren(...side.blocks.map((block, place) => this.item(block, side, place)));
    this.say();
  }

  // A network's blocks behind one another, as long as what they cost.
  strip(side, y) {
    const count = this.count.value, parts = [];
    let x = 0;
    side.ends = side.blocks.map((block, place) => {
      const wide = block[count] / this.most * WIDTH;
      parts.push(draw("rect", {x, y, width: wide, height: TALL, class: place % 2 ? "tap" : "output"}));
      const name = shown(block.name).split(".").at(-1);
      if (wide >= Math.max(NARROW, LETTER * name.length))
        parts.push(draw("text", {x: x + wide / 2, y: y + TALL / 2, "font-size": TEXT}, name));
      return x += wide;
    });
    const total = `${side.choice.value}: ${written(sum(side.blocks, count))} ${COUNTS[count]}`;
    return [draw("text", {x: 0, y: y - 9, "font-size": TEXT, class: "left"}, total), ...parts];
  }

  // A block that opens into smaller ones, or a layer.
  item(block, side, place) {
    const [, does, shape, , , field] = block.layers.at(-1), count = this.count.value;
    const what = block.open ? `${block.layers.length} steps` : does;
    const bar = make("span", {class: "bar", style: `width: ${100 * block[count] / this.most}%`});
    const head = [make("b", {}, shown(block.name)), ` ${what}`, make("span", {class: "counts"},
      `${shape} · ${written(block.params)} parameters · ${written(block.macs)} MACs${field ? ` · sees ${field}` : ""}`), bar];
    if (!block.open) return make("div", {class: "layer"}, ...head);
    const item = make("details", {}, make("summary", {}, ...head)), key = `${block.depth} ${place} ${block.name}`;
    const fill = () => {
      side.open[item.open ? "add" : "delete"](key);
      if (item.open && item.children.length === 1)
        item.append(...blocks(block.layers, block.depth + 1).map((inner, at) => this.item(inner, side, `${place}.${at}`)));
    };
    item.addEventListener("toggle", fill);
    item.open = side.open.has(key);
    return item;
  }

  // A tap on a block of the strip opens it below.
  tap({clientX, clientY}) {
    const {left, top, width, height} = this.drawing.getBoundingClientRect();
    const side = this.sides[(clientY - top) / height < 0.5 ? 0 : 1], x = (clientX - left) / width * WIDTH;
    const item = side.list.children[side.ends.findIndex(end => x <= end)];
    if (!item) return;
    item.open = !item.open;
    item.scrollIntoView({block: "nearest"});
  }

  say() {
    const words = this.sides.map(({choice, network}) => {
      const inside = network.layers.reduce((total, layer) => total + layer[3], 0), rest = network.params - inside;
      const spare = rest ? `, ${written(rest)} of them in parts that no image passes after training` : "";
      return `${choice.value}, for an image of ${network.image}: ${network.layers.length} steps, ${written(network.params)} `
        + `parameters${spare}, ${written(network.layers.reduce((total, layer) => total + layer[4], 0))} MACs.`;
    });
    this.said.textContent = words.join(" ");
    this.drawing.setAttribute("aria-label", `Two networks as strips of blocks, each block as long as its ${
      COUNTS[this.count.value]}. ${words.join(" ")}`);
  }
}

begin("architecture", (place, settings) => new Architecture(place, settings));
