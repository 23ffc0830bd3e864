// The ledger's controls. Without this script, or without DataTables, the page is a plain table of all rows.
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

window.addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("ledger");
  if (!table) return;
  if (!window.DataTable) return table.classList.add("all");
  const rows = table.tBodies[0].rows;
  const fit = [addSearch(), addChoice("Source ", rows, "source"), addChoice("Verdict ", rows, "verdict")];
  const count = document.createElement("p");
  count.setAttribute("role", "status");
  const tools = document.getElementById("ledger-tools");
  tools.append(count);
  tools.hidden = false;

  const data = new DataTable(table, {
    autoWidth: false,
    columnDefs: [{targets: 4, orderable: false}],
    layout: {topStart: null, topEnd: null, bottomStart: "paging", bottomEnd: null},
    order: [],
    pageLength: 100, // a phone lays out a hundred rows at once, not seventeen hundred
  });
  const region = table.closest(".cnnlab-ledger");
  region.after(region.querySelector(".dt-paging")); // outside of what scrolls sideways
  data.on("page", () => region.scrollTo(0, 0));
  data.on("draw", () => addAddresses(table));
  data.search.fixed("chosen", (_text, _data, index) => fit.every(fits => fits(data.row(index).node())));
  const draw = () => {
    data.draw();
    count.textContent = `${data.rows({search: "applied"}).count()} of ${data.rows().count()} rows`;
  };
  tools.addEventListener("input", () => { draw(); keepInAddress(tools); });
  draw();
  showNamedRow(data);
  window.addEventListener("hashchange", () => showNamedRow(data));
});
