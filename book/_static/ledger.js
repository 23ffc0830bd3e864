// The ledger's controls. Without scripts, or without DataTables, the page is a plain table of all rows. With them the
// browser meets that table as mere text: five thousand rows took a phone seconds. A row becomes elements when it is
// shown, sorted or searched.
"use strict";

const elements = html => Object.assign(document.createElement("template"), {innerHTML: html}).content.children;

class Row {
  constructor(element, cells) {
    Object.assign(this, {id: element.id, ...element.dataset, element, text: cells});
  }

  get cells() {
    if (!this.element.cells.length) this.element.innerHTML = this.text;
    return this.element.cells;
  }
}

// The rows that stand in a text, without an element for each cell.
function rowsOf(lines) {
  const ends = lines.map(line => line.indexOf(">") + 1);
  const opened = elements(lines.map((line, place) => line.slice(0, ends[place])).join(""));
  return Array.from(opened, (element, place) => new Row(element, lines[place].slice(ends[place])));
}

// A labelled control in the bar above the table; the address says what it begins with.
function addTool(label, control) {
  const name = document.createElement("label");
  name.append(label, control);
  document.getElementById("ledger-tools").append(name);
  control.name = label.trim().toLowerCase();
  control.value = new URLSearchParams(location.search).get(control.name) ?? "";
  return control;
}

// A drop-down list of what rows say of themselves; the function returned tells which rows fit the choice.
function addChoice(label, rows, attribute) {
  const choice = document.createElement("select");
  const choices = [...new Set(rows.map(row => row[attribute]))];
  choice.append(new Option("all", ""), ...choices.map(text => new Option(text)));
  addTool(label, choice);
  if (choice.selectedIndex < 0) choice.value = ""; // the address names what is not there
  return row => !choice.value || row[attribute] === choice.value;
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

// Each row that is shown gets the link to itself.
function addAddresses(table) {
  for (const place of table.querySelectorAll("tbody tr[id] small:not(:has(a))")) {
    const link = Object.assign(document.createElement("a"), {href: "#" + place.closest("tr").id, textContent: "#"});
    link.setAttribute("aria-label", "Address of this row");
    place.append(" ", link);
  }
}

// The row that the address names, wherever the paging has put it.
function showNamedRow(data) {
  const row = location.hash.startsWith("#ledger-") && data.row(location.hash);
  if (!row || !row.any()) return;
  const place = data.rows({search: "applied", order: "applied"}).indexes().indexOf(row.index());
  if (place < 0) return;
  data.page(Math.floor(place / data.page.len())).draw("page");
  for (const named of document.querySelectorAll("#ledger .named")) named.classList.remove("named");
  row.node().classList.add("named"); // no :target: the row came into the page later than the address
  row.node().scrollIntoView({block: "center"});
}

// What a column sorts by: the size of its numbers, or its words.
const sortedBy = ({dataset, textContent}) => "order" in dataset ? Number(dataset.order) : textContent;

function showLedger() {
  const text = document.querySelector(".cnnlab-ledger > noscript");
  if (!window.DataTable) {
    text.outerHTML = text.textContent; // all rows, as without this script
    return;
  }
  const [head, ...lines] = text.textContent.split(/(?=<tr id=)/);
  const rows = rowsOf(lines);
  text.outerHTML = head;
  const table = document.getElementById("ledger");
  const fit = [addSearch(), addChoice("Source ", rows, "source"), addChoice("Verdict ", rows, "verdict")];
  const count = document.createElement("p");
  count.setAttribute("role", "status");
  const tools = document.getElementById("ledger-tools");
  tools.append(count);
  tools.hidden = false;

  // DataTables asks for what it sorts by when it sorts; it would else read each cell, and guess what it holds.
  const column = place => ({
    data: (row, asked) => asked === "sort" ? sortedBy(row.cells[place]) : "",
    orderable: place < 4,
    searchable: false,
    type: "order" in rows[0].cells[place].dataset ? "num" : "string",
  });
  const data = new DataTable(table, {
    autoWidth: false,
    columns: [0, 1, 2, 3, 4].map(column),
    createdRow: (shown, row) => shown.replaceChildren(...Array.from(row.cells, cell => cell.cloneNode(true))),
    layout: {topStart: null, topEnd: null, bottomStart: "paging", bottomEnd: null},
    order: [],
    pageLength: 50, // so many a phone lays out at once
    rowId: "id",
  });
  const region = table.closest(".cnnlab-ledger");
  region.after(region.querySelector(".dt-paging")); // outside of what scrolls sideways
  data.on("page", () => region.scrollTo(0, 0));
  data.on("draw", () => addAddresses(table));
  data.search.fixed("chosen", (_text, row) => fit.every(fits => fits(row)));
  const draw = () => {
    data.draw();
    count.textContent = `${data.rows({search: "applied"}).count()} of ${data.rows().count()} rows`;
  };
  tools.addEventListener("input", () => { draw(); keepInAddress(tools); });
  data.rows.add(rows); // only now, or they would be drawn twice
  draw();
  if (location.hash === "#ledger") region.scrollIntoView(); // the browser looked for it too early
  showNamedRow(data);
  window.addEventListener("hashchange", () => showNamedRow(data));
}

// The words around it come first: nothing is painted before this event is over.
window.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(showLedger)));
