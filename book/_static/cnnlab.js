// Repairs of what libraries leave unlabelled, made from outside so that none of them has to be forked.
"use strict";

function nameQuizParts(root) {
  for (const quiz of root.querySelectorAll(".Quiz")) {
    const question = quiz.querySelector("[id^='mcquestion'], .MultipleChoiceQn > *, .NumericQn > *, .StringQn > *");
    for (const input of quiz.querySelectorAll("input:not([type='radio'])")) {
      input.setAttribute("aria-label", question ? question.textContent.trim() : "Your answer");
    }
    for (const feedback of quiz.querySelectorAll(".Feedback")) feedback.setAttribute("role", "status");
  }
}

// What scrolls must be reachable by keyboard; which elements do depends on the width of the window.
function focusWhatScrolls() {
  for (const box of document.querySelectorAll(".bd-article :is(pre, .cell_output, mjx-container, div.math)")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  }
}

window.addEventListener("load", () => {
  nameQuizParts(document);
  focusWhatScrolls();
  window.MathJax?.startup?.promise?.then(focusWhatScrolls);
});
window.addEventListener("resize", focusWhatScrolls);
