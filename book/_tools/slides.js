// Lays a chapter's slides: what does not fit goes on to a next slide, and what fits on none is made smaller.
"use strict";

const WIDTH = 1280, INNER = 1160, HEIGHT = 720, BELOW = 30, SMALLEST = 0.4; // below: for the number

function overflows(slide, item) {
  return slide.scrollHeight > HEIGHT - BELOW || item.scrollWidth > item.clientWidth + 1;
}

// A slide of the same heading, behind another one.
function next(slide) {
  const made = document.createElement("section");
  made.append(slide.querySelector("h1, h2, h3").cloneNode(true));
  slide.after(made);
  return made;
}

function lay(slide) {
  const items = [...slide.querySelectorAll(":scope > .item")];
  items.forEach((item) => item.remove());
  let last = slide;
  for (const item of items) {
    last.append(item);
    if (overflows(last, item) && item.previousElementSibling?.matches(".item")) {
      last = next(last);
      last.append(item);
    }
    for (let size = 1; overflows(last, item) && size > SMALLEST; size -= 0.05) {
      Object.assign(item.style, { zoom: size, width: `${INNER / size}px` });
    }
  }
}

async function begin() {
  await MathJax.startup.promise;
  await Promise.all([...document.images].map((image) => image.decode().catch(() => 0)));
  document.querySelectorAll(".slides > section > section").forEach(lay);
  document.body.classList.add("laid");
  await Reveal.initialize({
    width: WIDTH, height: HEIGHT, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    plugins: [RevealNotes],
  });
}

window.addEventListener("load", begin);
