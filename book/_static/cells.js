// *Edit and run*: the chapter's own cells, in the Python of solve.js, which stands before this script. A cell runs
// after those before it that it needs, and *Reset* gives back what is published. Where a cell needs PyTorch, a link
// leads to Colab.
"use strict";

const { here: HERE, elsewhere: ELSEWHERE, megabytes: WITH_FIGURES } = document.currentScript.dataset;
const LONG = 90; // seconds for one cell and those that it needs

// The text of a cell as the reader has it. One that was written on another edition's text is dropped.
const written = {
  key(at) { return `cnnlab-cell:${chapter.number}:${at}`; },
  get({ at, text }) {
    const kept = JSON.parse(storage.get(this.key(at)) ?? "{}");
    return kept.of === text ? kept.text : text;
  },
  set({ at, text: of }, text) { storage.set(this.key(at), JSON.stringify(text === of ? {} : { of, text })); },
};

// What is wanted of figures is fetched when a cell first asks for one.
function shown(at) {
  const cells = chapter.told.cells.filter((cell) => cell.at <= at).map((cell) => written.get(cell));
  const task = { show: { begin: chapter.told.begin, before: cells.slice(0, -1), cell: cells.at(-1) } };
  return python.turn(async () => {
    const done = await python.ask({ task }, LONG);
    if (!done.result?.lacks) return done;
    const drawn = await python.ask({ figures: `${STATIC}python/${chapter.told.files.figures}` });
    return drawn.stopped ? drawn : python.ask({ task }, LONG);
  });
}

const KINDS = { stream: "output stream highlight-myst-ansi notranslate", plain: "output text_plain highlight-myst-ansi notranslate",
  error: "output traceback highlight-ipythontb notranslate" };

// An output as the page shows one. A picture has the words and the looks of the one that it is like.
function output({ kind, text }, { alt, className }) {
  if (kind === "png") return make("img", { src: `data:image/png;base64,${text}`, alt, className });
  return make("div", { className: KINDS[kind] },
    make("div", { className: "highlight" }, make("pre", { textContent: text, tabIndex: 0 })));
}

// A cell's code, or what it is folded into: what opens at a click stands behind it.
function codeOf(cell) {
  return cell.querySelector(":scope > :is(.cell_input, .cnnlab-code)");
}

class Runner extends Opening {
  constructor(cell, at) {
    super();
    Object.assign(this, { cell, at, code: codeOf(cell) });
    this.button = make("button", { type: "button", textContent: "Edit and run" });
    this.status = make("p", { className: "cnnlab-status", role: "status" });
    this.root = make("div", { className: "cnnlab-solve cnnlab-run" }, this.button);
    this.fresh = make("div", { className: "cell_output docutils container cnnlab-fresh" });
    this.button.addEventListener("click", () => this.open());
    this.code.after(this.root);
  }

  async build() {
    this.told = chapter.told.cells.find(({ at }) => at === this.at);
    this.view = await editor("A cell of this chapter", written.get(this.told), (text) => written.set(this.told, text),
      { key: "Shift-Enter", run: () => { this.run(); return true; } });
    this.button = make("button", { type: "button", className: "cnnlab-check", textContent: "Run" });
    if (!python.worker) this.button.textContent += ` (Python, up to ${WITH_FIGURES} MB the first time)`;
    this.button.addEventListener("click", () => this.run());
    const reset = make("button", { type: "button", textContent: "Reset" });
    reset.addEventListener("click", () => this.reset());
    this.root.replaceChildren(this.view.dom, make("div", { className: "cnnlab-bar" }, this.button, reset), this.status);
    this.cell.classList.add("cnnlab-edited");
    this.say("");
    this.view.focus();
  }

  async run() {
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.say(python.worker ? "Running …" : "Python is being loaded …");
    try {
      const { result, late, stopped } = await shown(this.at);
      if (result) this.show(result);
      this.say(late ? `It ran for ${LONG} seconds and was ended. Your text is still here.`
        : stopped ? `Python stopped: ${stopped}. Your text is still here.` : this.source(result));
    } catch (error) {
      this.say(`Python could not be loaded (${error.message}). Is there a network? Your text is still here.`);
    }
    Object.assign(this.button, { disabled: false, textContent: "Run" });
  }

  source({ at, error }) {
    if (at) return `It was not run, for a cell before it stopped, the one that begins with “${at.trim().split("\n")[0]}”.`;
    return error ? "It stopped." : "Run here, in this page.";
  }

  show({ outputs, error }) {
    const published = this.cell.querySelector(".cell_output:not(.cnnlab-fresh) img");
    const same = written.get(this.told) === this.told.text;
    const like = same && published ? published : { alt: "What your code drew", className: "" };
    const all = error ? [...outputs, { kind: "error", text: error }] : outputs;
    this.fresh.replaceChildren(...all.map((each) => output(each, like)));
    this.root.after(this.fresh);
    this.cell.classList.add("cnnlab-ran");
  }

  reset() {
    written.set(this.told, this.told.text);
    this.view.destroy();
    this.fresh.remove();
    this.cell.classList.remove("cnnlab-edited", "cnnlab-ran");
    this.root.remove();
    new Runner(this.cell, this.at).button.focus();
  }
}

function beginCells() {
  const cells = [...document.querySelectorAll(".bd-article .cell")];
  for (const at of JSON.parse(HERE)) new Runner(cells[at], at);
  for (const at of JSON.parse(ELSEWHERE)) {
    const link = make("a", { href: COLAB, textContent: "Run in Colab" });
    codeOf(cells[at]).after(make("div", { className: "cnnlab-run" }, link));
  }
}

beginCells();
