// What all explorers share: elements, sliders, a drag, and how an explorer begins.

const SVG = "http://www.w3.org/2000/svg";
export const TEXT = 12.1; // units; a phone of 390 px shows a drawing of 360 units in 328 px, and this as 11
let made = 0; // each control needs an id of its own

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
export const draw = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

function labelled(label, control, ...more) {
  control.id = `cnnlab-explore-${++made}`;
  return make("div", {class: "control"}, make("label", {for: control.id}, label), ...more, control);
}

// A number between two others. `value` can be read and set, `row` is what stands on the page; `show` says what a value
// stands for.
export class Slider {
  constructor(label, {value, min = 1, max, show}, changed) {
    this.input = make("input", {type: "range", min, max});
    this.show = show;
    this.shown = make("span", {class: "value", "aria-hidden": "true"});
    this.row = labelled(label, this.input, this.shown);
    this.input.addEventListener("input", () => { this.tell(); changed(); });
    this.value = value;
  }
  get value() { return Number(this.input.value); }
  set value(value) {
    this.input.value = value;
    this.tell();
  }
  tell() {
    this.shown.textContent = this.show ? this.show(this.value).toLocaleString("en") : this.input.value;
    if (this.show) this.input.setAttribute("aria-valuetext", this.shown.textContent);
  }
  set max(max) {
    this.input.max = Math.max(0, max);
    this.value = this.input.value; // the browser has moved it down
  }
}

// One of several, {value: words}.
export class Choice {
  constructor(label, options, changed) {
    this.input = make("select", {}, ...Object.entries(options).map(([value, words]) => new Option(words, value)));
    this.row = labelled(label, this.input);
    this.input.addEventListener("change", changed);
  }
  get value() { return this.input.value; }
  set value(value) { this.input.value = value; }
}

export function button(words, pressed, attributes = {}) {
  const element = make("button", {type: "button", ...attributes}, words);
  element.addEventListener("click", pressed);
  return element;
}

// Calls move(x, y) in units of the drawing while it is pressed or dragged, at most once a frame.
export function onDrag(drawing, move) {
  let latest = null, held = false;
  const follow = event => {
    if (!latest) requestAnimationFrame(() => {
      const {left, top, width, height} = drawing.getBoundingClientRect();
      const [, , across, down] = drawing.getAttribute("viewBox").split(" ").map(Number);
      move((latest.clientX - left) / width * across, (latest.clientY - top) / height * down);
      latest = null;
    });
    latest = event;
  };
  drawing.addEventListener("pointerdown", event => {
    held = true;
    drawing.setPointerCapture(event.pointerId);
    follow(event);
  });
  drawing.addEventListener("pointermove", event => held && follow(event));
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => { held = false; });
}

export const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
export const minus = number => `${number}`.replace("-", "−");

// "1", "1 and 2", "1, 2 and 3"
export function listed(words) {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

// Builds the explorer of this name wherever the page has a place for it. What stood there is what paper shows, and
// whoever runs no script.
export function begin(name, build) {
  for (const place of document.querySelectorAll(`.cnnlab-explorer[data-explorer="${name}"]:not([data-begun])`)) {
    const inside = make("div", {class: "operated"});
    place.dataset.begun = "";
    place.append(inside);
    build(inside, JSON.parse(place.dataset.settings ?? "{}"));
  }
}
