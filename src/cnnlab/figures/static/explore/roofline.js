// Roofline of a machine of your choice: what bounds each layer, how long it takes at best.
import {roofline} from "./arithmetic.js";
import {Choice, Slider, TEXT, begin, clamp, draw, make, onDrag} from "./ui.js";

const WIDTH = 360, HEIGHT = 220, LEFT = 34, RIGHT = 20, BOTTOM = 26, TOP = 10, ROOM = 17; // units; room of a letter
const [LEAST, MOST] = [0.1, 10000]; // FLOPs a byte
const DECADES = 3; // of speed below the roof
const NUMBERS = {4: "4 bytes", 2: "2 bytes", 1: "1 byte"};
const STEPS = 10; // of a slider, from one power of ten to the next
const power = place => Number((10 ** (place / STEPS)).toPrecision(2));
const short = number => Number(number.toPrecision(3)).toLocaleString("en");
const log = Math.log10;

function time(seconds) {
  const [times, unit] = seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
  return `${short(seconds * times)} ${unit}`;
}

class Roofline {
  constructor(place, {layers}) {
    const update = () => this.update(), names = Object.keys(layers);
    Object.assign(this, {layers, names});
    this.peak = new Slider("Peak, GFLOPS", {value: 23, min: 0, max: 60, show: power}, update);
    this.bandwidth = new Slider("Bandwidth, GB/s", {value: 16, min: 0, max: 40, show: power}, update);
    this.images = new Slider("Images at once", {value: 1, max: 256}, update);
    this.number = new Choice("A number has", NUMBERS, update);
    this.number.value = "4";
    this.layer = new Choice("Layer", Object.fromEntries(names.map(name => [name, name])), update);
    this.drawing = draw("svg", {role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`});
    this.said = make("p", {role: "status"});
    onDrag(this.drawing, (x, y) => this.choose(x, y));
    const controls = [this.peak, this.bandwidth, this.images, this.number, this.layer];
    place.append(make("div", {class: "controls"}, ...controls.map(control => control.row)), this.drawing, this.said);
    this.update();
  }

  update() {
    this.speeds = [power(this.peak.value) * 1e9, power(this.bandwidth.value) * 1e9];
    this.found = this.names.map(name =>
      roofline(this.layers[name], this.images.value, Number(this.number.value), ...this.speeds));
    this.drawing.replaceChildren(...this.axes(), this.roof(), ...this.points());
    this.say();
  }

  x(intensity) { return LEFT + log(intensity / LEAST) / log(MOST / LEAST) * (WIDTH - LEFT - RIGHT); }
  y(speed) { return TOP + clamp(log(this.speeds[0] / speed) / DECADES, 0, 1) * (HEIGHT - TOP - BOTTOM); }

  axes() {
    const parts = [], bottom = HEIGHT - BOTTOM;
    for (let intensity = LEAST; intensity <= MOST; intensity *= 10)
      parts.push(draw("text", {x: this.x(intensity), y: bottom + 9, "font-size": TEXT}, short(intensity)));
    for (let down = 0; down <= DECADES; down++)
      parts.push(draw("text", {x: LEFT - 4, y: this.y(this.speeds[0] / 10 ** down), "font-size": TEXT, class: "right"},
        short(this.speeds[0] / 10 ** down / 1e9)));
    return [draw("line", {x1: LEFT, x2: WIDTH, y1: bottom, y2: bottom}), draw("line", {x1: LEFT, x2: LEFT, y1: TOP, y2: bottom}),
      draw("text", {x: WIDTH / 2, y: HEIGHT - 5, "font-size": TEXT}, "FLOPs a byte; upwards GFLOPS"), ...parts];
  }

  get ridge() { return this.speeds[0] / this.speeds[1]; }

  // The slope up to the ridge, and the flat roof behind it.
  roof() {
    const lowest = Math.max(LEAST, this.ridge / 10 ** DECADES), corner = clamp(this.ridge, LEAST, MOST);
    const at = intensity => `${this.x(intensity)} ${this.y(Math.min(this.speeds[0], intensity * this.speeds[1]))}`;
    return draw("path", {d: `M${at(lowest)}L${at(corner)}L${at(MOST)}`, class: "wire lit"});
  }

  // On the roof; a letter whose place is taken hangs below it.
  points() {
    this.places = [];
    for (const {flops, intensity, seconds} of this.found) {
      const x = this.x(clamp(intensity, LEAST, MOST)), taken = y => this.places.some(
        ([cx, cy]) => Math.abs(cx - x) < ROOM && Math.abs(cy - y) < ROOM);
      let y = this.y(flops / seconds);
      while (taken(y)) y += ROOM;
      this.places.push([x, y]);
    }
    return this.names.flatMap((name, place) => {
      const [cx, cy] = this.places[place], chosen = name === this.layer.value;
      return [draw("circle", {cx, cy, r: chosen ? 9 : 7, class: this.found[place].memory ? "open" : "dense"}),
        draw("text", {x: cx, y: cy, "font-size": TEXT, "font-weight": chosen ? 700 : 400}, name[0])];
    });
  }

  say() {
    const {flops, bytes, intensity, seconds, memory} = this.found[this.names.indexOf(this.layer.value)];
    const bound = memory ? "The memory" : "The processor", idle = memory
      ? `Of the peak, ${short(100 * flops / seconds / this.speeds[0])} % can be used`
      : `The memory is busy for ${short(100 * bytes / this.speeds[1] / seconds)} % of the time`;
    const left = this.names.filter((_, place) => this.found[place].memory).map(name => name[0]);
    this.tell(`The ridge is at ${short(this.ridge)} FLOPs a byte; left of it: ${left.join(", ") || "no layer"}. `
      + `${this.layer.value}: ${short(flops / 1e6)} MFLOP and ${short(bytes / 1e6)} MB, ${short(intensity)} FLOPs a byte. ${bound} `
      + `sets the bound: at best ${short(flops / seconds / 1e9)} GFLOPS, ${time(seconds)}`
      + `${this.images.value > 1 ? `, ${time(seconds / this.images.value)} an image` : ""}. ${idle}.`);
  }

  tell(words) {
    this.said.textContent = words;
    this.drawing.setAttribute("aria-label", `A slope that ends in a flat roof, and on it layers by their letters. ${words}`);
  }

  choose(x, y) {
    const apart = ([cx, cy]) => (x - cx) ** 2 + (y - cy) ** 2;
    const nearest = this.places.reduce((best, each, place) => apart(each) < apart(this.places[best]) ? place : best, 0);
    this.layer.value = this.names[nearest];
    this.update();
  }
}

begin("roofline", (place, settings) => new Roofline(place, settings));
