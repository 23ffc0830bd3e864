// Repairs of what libraries leave unlabelled, made from outside so that none of them has to be forked.
"use strict";

// jupyterquiz: the answers belong to their question, and a verdict is read out when it appears.
function nameQuizParts() {
  for (const quiz of document.querySelectorAll(".Quiz")) {
    const question = quiz.querySelector("[id^='quizQn']");
    const answers = quiz.querySelector(".Answer");
    const isChoice = answers?.querySelector("input[type='radio']");
    if (isChoice) answers.setAttribute("role", "radiogroup");
    for (const part of isChoice ? [answers] : quiz.querySelectorAll("input")) {
      part.setAttribute("aria-labelledby", question.id);
    }
    quiz.querySelector(".Feedback")?.setAttribute("role", "status");
  }
}

// docutils: a list's children are list items; as `doc-biblioentry` they would belong to no list.
function nameReferences() {
  for (const entry of document.querySelectorAll(".citation-list > .citation")) entry.setAttribute("role", "listitem");
}

// What scrolls must be reachable by keyboard, and what does depends on the width of the window. A box is asked when it
// has been laid out: whoever asks earlier has the whole page laid out.
const SCROLLING = ".bd-article :is(pre, .cell_output, .cnnlab-printed, mjx-container, div.math)";
const laidOut = new ResizeObserver((changes) => {
  const scrolls = changes.map(({ target: { scrollWidth, clientWidth } }) => scrollWidth > clientWidth + 1);
  changes.forEach(({ target }, place) => { if (scrolls[place]) target.tabIndex = 0; });
});
const watch = () => {
  laidOut.disconnect(); // a box is asked again that is as large as before: what it holds may be wider
  for (const box of document.querySelectorAll(SCROLLING)) laidOut.observe(box);
};

// Paper is white, whatever the screen shows.
const root = document.documentElement;
window.addEventListener("beforeprint", () => {
  root.dataset.onScreen = root.dataset.theme;
  root.dataset.theme = "light";
});
window.addEventListener("afterprint", () => { root.dataset.theme = root.dataset.onScreen; });

window.addEventListener("load", () => {
  nameQuizParts();
  nameReferences();
  watch();
});
document.addEventListener("formulas", watch); // some were drawn
