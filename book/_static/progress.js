// The points that a reader has earned in the book's pages, chapter by chapter, as this browser keeps them.
"use strict";

function earned(chapter, name) {
  try { return JSON.parse(localStorage.getItem(`cnnlab-answer:${chapter}:${name}`) ?? "{}").points ?? 0; } catch { return 0; }
}

function row(kind, texts) {
  const made = document.createElement("tr");
  for (const text of texts) {
    const cell = made.appendChild(document.createElement(kind));
    cell.textContent = text;
    if (kind === "th") cell.scope = "col";
  }
  return made;
}

function table(chapters) {
  const made = Object.assign(document.createElement("table"), { className: "cnnlab-progress" });
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  let mine = 0, all = 0;
  for (const chapter of Object.keys(chapters).sort()) { // "10" is an index to an object, and would come before "01"
    const points = chapters[chapter];
    const own = sum(Object.keys(points).map((name) => earned(chapter, name))), possible = sum(Object.values(points));
    made.createTBody().append(row("td", [chapter, `${own} of ${possible}`]));
    [mine, all] = [mine + own, all + possible];
  }
  made.createTHead().append(row("th", ["Chapter", "Points"]));
  made.createCaption().textContent = `The book: ${mine} of ${all} points`;
  return made;
}

document.querySelector("#solve-in-the-page")?.append(table(JSON.parse(document.currentScript.dataset.points)));
