// Receptive-field explorer: a chain of layers to edit; tap a unit, and what it sees lights up down to the image.
import {levels, seen} from "./arithmetic.js";
import {Choice, Slider, begin, button, clamp, draw, make, minus, onDrag} from "./ui.js";

const WIDTH = 360, LEFT = 4, MOST_TALL = 300, DENSE = 3; // units; narrower ones are drawn as one bar
const COLUMNS = [["K", "kernel size", 1, 15], ["S", "stride", 1, 8], ["P", "padding", 0, 8], ["D", "dilation", 1, 16]];

// The runs of whole numbers that follow each other: [1, 2, 3, 7] → [[1, 3], [7, 7]].
function runs(numbers) {
  const found = [];
  for (const number of numbers) {
    if (found.length && found.at(-1)[1] === number - 1) found.at(-1)[1] = number;
    else found.push([number, number]);
  }
  return found;
}

class Stack {
  constructor(place, {stacks, stack}) {
    Object.assign(this, {place, stacks});
    this.preset = new Choice("Layers of", Object.fromEntries(Object.keys(stacks).map(name => [name, name])),
      () => this.load(this.preset.value));
    this.width = new Slider("Image columns", {value: 24, min: 1, max: 256}, () => this.update());
    this.level = new Slider("Layer of the unit", {value: 1, max: 1}, () => this.update());
    this.unit = new Slider("Unit", {value: 0, min: 0, max: 0}, () => this.update());
    this.drawing = draw("svg", {role: "img"});
    this.said = make("p", {role: "status"});
    this.rows = make("tbody");
    onDrag(this.drawing, (x, y) => this.choose(x, y));
    this.begin(stack ?? Object.keys(stacks)[0]);
  }

  begin(stack) {
    const heads = ["Layer", ...COLUMNS.map(([letter]) => letter), "Sees", "Jump", "Start", "Units", "Change"];
    const table = make("table", {}, make("thead", {}, make("tr", {},
      ...heads.map(head => make("th", {scope: "col"}, head)))), this.rows);
    const {preset, width, level, unit} = this;
    this.place.append(make("div", {class: "controls"}, ...[preset, width, level, unit].map(each => each.row)),
      this.drawing, this.said, make("div", {class: "scrolls"}, table),
      make("p", {}, button("Add a layer", () => this.add())));
    this.load(stack);
  }

  load(name) {
    const {width, layers} = this.stacks[name];
    this.preset.value = name;
    this.width.value = width;
    this.layers = layers.map(layer => [...layer]);
    this.top();
  }

  // The middle unit of the last layer is chosen.
  top() {
    this.list();
    this.level.max = this.layers.length;
    this.level.value = this.layers.length;
    this.unit.max = 999;
    this.unit.value = 999;
    this.middle = true;
    this.update();
  }

  add() {
    this.layers.push([3, 1, 1, 1]);
    this.top();
    this.rows.lastElementChild.querySelector("input").focus();
  }

  remove(place) {
    this.layers.splice(place, 1);
    this.top();
    this.rows.children[Math.max(0, place - 1)]?.querySelector("button").focus();
  }

  swap(place) {
    const {layers} = this;
    [layers[place - 1], layers[place]] = [layers[place], layers[place - 1]];
    this.top();
    this.rows.children[place - 1].querySelector("button").focus();
  }

  // The table's rows, with a field for each number; what they compute is filled in by `update`.
  list() {
    this.rows.replaceChildren(...this.layers.map((layer, place) => {
      const fields = COLUMNS.map(([, name, min, max], column) => {
        const field = make("input", {type: "number", min, max, value: layer[column],
          "aria-label": `${name} of layer ${place + 1}`});
        field.addEventListener("input", () => { layer[column] = Number(field.value); this.update(); });
        return make("td", {}, field);
      });
      const buttons = make("td", {},
        button("↑", () => this.swap(place), {"aria-label": `Move layer ${place + 1} up`, ...(place ? {} : {disabled: ""})}),
        button("×", () => this.remove(place), {"aria-label": `Remove layer ${place + 1}`}));
      return make("tr", {}, make("th", {scope: "row"}, `${place + 1}`), ...fields,
        ...["size", "jump", "start", "units"].map(() => make("td", {class: "number"})), buttons);
    }));
  }

  // As many layers as fit, and what the next one is refused for.
  measure() {
    for (let count = this.layers.length; ; count--) {
      try {
        return {all: levels(this.width.value, this.layers.slice(0, count)), refusal: this.refusal(count)};
      } catch (refusal) { if (!count) throw refusal; }
    }
  }

  refusal(count) {
    if (count === this.layers.length) return "";
    try { levels(this.width.value, this.layers.slice(0, count + 1)); } catch (refusal) {
      return `Layer ${count + 1} is refused: ${refusal.message}. `;
    }
  }

  update() {
    const {all, refusal} = this.measure();
    this.all = all;
    this.level.max = all.length - 1;
    const {units} = all[this.level.value];
    this.unit.max = units - 1;
    if (this.middle) this.unit.value = Math.floor((units - 1) / 2);
    this.middle = false;
    this.fill();
    const lit = seen(this.width.value, this.layers.slice(0, this.level.value), this.unit.value);
    this.plot(lit);
    this.tell(refusal, lit[0]);
  }

  fill() {
    [...this.rows.children].forEach((row, place) => {
      const level = this.all[place + 1];
      row.classList.toggle("refused", !level);
      row.classList.toggle("chosen", place + 1 === this.level.value);
      [...row.querySelectorAll(".number")].forEach((cell, column) => {
        const text = level ? minus(level[["size", "jump", "start", "units"][column]]) : "";
        if (cell.textContent !== text) cell.textContent = text; // or the table is laid out again at every drag
      });
    });
  }

  tell(refusal, pixels) {
    const level = this.level.value, unit = this.unit.value, {size, jump, start} = this.all[level];
    const first = start + unit * jump, last = first + size - 1;
    const outside = size - (Math.min(last, this.width.value - 1) - Math.max(first, 0) + 1);
    const holes = (pixels.at(-1) ?? 0) - (pixels[0] ?? 0) + 1 - pixels.length;
    const where = level ? `Unit ${unit} of layer ${level}` : `Pixel ${unit}`;
    const real = pixels.length ? ` ${pixels.length} of them real, from ${pixels[0]} to ${pixels.at(-1)}` : " none of them real";
    const words = `${refusal}${where}: columns ${minus(first)} to ${minus(last)}, ${size} in all,${real}`
      + `${outside > 0 ? `; ${outside} lie in the padding` : ""}${pixels.length && holes ? `; ${holes} in holes` : ""}. `
      + `Its neighbours' views begin ${jump} further on.`;
    this.said.textContent = words;
    this.drawing.setAttribute("aria-label", `The layers above the image, and what a unit sees of each. ${words}`);
  }

  // The middle of a unit's view, and half of the room it has, in units of the drawing.
  x(level, unit) { return LEFT + (level.start + unit * level.jump + level.size / 2) * this.scale; }
  half(level) { return Math.max(0.4, Math.min(level.jump * this.scale * 0.42, 9)); }
  y(place) { return (this.all.length - 1 - place) * this.tall + this.tall / 2; }

  plot(lit) {
    this.scale = (WIDTH - 2 * LEFT) / this.width.value;
    this.tall = clamp(MOST_TALL / this.all.length, 10, 34);
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${this.tall * this.all.length}`);
    const everyUnit = this.all.map(({units}) => Array.from({length: units}, (_, unit) => unit));
    this.drawing.replaceChildren(this.cone(lit), this.bars(everyUnit, "unit"), this.bars(lit, "seen"));
  }

  // The levels' units, or their runs where they stand too dense, as one path: a thousand rectangles are slow to drag.
  bars(levels, kind) {
    const parts = levels.flatMap((units, place) => {
      const dense = this.all[place].jump * this.scale < DENSE;
      return (dense ? runs(units) : units.map(unit => [unit, unit])).map(run => this.bar(place, run));
    });
    return draw("path", {d: parts.join(""), class: kind});
  }

  bar(place, [first, last]) {
    const level = this.all[place], half = this.half(level), thick = this.tall * 0.56;
    const left = this.x(level, first) - half, across = this.x(level, last) + half - left;
    return `M${left} ${this.y(place) - thick / 2}h${across}v${thick}h${-across}z`;
  }

  // From the ends of what is seen of a level to those of the level below.
  cone(lit) {
    const ends = lit.flatMap((units, place) => units.length
      ? [[this.x(this.all[place], units[0]) - this.half(this.all[place]), this.y(place)],
        [this.x(this.all[place], units.at(-1)) + this.half(this.all[place]), this.y(place)]] : []);
    const corners = [...ends.filter((_, end) => end % 2 === 0), ...ends.filter((_, end) => end % 2).reverse()];
    return draw("polygon", {points: corners.map(([x, y]) => `${x},${y}`).join(" "), class: "cone"});
  }

  choose(x, y) {
    const place = clamp(this.all.length - 1 - Math.floor(y / this.tall), 0, this.all.length - 1);
    const {start, jump, size, units} = this.all[place];
    this.level.value = place;
    this.unit.max = units - 1;
    this.unit.value = clamp(Math.round(((x - LEFT) / this.scale - size / 2 - start) / jump), 0, units - 1);
    this.update();
  }
}

begin("receptive_field", (place, settings) => new Stack(place, settings));
