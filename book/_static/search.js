// What the search shows of a page: the section that fits best, in words without code and formulas, with a link there.
"use strict";

const NO_WORDS = "h1, h2, h3, h4, .headerlink, script, style, svg, pre, .cell_input, .cell_output, .cnnlab-predict, .Quiz, noscript";

// Text without that of the sections within, and with all of its code or with none.
function wordsOf(element, without) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(without).forEach(each => each.remove());
  copy.querySelectorAll(".math").forEach(formula => formula.replaceWith(" … "));
  return copy.textContent.replace(/\s+/g, " ").trim();
}

// How many of the words stand in a section, and after that, how many in its heading.
function fit(section, words) {
  const count = text => words.filter(word => text.toLowerCase().includes(word)).length;
  return count(wordsOf(section, "section")) + count(section.firstElementChild.textContent) / 100;
}

function bestSection(page, words) {
  const sections = [...page.querySelectorAll("[role=main] section[id]")];
  const fits = sections.map(section => fit(section, words));
  return sections[fits.indexOf(Math.max(...fits))];
}

// The block that an anchor names: a term's explanation, a paragraph, a section.
function blockAt(page, anchor) {
  const place = page.getElementById(decodeURIComponent(anchor.slice(1)));
  return place?.closest("dt")?.nextElementSibling ?? place?.closest("p, li, dd, section");
}

function excerpt(text, words) {
  const places = words.map(word => text.toLowerCase().indexOf(word)).filter(place => place >= 0);
  const near = Math.max(Math.min(text.length, ...places) - 80, 0);
  const from = places.length && near && text.indexOf(" ", near) + 1;
  return (from ? "… " : "") + text.slice(from, from + 240) + (text.length > from + 240 ? " …" : "");
}

// The link of a result that had no anchor leads to its section, and says so; the page's first one is the page.
function leadTo(section, item) {
  const link = item.querySelector("a");
  const heading = section.firstElementChild;
  link.hash = section.id;
  if (heading.tagName !== "H1") link.append(" > " + wordsOf(heading, NO_WORDS));
}

Search.makeSearchSummary = (html, terms, anchor) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const words = [...terms].map(word => word.replace(/i$/, "")); // the stem of "memory" is "memori"
  const block = (anchor && blockAt(page, anchor)) || bestSection(page, words);
  const summary = document.createElement("p");
  summary.className = "context";
  if (!block) return summary;
  summary.textContent = excerpt(wordsOf(block, `section, ${NO_WORDS}`), words);
  if (!anchor) queueMicrotask(() => leadTo(block, summary.parentElement)); // by then it stands in its result
  return summary;
};

// Sphinx leaves out what is digits alone; here they are words as others are.
const parsed = Search._parseQuery;
Search._parseQuery = query => {
  const [text, terms, excluded, highlighted, objects] = parsed(query);
  for (const number of splitQuery(query).filter(word => /^\d+$/.test(word))) {
    terms.add(number);
    highlighted.add(number);
  }
  return [text, terms, excluded, highlighted, objects];
};
