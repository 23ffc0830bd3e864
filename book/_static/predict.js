// Each "Predict" of a chapter takes a guess, and holds back until it is made: the next output, those of cells that
// follow without a word between, as a figure of the same numbers does, and what the text then says of them.
// Without this script, in print, and for who just wants to read, all outputs are open.
"use strict";

const OPEN = "cnnlab-just-read";
const NO_ANSWER = ".tag_setup, .tag_exercise, .tag_check, .tag_solution, .tag_draw, .tag_quiz, .tag_progress";

const stored = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } }, // a browser may forbid it
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* then it lasts as long as the page */ } },
};

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function isPrompt(strong) {
  return /^(Predict\b|predict$)/.test(strong?.textContent ?? ""); // the second within a sentence
}

// The prompts, each with the first output after it, unless a section or another prompt comes first.
function questions(article) {
  const found = [];
  let prompt = null;
  for (const node of article.querySelectorAll("strong, h2, .cell_output")) {
    if (node.matches("h2")) prompt = null;
    else if (node.matches("strong")) {
      if (isPrompt(node)) prompt = node.closest("p, li") ?? node;
    } else if (prompt && !node.closest(NO_ANSWER)) {
      found.push({ prompt, output: node });
      prompt = null;
    }
  }
  return found;
}

// The cells that answer: that of the first output, and those behind it until the text goes on.
function answers(first) {
  const found = [];
  for (let cell = first; cell?.matches(`.cell:not(${NO_ANSWER})`); cell = cell.nextElementSibling) found.push(cell);
  return found;
}

// What the text says of a cell's output: all that follows until another cell, section or prompt.
function comments(cell) {
  const found = [];
  for (let next = cell.nextElementSibling; next; next = next.nextElementSibling) {
    if (next.matches(".cell, section") || [...next.querySelectorAll("strong")].some(isPrompt)) break;
    found.push(next);
  }
  return found;
}

class Question {
  constructor({ prompt, output }, number) {
    Object.assign(this, { prompt, output, cell: output.closest(".cell") });
    const cells = answers(this.cell);
    this.outputs = cells.flatMap((cell) => [...cell.querySelectorAll(":scope > .cell_output")]);
    this.held = [...this.outputs, ...comments(cells.at(-1))];
    this.key = `cnnlab-guess:${location.pathname}:${prompt.textContent.trim().slice(0, 60)}`;
    this.input = element("input", { type: "text", required: true, maxLength: 200, autocomplete: "off" });
    this.input.id = `cnnlab-guess-${number}`;
    const read = element("button", { type: "button", className: "cnnlab-read", textContent: "Just read" });
    this.form = element("form", { className: "cnnlab-predict" },
      element("label", { htmlFor: this.input.id, textContent: "Your guess" }), this.input,
      element("button", { type: "submit", textContent: "Commit" }), read);
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.commit(this.input.value.trim()); });
    read.addEventListener("click", () => { stored.set(OPEN, "yes"); document.dispatchEvent(new Event(OPEN)); });
    document.addEventListener(OPEN, () => this.open());
    this.waits = this.outputs.map(() => element("p", { className: "cnnlab-waits" }, "This output waits for ",
      element("a", { href: `#${this.input.id}`, textContent: "your guess" }), "."));
  }

  begin() {
    const guess = stored.get(this.key);
    if (guess) { this.show(guess); return; }
    if (stored.get(OPEN)) return;
    this.prompt.after(this.form);
    this.outputs.forEach((output, number) => output.before(this.waits[number]));
    for (const each of this.held) each.classList.add("cnnlab-held");
  }

  open() {
    this.form.remove();
    for (const each of this.waits) each.remove();
    for (const each of this.held) each.classList.remove("cnnlab-held");
  }

  commit(guess) {
    if (!guess) return; // blanks alone pass for filled in
    stored.set(this.key, guess);
    this.open();
    this.show(guess).focus();
  }

  // The guess beside the answer; the cell is told apart from others by its class.
  show(guess) {
    const again = element("button", { type: "button", textContent: "Guess again" });
    const said = element("div", { className: "cnnlab-guess", tabIndex: -1 },
      element("span", { textContent: "Your guess" }), element("output", { textContent: guess }), again);
    again.addEventListener("click", () => {
      stored.set(this.key, "");
      said.remove();
      this.cell.classList.remove("cnnlab-guessed");
      this.begin();
      this.input.focus();
    });
    this.output.before(said);
    this.cell.classList.add("cnnlab-guessed");
    return said;
  }
}

function holdBack() {
  const article = document.querySelector(".bd-article");
  if (!article) return;
  const held = questions(article).map((each, number) => new Question(each, number));
  held.forEach((each) => each.begin());
  if (!held.length || !stored.get(OPEN)) return;
  const again = element("button", { type: "button", className: "cnnlab-read", textContent: "Let me predict" });
  again.addEventListener("click", () => { stored.set(OPEN, ""); again.remove(); held.forEach((each) => each.begin()); });
  held[0].prompt.after(again);
}

holdBack();
