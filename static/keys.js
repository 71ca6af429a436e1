"use strict";
/* One key for each way about the site. They can be switched off: who speaks to the computer, or
   types with a tremor, would use them by accident. */
(() => {
  const stored = "convatlas-shortcuts";
  const keys = [
    { keys: ["/"], text: "search", run: () => document.querySelector(".seek")?.click() },
    { keys: ["n", "ArrowRight"], text: "next", run: () => follow("next") },
    { keys: ["p", "ArrowLeft"], text: "previous", run: () => follow("prev") },
    { keys: ["u"], text: "up: from a filter to its layer, its network, home", run: () => follow("up") },
    { keys: ["i"], text: "the input that excites it most", run: () => along("inputs") },
    { keys: ["o"], text: "the output that needs it most", run: () => along("outputs") },
    { keys: ["h"], text: "home", run: () => location.assign(`${ATLAS.root}index.html`) },
    { keys: ["?"], text: "these shortcuts", run: help },
  ];
  const written = { ArrowRight: "→", ArrowLeft: "←" };
  const fields = "input, select, textarea, [contenteditable], [role=slider], [role=listbox]";
  const moved = `${fields}, audio, video, .scroll, [role=radiogroup], [role=tablist], [role=grid]`;

  function follow(rel) {
    document.querySelector(`main a[rel~="${rel}"], header a[rel~="${rel}"]`)?.click();
  }

  function along(list) {
    const named = document.querySelector(":target");
    const unit = named?.closest(".unit") ?? named?.querySelector(".unit") ?? document;
    unit.querySelector(`.circuit .${list} a`)?.click();
  }

  function on() {
    try { return localStorage.getItem(stored) !== "off"; } catch { return true; }
  }

  function set(wanted) {
    try { localStorage.setItem(stored, wanted ? "on" : "off"); } catch { /* they stay on */ }
    for (const box of document.querySelectorAll("input.shortcuts")) box.checked = on();
  }

  function wire(box) {
    box.checked = on();
    box.addEventListener("change", () => set(box.checked));
  }

  function help() {
    const dialog = ATLAS.dialog("keys", "Keyboard shortcuts");
    if (!dialog.lastElementChild.matches("label")) {
      const list = document.createElement("dl"), label = document.createElement("label");
      for (const { keys: [...names], text } of keys) list.append(row(names, text));
      list.append(row(["Esc"], "closes what is open"));
      label.className = "switch";
      const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "shortcuts" });
      label.append(box, "single-key shortcuts");
      wire(box);
      dialog.append(list, label);
    }
    dialog.showModal();
  }

  function row(names, text) {
    const group = document.createElement("div"), term = document.createElement("dt");
    for (const name of names) {
      term.append(Object.assign(document.createElement("kbd"), { textContent: written[name] ?? name }), " ");
    }
    group.append(term, Object.assign(document.createElement("dd"), { textContent: text }));
    return group;
  }

  function pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !on()) return;
    const busy = event.key.startsWith("Arrow") ? moved : fields;
    if (event.target.closest?.(busy) || document.querySelector("dialog[open]")) return;
    const found = keys.find(({ keys: names }) => names.includes(event.key));
    if (!found || (event.shiftKey && event.key.length > 1)) return;
    event.preventDefault();
    found.run();
  }

  document.addEventListener("keydown", pressed);
  document.querySelectorAll("input.shortcuts").forEach(wire);
})();
