"use strict";
/* The reader's choice of light, dark or the system's scheme. In the head and not deferred, so that
   no page is drawn in one scheme first and then in another. */
(() => {
  const page = document.documentElement, names = ["automatic", "light", "dark"];

  function stored() {
    try { return localStorage.getItem("convatlas-scheme"); } catch { return null; }
  }

  function store(name) {
    try { localStorage.setItem("convatlas-scheme", name); } catch { /* this page alone has it */ }
  }

  function show(name) {
    if (name === "light" || name === "dark") page.dataset.scheme = name;
    else delete page.dataset.scheme;
  }

  function label(button) {
    const now = page.dataset.scheme ?? "automatic";
    button.textContent = button.title = `Colours: ${now}`;
    return now;
  }

  if (/^#(.*-)?card$/.test(location.hash)) {  // nothing is drawn until the card alone can be
    page.dataset.card = "";
    for (const sign of ["load", "hashchange"]) addEventListener(sign, () => requestAnimationFrame(
      () => requestAnimationFrame(() => delete page.dataset.card)));
  }
  page.dataset.script = "";  // what needs scripts is shown from the start, and nothing moves
  show(stored());
  addEventListener("storage", () => show(stored()));
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll(".scheme")) {
      label(button);
      button.addEventListener("click", () => {
        const name = names[(names.indexOf(label(button)) + 1) % names.length];
        show(name);
        store(name);
        label(button);
      });
    }
  });
})();
