// Kernel on a photograph: nine weights to type or pick, a window to drag; its products, their sum and the map follow.
import {correlate2d, products} from "./arithmetic.js";
import {Choice, Slider, begin, clamp, draw, make, minus, onDrag} from "./ui.js";

const WIDTH = 360, SIDE = 174, TAPS = 3, BLACK_TO_WHITE = 255;

// The bytes of a picture as rows of pixels, from text in base64.
function rows(text, side) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return Array.from({length: side}, (_, i) => [...bytes.subarray(i * side, (i + 1) * side)]);
}

// Rows of greys, 0 to 255, as the address of a picture.
function picture(greys) {
  const canvas = make("canvas", {width: greys[0].length, height: greys.length});
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  greys.flat().forEach((grey, place) => image.data.set([grey, grey, grey, BLACK_TO_WHITE], 4 * place));
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

const round = number => minus(Number(number.toFixed(2)));

class Photograph {
  constructor(place, {pixels, side, kernels}) {
    Object.assign(this, {place, kernels, image: rows(pixels, side)});
    const most = side - TAPS;
    this.preset = new Choice("Kernel", {own: "your own", ...Object.fromEntries(Object.keys(kernels).map(k => [k, k]))},
      () => kernels[this.preset.value] && this.load(this.preset.value));
    this.i = new Slider("Window's row", {value: Math.round(most * 0.4), min: 0, max: most}, () => this.update());
    this.j = new Slider("Window's column", {value: Math.round(most * 0.4), min: 0, max: most}, () => this.update());
    this.drawing = draw("svg", {role: "img", viewBox: `0 0 ${WIDTH} ${SIDE}`, class: "photograph"});
    this.said = make("p", {role: "status"});
    onDrag(this.drawing, (x, y) => this.choose(x, y));
    this.begin(Object.keys(kernels)[0]);
  }

  begin(kernel) {
    const left = draw("image", {width: SIDE, height: SIDE, href: picture(this.image)});
    this.map = draw("image", {width: SIDE, height: SIDE, x: WIDTH - SIDE});
    this.window = draw("rect", {class: "chosen"});
    this.output = draw("rect", {class: "chosen"});
    this.drawing.append(left, this.map, this.window, this.output);
    this.place.append(make("div", {class: "controls"}, this.preset.row, this.i.row, this.j.row),
      this.drawing, this.cells(), this.said);
    this.load(kernel);
  }

  // Nine cells, each with its pixel, the weight to type, and their product.
  cells() {
    this.parts = Array.from({length: TAPS * TAPS}, (_, place) => {
      const name = `weight in row ${Math.floor(place / TAPS) + 1}, column ${place % TAPS + 1}`;
      const part = {pixel: make("span"), product: make("span"),
        weight: make("input", {type: "number", step: "any", "aria-label": name})};
      part.weight.addEventListener("input", () => { this.preset.value = "own"; this.filter(); });
      part.cell = make("div", {}, part.pixel, part.weight, part.product);
      return part;
    });
    return make("div", {class: "nine"}, ...this.parts.map(part => part.cell));
  }

  load(name) {
    this.preset.value = name;
    this.kernels[name].flat().forEach((weight, place) => { this.parts[place].weight.value = weight; });
    this.filter();
  }

  // The weights have changed: the whole map is made again.
  filter() {
    const weights = this.parts.map(part => part.weight.valueAsNumber || 0);
    this.kernel = Array.from({length: TAPS}, (_, row) => weights.slice(row * TAPS, (row + 1) * TAPS));
    this.outputs = correlate2d(this.image, this.kernel);
    this.sum = weights.reduce((sum, weight) => sum + weight);
    const most = Math.max(...this.outputs.flat().map(Math.abs)) || 1;
    const grey = this.signed ? value => 127.5 * (1 + value / most) : value => value;
    this.map.setAttribute("href", picture(this.outputs.map(row => row.map(grey))));
    this.update();
  }

  // Weights that sum to nothing leave nothing of one brightness: then grey is zero.
  get signed() { return Math.abs(this.sum) < 1e-3; }

  update() {
    const i = this.i.value, j = this.j.value, output = this.outputs[i][j];
    products(this.image, this.kernel, i, j).flat().forEach((product, place) => {
      const [u, v] = [Math.floor(place / TAPS), place % TAPS];
      this.parts[place].pixel.textContent = `${this.image[i + u][j + v]} ×`;
      this.parts[place].product.textContent = `= ${round(product)}`;
    });
    this.frame(this.window, this.image.length, 0, TAPS);
    this.frame(this.output, this.outputs.length, WIDTH - SIDE, 1);
    this.tell(`The nine products sum to ${round(output)}: the output in row ${i}, column ${j}. The weights sum to `
      + `${round(this.sum)}${this.signed ? "; in the map grey is zero, white positive, black negative."
        : "; in the map 0 is black, 255 white, and what lies beyond is cut off."}`);
  }

  tell(words) {
    this.said.textContent = words;
    this.drawing.setAttribute("aria-label",
      `A portrait with the window on it, and beside it the map that the kernel makes of it. ${words}`);
  }

  frame(rect, pixels, left, size) {
    const scale = SIDE / pixels, room = Math.max(size * scale, 4), spare = (room - size * scale) / 2;
    const place = {x: left + this.j.value * scale - spare, y: this.i.value * scale - spare, width: room, height: room};
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
  }

  // In the photograph the window's middle comes under the finger, in the map its output.
  choose(x, y) {
    const [left, pixels, middle] = x < WIDTH / 2 ? [0, this.image.length, TAPS / 2]
      : [WIDTH - SIDE, this.outputs.length, 0.5];
    const at = distance => clamp(Math.round(distance / SIDE * pixels - middle), 0, this.outputs.length - 1);
    this.i.value = at(y);
    this.j.value = at(x - left);
    this.update();
  }
}

begin("kernel", (place, settings) => new Photograph(place, settings));
