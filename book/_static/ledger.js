// The ledger's controls. Without this script the page is a plain table of all rows.
"use strict";

// A labelled control in the bar above the table; the address says what it begins with.
function addTool(label, control) {
  const name = document.createElement("label");
  name.append(label, control);
  document.getElementById("ledger-tools").append(name);
  control.name = label.trim().toLowerCase();
  control.value = new URLSearchParams(location.search).get(control.name) ?? "";
  return control;
}

// A drop-down list of what rows say in a data attribute; the function returned tells which rows fit the choice.
function addChoice(label, rows, attribute) {
  const choice = document.createElement("select");
  const choices = [...new Set([...rows].map(row => row.dataset[attribute]))];
  choice.append(new Option("all", ""), ...choices.map(text => new Option(text)));
  addTool(label, choice);
  if (choice.selectedIndex < 0) choice.value = ""; // the address names what is not there
  return row => !choice.value || row.dataset[attribute] === choice.value;
}

// One spelling for ResNet-50, resnet50 and ResNet 50, for 3×3 and 3x3.
const spelled = text => text.toLowerCase().replaceAll("×", "x").replace(/[-_](?!\d)|(?<=[a-z])[-_](?=\d)/g, "");

// What is searched in a row: its words, and again with numbers next to the names before them.
function searchable(row) {
  const words = spelled([...row.cells].map(cell => cell.textContent).join(" "));
  return words + "\n" + words.replace(/(?<=[a-z]) (?=v?\d)/g, "");
}

function addSearch() {
  const search = addTool("Search ", Object.assign(document.createElement("input"), {type: "search"}));
  const texts = new Map();
  return row => {
    const words = spelled(search.value).split(/\s+/).filter(Boolean);
    if (words.length && !texts.has(row)) texts.set(row, searchable(row));
    return words.every(word => texts.get(row).includes(word));
  };
}

// The controls' state, in the address: a link to these rows.
function keepInAddress(tools) {
  const said = [...tools.querySelectorAll("input, select")].filter(control => control.value);
  const query = new URLSearchParams(said.map(control => [control.name, control.value])).toString();
  history.replaceState(null, "", location.pathname + (query && "?" + query) + location.hash);
}

const PAGE = 100; // rows at once; a phone would lay out all five thousand for seconds
const made = (name, said) => Object.assign(document.createElement(name), said);

// Each row that is shown gets the link to itself.
function addAddress(row) {
  const place = row.querySelector("small:not(:has(a))");
  if (!place) return;
  const link = made("a", {href: "#" + row.id, textContent: "#"});
  link.setAttribute("aria-label", "Address of this row");
  place.append(" ", link);
}

// What a column sorts by: sizes, where its cells have them, or words.
function order(rows, column) {
  const sizes = rows.some(row => row.cells[column].dataset.order);
  const keys = new Map(rows.map(row => [row, sizes ? Number(row.cells[column].dataset.order) : row.cells[column].textContent]));
  return (one, other) => sizes ? keys.get(one) - keys.get(other) : keys.get(one).localeCompare(keys.get(other));
}

// The rows that fit, in an order, a page of them in the table: the others wait outside of it.
class Rows {
  constructor(table) {
    this.body = table.tBodies[0];
    this.all = this.chosen = [...this.body.rows];
    this.fits = () => true;
    this.compare = null;
    this.page = 0;
    this.turner = made("nav", {className: "cnnlab-turner"});
    this.turner.setAttribute("aria-label", "Pages of the table");
    this.said = made("span", {});
    this.ways = [["First", () => 0], ["Previous", () => this.page - 1],
      ["Next", () => this.page + 1], ["Last", () => this.last]].map(([name, to]) => this.addWay(name, to));
    this.ways[1].after(this.said);
  }

  addWay(textContent, to) {
    const button = made("button", {type: "button", textContent});
    button.addEventListener("click", () => {
      this.turn(to());
      this.body.closest(".cnnlab-ledger").scrollTo(0, 0);
    });
    this.turner.append(button);
    return button;
  }

  get last() { return Math.max(0, Math.ceil(this.chosen.length / PAGE) - 1); }

  choose() {
    this.chosen = this.all.filter(this.fits);
    if (this.compare) this.chosen.sort(this.compare);
    this.turn(0);
  }

  turn(page) {
    const shown = this.chosen.slice(page * PAGE, (page + 1) * PAGE);
    this.body.replaceChildren(...shown);
    shown.forEach(addAddress);
    this.page = page;
    this.said.textContent = `Page ${page + 1} of ${this.last + 1}`;
    this.ways.forEach((way, place) => { way.disabled = page === (place < 2 ? 0 : this.last); });
  }

  // The row that the address names, wherever it stands.
  showNamed() {
    const place = this.chosen.findIndex(row => "#" + row.id === location.hash);
    if (place < 0) return;
    this.turn(Math.floor(place / PAGE));
    for (const row of this.all) row.classList.toggle("named", row === this.chosen[place]);
    this.chosen[place].scrollIntoView({block: "center"}); // no :target: it came into the page later than the address
  }
}

// A press on a head sorts up, the next one down, the third as the ledger has it.
function addSorting(head, rows, column) {
  const button = made("button", {type: "button", textContent: head.textContent});
  head.replaceChildren(button);
  button.addEventListener("click", () => {
    const turned = {ascending: "descending", descending: null}[head.getAttribute("aria-sort")];
    const direction = turned === undefined ? "ascending" : turned;
    for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
    if (direction) head.setAttribute("aria-sort", direction);
    const up = order(rows.all, column);
    rows.compare = direction && (direction === "ascending" ? up : (one, other) => up(other, one));
    rows.choose();
  });
}

function begin(table) {
  const rows = new Rows(table);
  const fit = [addSearch(), addChoice("Source ", rows.all, "source"), addChoice("Verdict ", rows.all, "verdict")];
  rows.fits = row => fit.every(fits => fits(row));
  const count = made("p", {role: "status"});
  const tools = document.getElementById("ledger-tools");
  tools.append(count);
  tools.hidden = false;
  table.closest(".cnnlab-ledger").after(rows.turner);
  [...table.tHead.rows[0].cells].slice(0, -1).forEach((head, column) => addSorting(head, rows, column));
  const choose = () => {
    rows.choose();
    count.textContent = `${rows.chosen.length} of ${rows.all.length} rows`;
  };
  tools.addEventListener("input", () => { choose(); keepInAddress(tools); });
  choose();
  table.classList.add("turned");
  rows.showNamed();
  window.addEventListener("hashchange", () => rows.showNamed());
}

begin(document.getElementById("ledger"));
