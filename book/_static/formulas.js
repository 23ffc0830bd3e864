// A formula is drawn when its reader is near it: MathJax is a megabyte, and the formulas of a chapter take a phone
// a second. Until then it stands as it is typed, which a search in the page finds. On paper all of them are drawn.
"use strict";
{
  const NEAR = "50% 0px"; // half a screen away, or less
  const PATIENCE = 5000; // ms after a page has come, its reader has begun to read
  const MATHJAX = new URL("mathjax/tex-chtml.js", document.currentScript.src).href;
  const formulas = document.querySelectorAll(".math");
  let loaded = null;
  let drawn = Promise.resolve();

  const load = () => loaded ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: MATHJAX, onerror: reject });
    script.onload = () => window.MathJax.startup.promise.then(resolve);
    document.head.append(script);
  });

  // One lot after the other: MathJax waits for nobody.
  const draw = (some) => {
    drawn = drawn.then(load).then(() => window.MathJax.typesetPromise(some));
    return drawn.then(() => document.dispatchEvent(new Event("formulas")));
  };

  const near = new IntersectionObserver((changes) => {
    const come = changes.filter((change) => change.isIntersecting).map((change) => change.target);
    for (const formula of come) near.unobserve(formula);
    if (come.length) draw(come);
  }, { rootMargin: NEAR });
  for (const formula of formulas) near.observe(formula);

  const left = () => [...formulas].filter((each) => !each.querySelector("mjx-container"));

  // All that are left, for whoever has to wait for them.
  window.drawFormulas = () => {
    near.disconnect();
    return draw(left());
  };

  // Paper waits for nothing: by then MathJax has come, with the first formula or after the page.
  window.addEventListener("beforeprint", () => window.MathJax.typeset?.(left()));
  window.addEventListener("load", () => setTimeout(load, PATIENCE));
}
