// Chapter 21's table of networks: sort by a head, filter, and a chart of what the table shows. Without this script the
// page holds the whole table and a static figure. The data are the table's own cells: nothing is loaded.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640, HEIGHT = 340, LEFT = 70, BOTTOM = 52;
const GAIN = "top-1 (%)";
const COSTS = ["MACs (M)", "parameters (M)", "moved (MB)", "peak (MB)", "latency (ms)"];

// An element with attributes and children; an SVG element where a namespace is given.
function make(name, attributes = {}, children = [], namespace) {
  const made = namespace ? document.createElementNS(namespace, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const draw = (name, attributes, children) => make(name, attributes, children, SVG);

// What a cell says: a number where it is one, NaN where a number is missing.
export function valueOf(text) {
  const bare = text.trim().replaceAll(",", "");
  return bare === "" ? NaN : Number.isNaN(Number(bare)) ? text.trim() : Number(bare);
}

// Rows in order of a column; what is missing comes last in both directions.
export function sorted(rows, column, ascending) {
  const missing = value => Number.isNaN(value);
  return [...rows].sort((one, other) => {
    const [a, b] = [one[column], other[column]];
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    return (a < b ? -1 : a > b ? 1 : 0) * (ascending ? 1 : -1);
  });
}

// The rows that nothing beats: none costs no more, gains no less, and is better in one of the two.
export function front(rows, cost) {
  const beats = (a, b) =>
    a[cost] <= b[cost] && a[GAIN] >= b[GAIN] && (a[cost] < b[cost] || a[GAIN] > b[GAIN]);
  return sorted(rows.filter(row => !rows.some(other => beats(other, row))), cost, true);
}

// The rows of one data set within some budgets, {column: most}; a missing number keeps no budget.
export function within(rows, data, text, budgets) {
  return rows.filter(row =>
    (!data || row.data === data) && row.network.includes(text.trim().toLowerCase()) &&
    Object.entries(budgets).every(([column, most]) => row[column] <= most));
}

function read(table) {
  const heads = [...table.tHead.rows[0].cells].map(cell => cell.textContent);
  return [...table.tBodies[0].rows].map(line => {
    const row = {line};
    heads.forEach((head, place) => { row[head] = valueOf(line.cells[place].textContent); });
    return row;
  });
}

function addSorting(table, rows) {
  for (const head of table.tHead.rows[0].cells) {
    const column = head.textContent;
    const button = make("button", {type: "button"}, [column]);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      table.tBodies[0].append(...sorted(rows, column, ascending).map(row => row.line));
    });
  }
}

function addTool(tools, label, control) {
  tools.append(make("label", {}, [label, " ", control]));
  return control;
}

function addBudget(tools, column) {
  return addTool(tools, `at most, ${column}`, make("input", {type: "number", min: 0, step: "any"}));
}

// Places on the chart: the cost in logarithms, the accuracy as it is.
function scales(points, cost) {
  const ends = values => [Math.min(...values), Math.max(...values)];
  const [left, right] = ends(points.map(row => Math.log10(row[cost])));
  const [low, high] = ends(points.map(row => row[GAIN]));
  const share = (value, least, most) => most > least ? (value - least) / (most - least) : 0.5;
  return {
    x: value => LEFT + share(Math.log10(value), left, right) * (WIDTH - LEFT - 14),
    y: value => HEIGHT - BOTTOM - share(value, low, high) * (HEIGHT - BOTTOM - 14),
    ends: [10 ** left, 10 ** right, low, high],
  };
}

const short = value => value.toLocaleString("en", {maximumSignificantDigits: 3});

function axes(chart, {x, y, ends: [left, right, low, high]}, cost) {
  const base = HEIGHT - BOTTOM + 25; // below the letters of a phone, which are large
  chart.append(
    draw("text", {x: x(left), y: base}, [short(left)]),
    draw("text", {x: x(right), y: base, "text-anchor": "end"}, [short(right)]),
    draw("text", {x: WIDTH / 2, y: base + 20, "text-anchor": "middle"}, [`${GAIN} over ${cost}, logarithmic`]),
    draw("text", {x: LEFT - 6, y: y(low) - 6, "text-anchor": "end"}, [short(low)]),
    draw("text", {x: LEFT - 6, y: y(high) + 8, "text-anchor": "end"}, [short(high)]));
}

function plot(chart, points, cost, tell) {
  chart.replaceChildren();
  if (!points.length) return tell("No network fits.");
  const best = front(points, cost), scale = scales(points, cost);
  axes(chart, scale, cost);
  const line = best.map(row => `${scale.x(row[cost])},${scale.y(row[GAIN])}`).join(" ");
  chart.append(draw("polyline", {points: line}));
  const shown = sorted(points, cost, true).map(row => {
    const kind = best.includes(row) ? "front" : "";
    const dot = draw("circle", {cx: scale.x(row[cost]), cy: scale.y(row[GAIN]), r: 5, class: kind});
    dot.addEventListener("pointerenter", () => point(row));
    chart.append(dot);
    return {row, dot};
  });
  const point = row => {
    for (const each of shown) each.dot.classList.toggle("pointed", each.row === row);
    tell(`${row.network}: ${row[GAIN]} % top-1, ${cost} ${row[cost].toLocaleString("en")}`
      + (best.includes(row) ? "; nothing shown beats it" : ""));
  };
  let place = -1;
  chart.onkeydown = event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    place = Math.max(0, Math.min(shown.length - 1, place + step));
    point(shown[place].row);
  };
  tell(`${points.length} networks; nothing shown beats these: ${best.map(row => row.network).join(", ")}.`);
}

function enhance(region) {
  const table = region.querySelector("table"), rows = read(table);
  addSorting(table, rows);
  const tools = make("div", {class: "cnnlab-networks-tools"});
  const data = addTool(tools, "reported on", make("select"));
  data.append(new Option("all", ""), new Option("ImageNet"), new Option("CIFAR-10"));
  data.value = "ImageNet";
  const text = addTool(tools, "name holds", make("input", {type: "search"}));
  const cost = addTool(tools, "chart over", make("select"));
  cost.append(...COSTS.map(column => new Option(column)));
  const budgets = ["parameters (M)", "MACs (M)", "latency (ms)"].map(column => [column, addBudget(tools, column)]);
  const chart = draw("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, tabindex: 0, role: "application",
    "aria-label": "Accuracy over cost. The arrow keys go from network to network, and the line below says which."});
  const said = make("p", {role: "status"});
  region.before(tools, chart, said);
  const update = () => {
    const limits = Object.fromEntries(
      budgets.filter(([, input]) => input.value !== "").map(([column, input]) => [column, Number(input.value)]));
    const shown = within(rows, data.value, text.value, limits);
    for (const row of rows) row.line.hidden = !shown.includes(row);
    const points = shown.filter(row => row[GAIN] > 0 && row[cost.value] > 0);
    plot(chart, points, cost.value, words => { said.textContent = words; });
  };
  tools.addEventListener("input", update);
  update();
}

if (typeof document !== "undefined") {
  window.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".cnnlab-networks").forEach(enhance));
}
