// Output-size board: one axis, its windows below each other, what the floor drops, what nobody reads; and the other
// way round, transposed, with the checkerboard that uneven overlaps leave.
import {conv2d_output_size, conv_transpose2d_output_size, reads, taps, writes} from "./arithmetic.js";
import {Choice, Slider, TEXT, begin, clamp, draw, listed, make, onDrag} from "./ui.js";

const WIDTH = 360, LEAST_CELL = 16, MOST_CELL = 26, ROW = 11, BOARD = 150;

class Board {
  constructor(place, {kind = "plain", size = 8, kernel_size = 3, stride = 2, padding = 0, dilation = 1}) {
    this.place = place;
    const update = () => this.update();
    const slider = (label, value, min, max) => new Slider(label, {value, min, max}, update);
    this.kind = new Choice("Layer", {plain: "convolution", transposed: "transposed"}, update);
    this.kind.value = kind;
    this.size = slider("Inputs W", size, 1, 16);
    this.kernel_size = slider("Kernel size K", kernel_size, 1, 7);
    this.stride = slider("Stride S", stride, 1, 5);
    this.padding = slider("Padding P", padding, 0, 4);
    this.dilation = slider("Dilation D", dilation, 1, 4);
    this.output_padding = slider("Output padding", 0, 0, 4);
    this.chosen = slider("Window", 0, 0, 0);
    this.drawing = draw("svg", {role: "img"});
    this.said = make("p", {role: "status"});
    this.code = make("code");
    onDrag(this.drawing, x => this.choose(x));
  }

  begin() {
    const {kind, size, kernel_size, stride, padding, dilation, output_padding, chosen} = this;
    const controls = [kind, size, kernel_size, stride, padding, dilation, output_padding, chosen];
    this.place.append(make("div", {class: "controls"}, ...controls.map(control => control.row)),
      this.drawing, this.said, make("p", {}, this.code));
    this.update();
  }

  get transposed() { return this.kind.value === "transposed"; }
  // What `taps` takes behind the number of a window.
  get window() { return [this.kernel_size.value, this.stride.value, this.padding.value, this.dilation.value]; }

  // The long row, which windows lie on, and the number of windows.
  measure() {
    const {size: {value: size}, window: [k, s, p, d], output_padding: {value: more}} = this;
    return this.transposed
      ? {long: conv_transpose2d_output_size(size, k, s, p, more, d), windows: size}
      : {long: size, windows: conv2d_output_size(size, k, s, p, d)};
  }

  choose(x) {
    if (!this.cell) return;
    const [k, s, , d] = this.window;
    const middle = (x - this.left) / this.cell - (d * (k - 1) + 1) / 2;
    this.chosen.value = clamp(Math.round(middle / s), 0, this.windows - 1);
    this.update();
  }

  update() {
    this.output_padding.row.hidden = !this.transposed;
    this.drawing.replaceChildren();
    try {
      Object.assign(this, this.measure());
      this.chosen.max = this.windows - 1;
      this.plot();
      this.tell(...(this.transposed ? this.sayTransposed() : this.say()));
    } catch (refusal) {
      if (!(refusal instanceof RangeError)) throw refusal;
      this.refuse(refusal.message);
    }
  }

  tell(words, call) {
    this.said.textContent = words;
    this.code.textContent = call;
    this.drawing.setAttribute("aria-label", `One axis of the layer with its windows. ${words}`);
  }

  refuse(words) {
    this.cell = 0;
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} 1`);
    this.tell(`Refused: ${words}.`, "");
  }

  // One column for each pixel, those of the padding included.
  plot() {
    const [, , padding] = this.window;
    this.all = Math.max(this.long + 2 * padding, ...taps(this.windows - 1, ...this.window).map(t => t + padding + 1));
    this.cell = Math.min(MOST_CELL, WIDTH / this.all);
    this.left = (WIDTH - this.cell * this.all) / 2;
    const counts = this.transposed ? this.written() : reads(this.size.value, ...this.window);
    const top = this.transposed ? 4 : this.cell + 8;
    this.staircase(top);
    const below = top + this.windows * ROW + 4;
    this.pixels(this.transposed ? below : 4, counts);
    let height = below + this.cell + 4;
    if (this.transposed) height = this.checkerboard(height + 6, counts);
    else this.outputs(below);
    this.drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  }

  written() {
    const [k, s, p, d] = this.window;
    return writes(this.size.value, k, s, p, this.output_padding.value, d);
  }

  square(column, y, kind, height = this.cell) {
    return draw("rect", {x: this.left + column * this.cell + 0.75, y: y + 0.75, width: this.cell - 1.5,
      height: height - 1.5, rx: 2, class: kind});
  }

  label(column, y, words) {
    if (this.cell < LEAST_CELL) return "";
    return draw("text", {x: this.left + (column + 0.5) * this.cell, y: y + this.cell / 2, "font-size": TEXT}, words);
  }

  // The long row: the image, or what a transposed layer writes. It says each pixel's number, or how often it is written.
  pixels(y, counts) {
    const padding = this.padding.value, chosen = new Set(taps(this.chosen.value, ...this.window));
    for (let column = 0; column < this.all; column++) {
      const pixel = column - padding, inside = pixel in counts;
      const kind = !inside ? "padding" : counts[pixel] ? "pixel" : "unread";
      this.drawing.append(this.square(column, y, kind + (chosen.has(pixel) ? " chosen" : "")));
      if (inside) this.drawing.append(this.label(column, y, `${this.transposed ? counts[pixel] : pixel}`));
    }
  }

  // A row for each window: a line over its span, a square at each weight.
  staircase(top) {
    const padding = this.padding.value;
    for (let window = 0; window < this.windows; window++) {
      const columns = taps(window, ...this.window).map(pixel => pixel + padding), y = top + window * ROW;
      const chosen = window === this.chosen.value ? "tap chosen" : "tap";
      const [from, to] = [columns[0], columns.at(-1) + 1].map(column => this.left + column * this.cell);
      this.drawing.append(draw("line", {x1: from, x2: to, y1: y + ROW / 2, y2: y + ROW / 2}),
        ...columns.map(column => this.square(column, y, chosen, ROW)));
    }
  }

  // Each output below the middle of its window.
  outputs(y) {
    const [k, s, , d] = this.window, half = d * (k - 1) / 2;
    for (let output = 0; output < this.windows; output++) {
      const kind = output === this.chosen.value ? "output chosen" : "output";
      this.drawing.append(this.square(output * s + half, y, kind), this.label(output * s + half, y, `${output}`));
    }
  }

  // How many products each pixel is the sum of, in two dimensions; one path for each number.
  checkerboard(top, counts) {
    const cell = BOARD / counts.length, most = Math.max(...counts) ** 2, left = (WIDTH - BOARD) / 2, paths = {};
    counts.forEach((down, i) => counts.forEach((across, j) => {
      paths[down * across] ??= [];
      paths[down * across].push(`M${left + j * cell} ${top + i * cell}h${cell}v${cell}h${-cell}z`);
    }));
    this.drawing.append(draw("rect", {x: left, y: top, width: BOARD, height: BOARD, class: "frame"}));
    for (const [count, path] of Object.entries(paths))
      this.drawing.append(draw("path", {d: path.join(""), class: "heat", "fill-opacity": count / (most || 1)}));
    return top + BOARD + 4;
  }

  say() {
    const {size: {value: size}, window: [k, s, p, d], windows} = this;
    const span = d * (k - 1) + 1, room = size + 2 * p - span, left = room - (windows - 1) * s;
    const nobody = [...reads(size, ...this.window).entries()].filter(([, count]) => !count).map(([pixel]) => pixel);
    const spans = d > 1 ? `The window spans ${d}·(${k} − 1) + 1 = ${span} pixels. ` : "";
    const dropped = left ? ` Behind the last window ${left > 1 ? `${left} pixels are` : "1 pixel is"} left, too few for `
      + `another jump of ${s}: the floor drops ${left > 1 ? "them" : "it"}.` : "";
    const unread = nobody.length
      ? ` No window reads pixel${nobody.length > 1 ? "s" : ""} ${listed(nobody)}.` : " Every pixel is read.";
    return [`${spans}⌊(${size} + 2·${p} − ${span}) / ${s}⌋ + 1 = ⌊${room} / ${s}⌋ + 1 = ${windows} `
      + `${windows > 1 ? "outputs" : "output"}.${dropped}${unread}`,
    `cost.conv2d_output_size(${size}, kernel_size=${k}, stride=${s}, padding=${p}, dilation=${d})  →  ${windows}`];
  }

  sayTransposed() {
    const {size: {value: size}, window: [k, s, p, d], output_padding: {value: more}, long} = this;
    return [`(${size} − 1)·${s} − 2·${p} + ${d}·(${k} − 1) + 1 + ${more} = ${long} ${long > 1 ? "outputs" : "output"}. `
      + this.overlaps(this.written()),
    `cost.conv_transpose2d_output_size(${size}, kernel_size=${k}, stride=${s}, padding=${p}, `
      + `output_padding=${more}, dilation=${d})  →  ${long}`];
  }

  // Away from the border, where as many inputs stand on the left as on the right.
  overlaps(counts) {
    const {size: {value: size}, window: [k, s, p, d]} = this;
    const inner = counts.filter((_, output) => output + p >= d * (k - 1) && output + p <= (size - 1) * s);
    const kinds = [...new Set(inner)].sort((a, b) => a - b);
    if (!inner.length) return "Every output is near the border.";
    if (kinds.length === 1)
      return `Away from the border every output is the sum of ${kinds[0]} along this axis: the board is even.`;
    return `Away from the border outputs are sums of ${listed(kinds)} along this axis: a checkerboard.`;
  }
}

begin("output_size", (place, settings) => new Board(place, settings).begin());
