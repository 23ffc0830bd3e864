// Wiring of groups: layers of 1×1 with a shuffle between them or none; tap a channel, and the inputs it hears light up.
import {conv2d_params, heard, shuffle_source} from "./arithmetic.js";
import {Choice, Slider, begin, clamp, draw, listed, make, onDrag} from "./ui.js";

const WIDTH = 360, LAYER = 62, SHUFFLE = 44, MARGIN = 14, MOST = 7; // units; radius of a channel

class Wiring {
  constructor(place, {channels = 12, groups = 3, layers = 2, shuffle = "none"}) {
    const update = () => this.update();
    this.channels = new Slider("Channels", {value: channels, max: 24}, update);
    this.groups = new Slider("Groups", {value: groups, max: 24}, update);
    this.layers = new Slider("Layers", {value: layers, max: 4}, update);
    this.between = new Choice("Between two layers", {none: "nothing", shuffle: "a shuffle"}, update);
    this.between.value = shuffle;
    this.chosen = new Slider("Output channel", {value: 0, min: 0, max: channels - 1}, update);
    this.drawing = draw("svg", {role: "img"});
    this.said = make("p", {role: "status"});
    onDrag(this.drawing, x => this.choose(x));
    place.append(make("div", {class: "controls"},
      ...[this.channels, this.groups, this.layers, this.between, this.chosen].map(control => control.row)),
    this.drawing, this.said);
    this.update();
  }

  get shuffled() { return this.between.value === "shuffle"; }

  update() {
    this.chosen.max = this.channels.value - 1;
    const {channels: {value: channels}, groups: {value: groups}, layers: {value: layers}} = this;
    try {
      this.weights = layers * conv2d_params(channels, channels, 1, groups, false);
      this.plot(heard(channels, groups, layers, this.shuffled, this.chosen.value));
    } catch (refusal) {
      if (!(refusal instanceof RangeError)) throw refusal;
      this.drawing.replaceChildren();
      this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} 1`);
      this.tell(`Refused: ${refusal.message}.`);
    }
  }

  // Rows of channels, the inputs below, and what connects each to the row above it.
  plot(lit) {
    const {channels: {value: channels}, groups: {value: groups}} = this, n = channels / groups;
    this.step = (WIDTH - 2 * MARGIN) / channels;
    const heights = lit.slice(1).map((_, row) => this.shuffled && row % 2 ? SHUFFLE : LAYER);
    let y = heights.reduce((sum, height) => sum + height, 2 * MARGIN) - MARGIN;
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${y + MARGIN}`);
    const wires = [], lines = [], dots = [];
    lit.forEach((found, row) => {
      const above = new Set(lit[row + 1]), here = new Set(found), next = y - heights[row];
      for (let to = 0; row < heights.length && to < channels; to++)
        for (const from of this.sources(row, to, n))
          (above.has(to) && here.has(from) ? lines : wires).push(`M${this.x(from)} ${y}L${this.x(to)} ${next}`);
      for (let channel = 0; channel < channels; channel++) dots.push(this.dot(channel, y, here.has(channel)));
      y = next;
    });
    this.drawing.replaceChildren(draw("path", {d: wires.join(""), class: "wire"}),
      draw("path", {d: lines.join(""), class: "wire lit"}), ...dots);
    this.say(lit[0], n);
  }

  // What a channel of the row above this one reads of it.
  sources(row, to, n) {
    if (this.shuffled && row % 2) return [shuffle_source(this.channels.value, this.groups.value, to)];
    return Array.from({length: n}, (_, place) => Math.floor(to / n) * n + place);
  }

  x(channel) { return MARGIN + (channel + 0.5) * this.step; }

  dot(channel, y, on) {
    return draw("circle", {cx: this.x(channel), cy: y, r: Math.min(MOST, this.step * 0.36), class: on ? "lit" : "channel"});
  }

  say(inputs, n) {
    const {channels: {value: channels}, groups: {value: groups}, layers: {value: layers}} = this;
    const from = new Set(inputs.map(channel => Math.floor(channel / n))).size, whole = layers * channels ** 2;
    const kind = groups === 1 ? "one group" : n === 1 ? "depthwise" : `${groups} groups of ${n}`;
    this.tell(`${kind[0].toUpperCase()}${kind.slice(1)}: output ${this.chosen.value} hears ${inputs.length} of ${channels} `
      + `inputs (${listed(inputs)}), from ${from} of ${groups} group${groups > 1 ? "s" : ""}. `
      + `${this.weights} weights for each place of a kernel; in one group it would be ${whole}.`);
  }

  tell(words) {
    this.said.textContent = words;
    this.drawing.setAttribute("aria-label", `Channels in rows, the inputs below, and what connects them. ${words}`);
  }

  choose(x) {
    if (!this.step) return;
    this.chosen.value = clamp(Math.floor((x - MARGIN) / this.step), 0, this.channels.value - 1);
    this.update();
  }
}

begin("wiring", (place, settings) => new Wiring(place, settings));
