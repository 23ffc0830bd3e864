// *Solve it here*: an editor at each exercise of a chapter, and `check` of the unmodified package, in the page.
// Python is fetched at the first click and kept by the browser; python.mjs knows which Python that is. Without this
// script the exercises read as they do in print.
"use strict";

const { told: TOLD, megabytes: MEGABYTES, colab: COLAB } = document.currentScript.dataset;
const STATIC = new URL(".", document.currentScript.src).href;
const SECONDS = 20; // for one check; an endless loop is ended then
const IDLE = 180; // seconds without a check, after which Python gives back its memory; it begins again when asked
const READER = /^READER = ["'](.*)["']/m;
// (module (func (try_table))): refused where exceptions of WebAssembly are not those that Python needs.
const EXCEPTIONS = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 31, 64, 0, 11, 11];

const memory = new Map(); // where a browser forbids to store, or has no room
const storage = {
  get(key) { try { return localStorage.getItem(key); } catch { return memory.get(key) ?? null; } },
  set(key, value) { memory.set(key, value); try { localStorage.setItem(key, value); } catch { /* until the page goes */ } },
};
function make(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

// What `check` or `draw` says, as a notebook shows it. Made of texts: an answer may come from somebody else.
function said({ look, headline, message, detail }) {
  const made = make("div", { className: look === "task" ? "cnnlab-task" : `cnnlab-verdict ${look}` },
    make("strong", { textContent: headline }));
  if (message) made.append(make("p", { textContent: message }));
  if (detail) made.append(make("pre", { textContent: detail, tabIndex: 0 }));
  return made;
}

function canRun() {
  return "DecompressionStream" in window && "WebAssembly" in window && WebAssembly.validate(new Uint8Array(EXCEPTIONS));
}

function noPython() {
  const link = make("a", { href: COLAB, textContent: "Open the chapter in Colab" });
  return make("p", {}, "This browser cannot run Python in a page: its WebAssembly lacks "
    + "exceptions with references (exnref). ", link, ", or use a newer browser.");
}

// The chapter: its exercises, and what a reader has answered.
const chapter = {
  number: TOLD.slice(0, 2),
  told: null,

  async load() {
    this.told ??= await (await fetch(`${STATIC}python/${TOLD}`)).json();
    return this.told;
  },
  key(name) { return `cnnlab-answer:${this.number}:${name}`; },
  answer(name) { return JSON.parse(storage.get(this.key(name)) ?? "{}"); },
  keep(name, changes) { storage.set(this.key(name), JSON.stringify({ ...this.answer(name), ...changes })); },
  get reader() { return storage.get("cnnlab-reader") ?? "reader"; },
  set reader(name) { storage.set("cnnlab-reader", name.replace(/["'\\\n\r]/g, "").trim() || "reader"); },
  get setup() { return this.told.setup.replace(READER, `READER = "${this.reader}"`); },
  answered() { return this.told.exercises.filter(({ name, stub }) => (this.answer(name).text ?? stub) !== stub); },
};

// Whoever has fetched Python may go on without a network: the rest of the page comes, too.
function fetchTheRest() {
  for (const picture of document.images) picture.loading = "eager";
  window.drawFormulas?.(); // their fonts
}

// Python in a worker, begun when it is first asked for and afresh after it was ended.
const python = {
  worker: null,
  module: null,

  async begin() {
    const { files } = await chapter.load();
    const at = (name) => `${STATIC}python/${name}`;
    this.module ??= await this.compiled(at(files.wasm));
    this.worker = this.another();
    const own = `cnnlab/exercises/ch${chapter.number}.py`; // to import the others would take seconds
    const { stopped } = await this.ask({ module: this.module, library: at(files.library), packages: at(files.packages),
      without: "^cnnlab/exercises/ch\\d", but: own, kept: [at(files.wasm), at(files.figures)] });
    if (stopped) throw new Error(stopped);
    fetchTheRest();
  },

  another() {
    return new Worker(`${STATIC}python.mjs`, { type: "module" });
  },

  // By a worker of its own, which takes with it what it unpacked on the way: 50 MB that nobody else clears away.
  async compiled(binary) {
    this.worker = this.another();
    const { module, stopped } = await this.ask({ binary });
    this.worker.terminate();
    if (stopped) throw new Error(stopped);
    return module;
  },

  ask(message, seconds) {
    return new Promise((resolve) => {
      const late = seconds && setTimeout(() => resolve({ late: true }), 1000 * seconds);
      const answer = (result) => { clearTimeout(late); resolve(result); };
      this.worker.onmessage = ({ data }) => answer(data);
      this.worker.onerror = (event) => answer({ stopped: event.message ?? "its worker did not begin" });
      this.worker.postMessage(message);
    }).then((result) => { if (result.late || result.stopped) this.end(); return result; });
  },

  end() {
    this.worker?.terminate();
    this.worker = this.begun = null;
  },

  rest() {
    this.end();
    this.module = null; // the binary is half of the memory; it lies in the browser's cache
  },

  ready() {
    this.begun ??= this.begin().catch((error) => { this.end(); throw error; });
    return this.begun;
  },

  // One after the other: a second click waits for the first.
  turn(work) {
    clearTimeout(this.idle);
    const turn = (this.queue ?? Promise.resolve()).catch(() => null).then(async () => {
      await this.ready();
      return work();
    });
    this.queue = turn;
    turn.catch(() => null).then(() => { if (this.queue === turn) this.idle = setTimeout(() => this.rest(), 1000 * IDLE); });
    return turn;
  },

  run(cells, but) {
    return this.turn(() => {
      const others = chapter.answered().filter(({ name }) => name !== but).map(({ name }) => chapter.answer(name).text);
      const reader = `READER = "${chapter.reader}"`;
      return this.ask({ task: { prelude: chapter.told.prelude, others: [...others, reader], cells } }, SECONDS);
    });
  },
};

// What opens at a click: whoever has a `root`, a `button` and a `status`, and can `build` once the chapter is known.
class Opening {
  async open() {
    if (!canRun()) { this.root.replaceChildren(noPython()); return; }
    this.button.disabled = true;
    this.root.append(this.status);
    try {
      await chapter.load();
      await this.build();
    } catch (error) {
      this.button.disabled = false;
      this.say(`It could not be loaded (${error.message}). Is there a network?`);
    }
  }

  say(sentence) { this.status.textContent = sentence; }
}

// A text that a reader edits, coloured as Python; `changed` is told each new text.
async function editor(label, text, changed, ...keys) {
  const cm = await import(`${STATIC}codemirror/codemirror.mjs`);
  const colours = cm.HighlightStyle.define([
    { tag: cm.tags.keyword, class: "k" }, { tag: cm.tags.comment, class: "c1" }, { tag: cm.tags.string, class: "s2" },
    { tag: cm.tags.number, class: "mi" }, { tag: cm.tags.operator, class: "o" },
  ]);
  return new cm.EditorView({
    doc: text,
    extensions: [
      cm.lineNumbers(), cm.history(), cm.drawSelection(), cm.indentOnInput(), cm.bracketMatching(), cm.python(),
      cm.indentUnit.of("    "), cm.syntaxHighlighting(colours),
      // Escape, then Tab, leaves the editor: CodeMirror's own way out for who has no mouse.
      cm.keymap.of([...keys, ...cm.defaultKeymap, ...cm.historyKeymap, cm.indentWithTab]),
      cm.EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      cm.EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
    ],
  });
}

class Panel extends Opening {
  constructor(cell, name, begins) {
    super();
    Object.assign(this, { cell, name, begins }); // `begins`: what stands in the editor where it is not the stub
    this.button = make("button", { type: "button", textContent: `Solve it here (Python, ${MEGABYTES} MB the first time)` });
    this.root = make("div", { className: "cnnlab-solve" }, this.button);
    this.status = make("p", { className: "cnnlab-status", role: "status" });
    this.button.addEventListener("click", () => this.open());
    cell.after(this.root);
  }

  async build() {
    this.exercise = chapter.told.exercises.find(({ name }) => name === this.name);
    const text = chapter.answer(this.name).text ?? this.begins ?? this.exercise.stub;
    this.cell.hidden = this.begins !== undefined;
    this.view = await editor(`Your answer to ${this.name}`, text, (changed) => chapter.keep(this.name, { text: changed }));
    this.check = make("button", { type: "button", textContent: "Check", className: "cnnlab-check" });
    const again = make("button", { type: "button", textContent: "Begin again" });
    this.shown = make("div", { className: "cnnlab-shown" });
    this.shown.setAttribute("aria-live", "polite");
    this.check.addEventListener("click", () => this.judge());
    again.addEventListener("click", () => this.write(this.exercise.stub));
    const bar = make("div", { className: "cnnlab-bar" }, this.check, again, ...this.naming());
    this.root.replaceChildren(...(this.task ? [this.task] : []), this.view.dom, bar, this.status, this.shown);
    this.view.focus();
    await this.prepare();
  }

  // *Count it* draws its task from the reader's name.
  naming() {
    if (!this.exercise.draw) return [];
    this.task = make("div", {});
    const input = make("input", { type: "text", value: chapter.reader, maxLength: 80, autocomplete: "off" });
    input.addEventListener("change", () => { chapter.reader = input.value; input.value = chapter.reader; this.prepare(); });
    return [make("label", {}, "Your name ", input)];
  }

  async prepare() {
    this.say("Python is being loaded …");
    const drawn = this.exercise.draw ? [this.exercise.draw] : ["None"];
    const { result } = await this.run(drawn);
    if (this.task && result?.shown) this.task.replaceChildren(said(result.shown));
  }

  async run(cells) {
    try {
      const done = await python.run(cells, this.name);
      this.say(done.late
        ? `It ran for ${SECONDS} seconds and was ended. Does a loop of yours ever end? Your text is still here.`
        : done.stopped ? `Python stopped: ${done.stopped}. Your text is still here.` : "");
      return done;
    } catch (error) {
      this.say(`Python could not be loaded (${error.message}). Is there a network? Your text is still here.`);
      return {};
    }
  }

  async judge() {
    this.check.disabled = true;
    this.say("Checking …");
    this.shown.replaceChildren();
    const { result } = await this.run([this.view.state.doc.toString(), this.exercise.check]);
    this.check.disabled = false;
    if (result) this.show(result);
  }

  show({ shown, error, printed }) {
    if (shown) this.shown.append(said(shown));
    for (const text of [error, printed]) if (text) this.shown.append(make("pre", { textContent: text, tabIndex: 0 }));
    const text = this.view.state.doc.toString();
    if (shown?.points === undefined || text === this.begins) return; // the page's own answer is nobody's
    const best = Math.max(shown.points, chapter.answer(this.name).points ?? 0); // points once earned stay
    chapter.keep(this.name, { points: best, text });
    document.dispatchEvent(new Event("cnnlab-progress"));
  }

  write(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
    this.view.focus();
  }
}

// ---- A notebook of one's answers ------------------------------------------------------------------------------------

function cell(source, number) {
  return { cell_type: "code", id: `cell-${number}`, metadata: {}, execution_count: null, outputs: [], source };
}

function notebook() {
  const answered = chapter.answered().flatMap(({ name, draw, check }) => [draw, chapter.answer(name).text, check]);
  const cells = [chapter.setup, ...answered].filter(Boolean).map(cell);
  const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells }, null, 1);
}

// The cell before each `check` is the answer. Returns how many there were.
function read(text) {
  const whole = ({ source }) => (Array.isArray(source) ? source.join("") : source);
  const texts = JSON.parse(text).cells.filter((each) => each.cell_type === "code").map(whole);
  const reader = texts.map((each) => READER.exec(each)).find(Boolean);
  if (reader) chapter.reader = reader[1];
  const found = chapter.told.exercises.filter(({ name, stub }) => {
    const at = texts.findIndex((each) => each.trimStart().startsWith(`check("${name}"`));
    const answer = at > 0 && texts[at - 1] !== stub && texts[at - 1];
    if (answer) chapter.keep(name, { text: answer });
    return answer;
  });
  return found.length;
}

class Progress {
  constructor(place, panels) {
    Object.assign(this, { place, panels });
    const download = make("button", { type: "button", textContent: "Download my answers" });
    this.file = make("input", { type: "file", accept: ".ipynb", hidden: true });
    const open = make("button", { type: "button", textContent: "Open a notebook of answers" });
    this.status = make("p", { className: "cnnlab-status", role: "status" });
    download.addEventListener("click", () => this.download());
    open.addEventListener("click", () => this.file.click());
    this.file.addEventListener("change", () => this.open());
    place.append(make("div", { className: "cnnlab-solve" },
      make("div", { className: "cnnlab-bar" }, download, open, this.file), this.status));
    document.addEventListener("cnnlab-progress", () => this.update());
    this.update();
  }

  // The chapter's own table of what was passed in the page: until then, it says that nothing was tried.
  update() {
    const rows = [...this.place.querySelectorAll("table.cnnlab-progress tbody tr")];
    let earned = 0;
    for (const row of rows) {
      const [state, name, points] = row.children;
      const own = chapter.answer(name.textContent).points ?? 0;
      earned += own;
      row.hidden = !own;
      if (own) [state.textContent, points.textContent] = ["✓ passed", points.textContent.replace(/^\d+/, own)];
    }
    this.place.closest(".cell").classList.toggle("cnnlab-earned", earned > 0);
    const caption = this.place.querySelector("table.cnnlab-progress caption");
    if (caption) caption.textContent = caption.textContent.replace(/: \d+ of/, `: ${earned} of`);
  }

  async download() {
    const { notebook: name } = await chapter.load();
    const url = URL.createObjectURL(new Blob([notebook()], { type: "application/x-ipynb+json" }));
    make("a", { href: url, download: name }).click();
    URL.revokeObjectURL(url);
    this.status.textContent = `Answers in ${name}: ${chapter.answered().length}. Hand it in as it is.`;
  }

  async open() {
    await chapter.load();
    try {
      const count = read(await this.file.files[0].text());
      this.status.textContent = `Answers read: ${count}. Check them to see their points.`;
      for (const panel of this.panels) if (panel.view) panel.write(chapter.answer(panel.name).text ?? panel.exercise.stub);
    } catch (error) {
      this.status.textContent = `That file is no notebook (${error.message}).`;
    }
    this.file.value = "";
  }
}

function begin() {
  const panels = [];
  for (const cell of document.querySelectorAll(".cell.tag_check")) {
    const name = /check\(\s*"(\w+)"/.exec(cell.textContent)?.[1];
    if (name) panels.push(new Panel(cell, name));
  }
  for (const code of document.querySelectorAll(".cnnlab-try")) {
    const [, begins, name] = /^([^]*?)\s*check\("(\w+)"/.exec(code.querySelector("pre").textContent);
    panels.push(new Panel(code, name, begins));
  }
  const place = document.querySelector(".cell.tag_progress .cell_output");
  if (place) new Progress(place, panels);
}

begin();
