// The ledger's controls. Without scripts the page is a plain table of all rows. With them the browser meets that table
// as mere text, for five thousand rows took a phone seconds: rows become elements on the page that shows them.
"use strict";
{
  const PER_PAGE = 50; // so many a phone lays out at once

  const make = (name, properties) => Object.assign(document.createElement(name), properties);
  const once = (compute, kept = null) => () => kept ??= compute();
  const unescaped = (html) => make("textarea", { innerHTML: html }).value;

  const region = document.querySelector(".cnnlab-ledger");
  const tools = document.getElementById("ledger-tools");
  const paging = make("nav", { className: "cnnlab-ledger-pages", ariaLabel: "Pages of the ledger" });
  const count = make("p", { role: "status" });
  const place = make("span");
  const [head, ...lines] = region.querySelector("noscript").textContent.split(/(?=<tr id=)/); // a row is a line
  const filters = []; // each gives a function that tells whether a row fits what is asked now
  let order = [...lines.keys()];
  let shown = order; // those that fit
  let page = 0;

  const lastPage = () => Math.max(0, Math.ceil(shown.length / PER_PAGE) - 1);

  // The words of the rows' cells.
  const words = once(() => {
    const plain = lines.join("").replaceAll("<br>", " ").replaceAll("</td>", "\t").replace(/<[^>]+>/g, "");
    return unescaped(plain).trimEnd().split("\n").map((line) => line.split("\t"));
  });

  // One spelling for ResNet-50, resnet50 and ResNet 50, for 3×3 and 3x3.
  const spelled = (text) => text.toLowerCase().replaceAll("×", "x").replace(/[-_](?!\d)|(?<=[a-z])[-_](?=\d)/g, "");

  // What is searched in a row: its words, and again with numbers next to the names before them.
  const searchable = once(() => words().map((cells) => {
    const line = spelled(cells.join(" "));
    return line + "\n" + line.replace(/(?<=[a-z]) (?=v?\d)/g, "");
  }));

  // What a column sorts by: the sizes that its cells name, or their words.
  function keysOf(column) {
    const size = (line) => line.split("<td")[column + 1].match(/^ data-order="([^"]*)"/)?.[1];
    return size(lines[0]) ? lines.map((line) => Number(size(line))) : words().map((cells) => cells[column].toLowerCase());
  }

  // The rows that fit, from the first on.
  function draw() {
    const fits = filters.map((filter) => filter());
    shown = order.filter((row) => fits.every((fit) => fit(row)));
    count.textContent = `${shown.length} of ${lines.length} rows`;
    turnTo(0);
  }

  function turnTo(number) {
    page = number;
    const [body] = document.getElementById("ledger").tBodies;
    body.innerHTML = shown.slice(page * PER_PAGE, (page + 1) * PER_PAGE).map((row) => lines[row]).join("");
    for (const { id, cells } of body.rows) {
      const link = make("a", { href: "#" + id, textContent: "#", ariaLabel: "Address of this row" });
      cells[0].querySelector("small").append(" ", link);
    }
    paging.hidden = !lastPage();
    place.textContent = `${page + 1} of ${lastPage() + 1}`;
    for (const button of paging.querySelectorAll("button")) button.disabled = button.target() === page;
  }

  // A labelled control in the bar above the table; the address says what it begins with.
  function addTool(label, control) {
    const name = make("label", { textContent: `${label} ` });
    name.append(control);
    tools.append(name);
    control.name = label.toLowerCase();
    control.value = new URLSearchParams(location.search).get(control.name) ?? "";
    return control;
  }

  function addSearch() {
    const search = addTool("Search", make("input", { type: "search" }));
    filters.push(() => {
      const asked = spelled(search.value).split(/\s+/).filter(Boolean);
      return (row) => asked.every((word) => searchable()[row].includes(word));
    });
  }

  // A drop-down list of what rows say of themselves.
  function addChoice(label, attribute) {
    const said = unescaped(lines.map((line) => line.match(`${attribute}="([^"]*)"`)[1]).join("\n")).split("\n");
    const choice = make("select");
    choice.append(new Option("all", ""), ...Array.from(new Set(said), (text) => new Option(text)));
    addTool(label, choice);
    if (choice.selectedIndex < 0) choice.value = ""; // the address names what is not there
    filters.push(() => (row) => !choice.value || said[row] === choice.value);
  }

  // The head of a column sorts by it: upwards, downwards, and then not at all.
  function addSorting(header, column) {
    const button = make("button", { type: "button", textContent: header.textContent });
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const direction = { null: "ascending", ascending: "descending" }[header.getAttribute("aria-sort")];
      for (const each of header.parentElement.cells) each.removeAttribute("aria-sort");
      order.sort((a, b) => a - b);
      if (direction) {
        header.setAttribute("aria-sort", direction);
        const keys = keysOf(column);
        const sign = direction === "ascending" ? 1 : -1;
        order.sort((a, b) => sign * (keys[a] < keys[b] ? -1 : Number(keys[a] > keys[b])));
      }
      draw();
    });
  }

  function addPaging() {
    const targets = { First: () => 0, Previous: () => Math.max(0, page - 1),
      Next: () => Math.min(lastPage(), page + 1), Last: lastPage };
    for (const [textContent, target] of Object.entries(targets)) {
      const onclick = () => { turnTo(target()); region.scrollTo(0, 0); };
      paging.append(make("button", { type: "button", textContent, target, onclick }));
    }
    paging.children[1].after(place);
    region.after(paging); // outside of what scrolls sideways
  }

  // The controls' state, in the address: a link to these rows.
  function keepInAddress() {
    const said = [...tools.querySelectorAll("input, select")].filter((control) => control.value);
    const query = new URLSearchParams(said.map((control) => [control.name, control.value])).toString();
    history.replaceState(null, "", location.pathname + (query && "?" + query) + location.hash);
  }

  // The row that the address names, wherever the paging has put it.
  function showNamedRow() {
    const row = lines.findIndex((line) => line.startsWith(`<tr id="${location.hash.slice(1)}"`));
    if (!shown.includes(row)) return;
    turnTo(Math.floor(shown.indexOf(row) / PER_PAGE));
    const named = document.getElementById(location.hash.slice(1));
    named.classList.add("named"); // no :target: the row came into the page later than the address
    named.scrollIntoView({ block: "center" });
  }

  function showLedger() {
    region.innerHTML = head;
    [...region.querySelectorAll("th")].slice(0, -1).forEach(addSorting); // how a number is computed has no order
    addSearch();
    addChoice("Source", "data-source");
    addChoice("Verdict", "data-verdict");
    tools.append(count);
    tools.hidden = false;
    tools.addEventListener("input", () => { draw(); keepInAddress(); });
    addPaging();
    draw();
    if (location.hash === "#ledger") region.scrollIntoView(); // the browser looked for it too early
    showNamedRow();
    window.addEventListener("hashchange", showNamedRow);
  }

  // The words around it come first: nothing is painted before this event is over.
  window.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(showLedger)));
}
