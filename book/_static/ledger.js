// The ledger's controls. Without this script, or without DataTables, the page is a plain table of all rows.
"use strict";

// A labelled control in the bar above the table.
function addTool(label, control) {
  const name = document.createElement("label");
  name.append(label, control);
  document.getElementById("ledger-tools").append(name);
  return control;
}

// A drop-down list of what rows say in a data attribute; the function returned tells which rows fit the choice.
function addChoice(label, rows, attribute) {
  const choice = addTool(label, document.createElement("select"));
  const choices = [...new Set([...rows].map(row => row.dataset[attribute]))];
  choice.append(new Option("all", ""), ...choices.map(text => new Option(text)));
  return row => !choice.value || row.dataset[attribute] === choice.value;
}

window.addEventListener("DOMContentLoaded", () => {
  const table = document.getElementById("ledger");
  if (!table) return;
  if (!window.DataTable) return table.classList.add("all");
  const rows = table.tBodies[0].rows;
  const search = addTool("Search ", Object.assign(document.createElement("input"), {type: "search"}));
  const chosen = [addChoice("Source ", rows, "source"), addChoice("Verdict ", rows, "verdict")];
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
  data.search.fixed("chosen", (_text, _data, index) => chosen.every(fits => fits(data.row(index).node())));
  const draw = () => {
    data.search(search.value).draw();
    count.textContent = `${data.rows({search: "applied"}).count()} of ${data.rows().count()} rows`;
  };
  tools.addEventListener("input", draw);
  draw();
});
