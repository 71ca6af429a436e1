"use strict";
/* The wall of a layer's filters in another order, with some of them, or with other pictures. The page
   has all tiles in the order of their indices; its state is in the hash, so that one can link to it.
   A wall of pairs has the first ones, each with two links and all its numbers; pairs.js makes more. */
(() => {
  const form = document.querySelector(".chooser"), wall = document.querySelector(".wall");
  if (!form) return;
  const MOST = 512, LABELS = 400;  // tiles at a time, and classes that are proposed at a time
  const PLAIN = { sort: "", reversed: "", state: "", class: "", hue: "", view: "made", size: "", part: "" };
  const fields = kind => [...form.querySelectorAll(kind)].map(({ name }) => name);
  const choices = fields("select").filter(name => !(name in PLAIN)), labels = fields("input[list]");
  for (const name of [...choices, ...labels]) PLAIN[name] = "";
  const said = form.querySelector("output"), total = +form.dataset.filters;
  const pairs = wall.classList.contains("couples"), noun = pairs ? "pair" : "filter", RISING = ["similarity", "index"];
  const still = [...wall.children], first = +wall.dataset.first, lacking = pairs && still.length < total;
  const captions = still.map(tile => tile.lastElementChild.textContent);
  const navs = [...document.querySelectorAll(".paging")].map(nav => [nav, [...nav.children]]);
  const built = new Map();  // tiles by view and place, once they have been shown
  let layer = null, part = 1, shown = still;  // the links that the arrows lead over
  let pair = null;  // makes the tile of a pair

  /* State: the form's fields, and the part of the tiles that is shown */

  function state() {
    const found = { ...PLAIN, ...Object.fromEntries(new FormData(form)) };
    if (found.reversed) found.reversed = "yes";
    found.part = part > 1 ? String(part) : "";
    return found;
  }

  function restore() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return;  // a place on the page
    const wanted = { ...PLAIN, ...Object.fromEntries(new URLSearchParams(hash)) };
    for (const field of form.elements) {
      const value = wanted[field.name];
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = Boolean(value);
      else if (field.name) field.value = value;
      if (field.localName === "select" && field.selectedIndex < 0) field.value = "";
    }
    for (const set of form.querySelectorAll("[role=radiogroup]")) {
      if (!set.querySelector(":checked")) set.querySelector("input").checked = true;
    }
    part = Math.max(parseInt(wanted.part, 10) || 1, 1);
    show();
  }

  function keep() {
    const wanted = state();
    const told = Object.entries(wanted).filter(([name, value]) => value !== PLAIN[name]);
    const hash = new URLSearchParams(told).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  /* Which filters, in which order */

  const TESTS = {
    state: (place, value) => layer.states[place].split(" ").includes(value),
    hue: (place, value) => layer.hues[place] === value,
    ...Object.fromEntries(labels.map(name => [name, (place, value) => {
      const label = layer.classes[(layer.sought?.[name] ?? layer.labels)[place]];
      return label !== undefined && label.toLowerCase().includes(value.toLowerCase());
    }])),
    ...Object.fromEntries(choices.map(name => [name, (place, value) => {
      const own = (layer.sought?.[name] ?? layer.keys[name] ?? layer.states)[place];
      return typeof own === "string" ? own.split(" ").includes(value) : inRange(own, value);
    }])),
  };

  /* Whether a number lies in a range in percent, "10-50". */
  function inRange(number, range) {
    const [low, high] = range.split("-").map(Number);
    return number !== null && 100 * number <= high && (100 * number > low || !low);
  }

  /* The filters that pass all facets, but for the one that is left out. */
  function passing(wanted, left) {
    const asked = Object.keys(TESTS).filter(name => wanted[name] && name !== left);
    return [...layer.indices.keys()]
      .filter(place => asked.every(name => TESTS[name](place, wanted[name])));
  }

  function sorted(places, wanted) {
    const key = layer.keys[wanted.sort], turn = wanted.reversed ? -1 : 1;
    if (!key) return wanted.reversed ? places.reverse() : places;
    const way = RISING.includes(wanted.sort) ? turn : -turn;
    const known = places.filter(place => key[place] !== null);
    const unknown = places.filter(place => key[place] === null);
    return known.sort((a, b) => way * (key[a] - key[b]) || a - b).concat(unknown);
  }

  /* Tiles */

  function tile(place, wanted) {
    const small = wanted.view === "made" && wanted.size === "small" && layer.sprites.made;
    const view = small ? "small" : wanted.view;
    const own = view === "made" ? still[place - first] : undefined;
    const found = own ?? built.get(view + place) ?? build(place, view);
    const number = value(place, wanted.sort);
    if (pair) {
      found.lastElementChild.dataset.growth = number && layer.growing.includes(wanted.sort) ? `growth ${number}` : "";
      return found;
    }
    const told = [String(layer.indices[place]), layer.names?.[place], number && `· ${number}`];
    found.lastElementChild.textContent = told.filter(Boolean).join(" ");
    return found;
  }

  function build(place, view) {
    if (pair) {
      built.set(view + place, pair(place));
      return built.get(view + place);
    }
    const link = document.createElement("a"), caption = document.createElement("span");
    link.href = layer.hrefs?.[place] ?? `${layer.indices[place]}.html`;
    if (layer.names?.[place]) caption.className = "named";
    link.append(face(place, view), caption);
    built.set(view + place, link);
    return link;
  }

  function face(place, view) {
    if (view === "made" && layer.made[place]) return picture(layer.made[place]);
    const sprites = view === "small" ? layer.sprites.made
      : layer.sprites[view] ?? layer.sprites.examples ?? layer.sprites.kernels;
    const dead = layer.states[place].includes("dead");
    if (sprites && !(dead && ["made", "small"].includes(view))) {
      return Object.assign(ATLAS.cut(sprites, "", place), { className: view === "kernels" ? "px" : "" });
    }
    return Object.assign(document.createElement("span"), { className: "none", textContent: dead ? "dead" : "none" });
  }

  function picture(file) {
    const image = new Image(...layer.side);  // lazy first: once it has a source it loads
    return Object.assign(image, { loading: "lazy", alt: "", className: layer.sharp ? "px" : "", src: file });
  }

  function value(place, sort) {
    const found = sort && sort !== "similarity" ? layer.keys[sort]?.[place] : undefined;
    if (found === undefined) return "";
    if (found === null) return "unknown";
    const percent = layer.percent.includes(sort), shown = Number((percent ? 100 * found : found).toPrecision(3));
    return shown.toLocaleString("en").replace("-", "−") + (percent ? " %" : "");
  }

  /* Showing */

  async function show() {
    const wanted = state(), still = wanted.size === "small" && "sprite" in form.dataset ? "" : wanted.size;
    wall.dataset.size = wanted.size;
    const plain = Object.keys(PLAIN).every(name => wanted[name] === (name === "size" ? still : PLAIN[name]));
    if (plain && !lacking) return rest();
    try {
      await load();
    } catch {
      said.textContent = "The numbers of this layer could not be loaded.";
      return;
    }
    arrange(state());
  }

  /* The page as it was sent. */
  function rest() {
    if (!pairs) still.forEach((tile, place) => { tile.lastElementChild.textContent = captions[place]; });
    wall.classList.remove("told");
    put(still);
    navs.forEach(([nav, links]) => nav.replaceChildren(...links));
    said.textContent = filters(total);
    if (layer) count(state());
  }

  function arrange(wanted) {
    const places = sorted(passing(wanted), wanted), parts = Math.max(Math.ceil(places.length / MOST), 1);
    part = Math.min(part, parts);
    const start = (part - 1) * MOST, some = places.slice(start, start + MOST);
    wall.classList.toggle("told", Boolean(layer.keys[wanted.sort]) && wanted.sort !== "similarity");
    put(some.map(place => tile(place, wanted)));
    offer(parts, places.length);
    const which = parts > 1 ? `${start + 1}–${start + some.length} of ` : "";
    said.textContent = which + (places.length < total ? `${places.length.toLocaleString("en")} of ${filters(total)}` : filters(total));
    const known = page(wanted.class);
    if (known) said.append(" · ", known);
    count(wanted);
  }

  /* A link to the page of a class, if that is what the field holds. */
  function page(name) {
    const at = layer.classes.findIndex(known => known.toLowerCase() === name.toLowerCase());
    const href = layer.pages?.[at];
    return href && Object.assign(document.createElement("a"), { href, textContent: layer.classes[at] });
  }

  const filters = number => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  function put(tiles) {
    rove(tiles);
    if (!tiles.length) {
      const text = { className: "note", textContent: `No ${noun} is like this.` };
      tiles = [Object.assign(document.createElement("p"), text)];
    }
    wall.replaceChildren(...tiles);
  }

  /* One stop for the tab key; the arrows lead on from there. */
  function rove(tiles) {
    shown = pairs ? tiles.flatMap(tile => [...tile.querySelectorAll("a")]) : tiles;
    shown.forEach((link, place) => { link.tabIndex = place ? -1 : 0; });
  }

  /* Links to the parts of the choice, in place of those to the layer's pages. */
  function offer(parts, count) {
    for (const [nav] of navs) {
      const held = nav.contains(document.activeElement);
      nav.replaceChildren(...Array.from({ length: parts }, (_, number) => {
        const start = number * MOST, textContent = `${start + 1}–${Math.min(start + MOST, count)}`;
        const button = Object.assign(document.createElement("button"), { type: "button", textContent });
        if (number + 1 === part) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => { part = number + 1; keep(); show(); });
        return button;
      }));
      if (held) nav.querySelector("[aria-current]")?.focus();
    }
  }

  /* Beside each choice, how many filters it would leave. */
  function count(wanted) {
    for (const name of ["state", ...choices, "hue"]) {
      const places = passing(wanted, name);
      for (const choice of form.querySelectorAll(`[name=${name}] option[data-name], [name=${name}][value]:not([value=""])`)) {
        const left = places.filter(place => TESTS[name](place, choice.value)).length.toLocaleString("en");
        if (choice.localName === "option") choice.textContent = `${choice.dataset.name} (${left})`;
        else choice.nextElementSibling.lastElementChild.textContent = left;
      }
    }
  }

  async function load() {
    if (layer) return;
    if (pairs) [layer, pair] = await ATLAS.pairs(form.dataset.wall, form);
    else layer = await ATLAS.data(form.dataset.wall);
    const counts = new Map();
    for (const place of layer.labels) if (place >= 0) counts.set(place, (counts.get(place) ?? 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, LABELS);
    const options = most.map(([place, number]) => new Option(filters(number), layer.classes[place]));
    document.getElementById("classes")?.replaceChildren(...options);
  }

  wall.addEventListener("keydown", event => {
    const at = shown.indexOf(event.target.closest("a"));
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const columns = getComputedStyle(wall).gridTemplateColumns.split(" ").length * (pairs ? 2 : 1);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: shown.length - 1 - at };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    shown[at + steps[event.key]]?.focus();
  });
  wall.addEventListener("focusin", event => {
    const tile = event.target.closest("a");
    if (!tile || tile.tabIndex === 0) return;
    for (const other of shown) other.tabIndex = -1;
    tile.tabIndex = 0;
  });

  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("input", () => { part = 1; keep(); show(); });
  form.addEventListener("reset", () => setTimeout(() => { part = 1; keep(); show(); }));
  for (const sign of ["pointerenter", "focusin"]) {
    form.addEventListener(sign, () => load().catch(() => {}), { once: true });
  }
  window.addEventListener("hashchange", restore);
  rove(still);
  if (location.hash.includes("=")) restore();
  else if (lacking) show();
})();
