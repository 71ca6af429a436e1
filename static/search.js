"use strict";
/* Where one searches: in a dialog on every page, and on the search page itself. Arrows lead to the
   results. */
(() => {
  const most = 24;

  function element(name, className, ...children) {
    const made = Object.assign(document.createElement(name), { className });
    made.append(...children);
    return made;
  }

  function link(className, href, ...children) {
    const made = element("a", className, ...children);
    made.href = ATLAS.root + href;
    return made;
  }

  /* The picture of a result: the one that was made for it, else its tile of the layer's sheet. */
  function picture({ href, pictures, sheet, number, count }, place) {
    const folder = href.replace("index.html", ""), frame = element("span", "picture");
    const letters = pictures && pictures.digests.length / count;
    const digest = pictures?.digests.slice(letters * place, letters * (place + 1));
    if (digest && digest[0] !== ".") {
      const image = element("img", pictures.sharp ? "px" : "");
      Object.assign(image, { alt: "", loading: "lazy", width: 96, height: 96,
        src: `${ATLAS.root}${folder}${number(place)}${pictures.start}${digest}${pictures.end}` });
      frame.append(image);
    } else if (sheet) {
      const { tile, columns, files } = sheet, cells = columns * files[0].height / tile;
      const file = files[Math.floor(place / cells)];
      const rows = file.height / tile, column = place % columns, row = Math.floor(place % cells / columns);
      Object.assign(frame.style, { backgroundImage: `url("${ATLAS.root}${folder}${file.file}")`,
        backgroundSize: `${file.width / tile * 100}% ${rows * 100}%`,
        backgroundPosition: `${100 * column / Math.max(file.width / tile - 1, 1)}% ${100 * row / Math.max(rows - 1, 1)}%` });
    } else frame.append(String(number(place)));
    return frame;
  }

  /* Why a filter was found, in a word. */
  function reason({ words, index }, { layer, place }) {
    const note = layer.notes.get(place);
    if (note?.shown) return note.shown;
    if (layer.dead.has(place)) return "dead";
    const own = index.labels.subarray(index.starts[layer.first + place], index.starts[layer.first + place + 1]);
    const label = own.find(label => words.some(({ labels }) => labels[label])) ?? own[0];
    return label === undefined ? "" : index.words[label];
  }

  function filter(found, hit) {
    const { layer, place } = hit, number = layer.number(place);
    const href = layer.href.replace("index.html", "") + (layer.hrefs?.[place] ?? `${number}.html`);
    const named = element("b", "mono", ...broken(`${layer.name}\u00a0/\u00a0${number}`));
    const item = link("", href, picture(layer, place), named, element("span", "", reason(found, hit)));
    if (found.index.several) item.append(element("span", "", layer.network));
    return element("li", "", item);
  }

  /* A name with places where its line may end: after its full stops. */
  function broken(name) {
    return name.split(/(?<=\.)/).flatMap(part => [part, document.createElement("wbr")]);
  }

  function told({ hits, layers, classes, pages, count }) {
    const plural = (number, noun, end = "s") => number && `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : end}`;
    const parts = [plural(layers.length, "layer"), plural(classes.length, "class", "es"), plural(pages.length, "page"), plural(count, "filter")].filter(Boolean);
    if (!parts.length) return "Nothing found.";
    const more = count > hits.length ? `; the first ${hits.length} are shown` : "";
    return `${new Intl.ListFormat("en-GB").format(parts)}${more}.`;
  }

  function show(found, results, status) {
    const lists = results.children, named = ({ name, network, href }, className = "") =>
      element("li", "", link(className, href, network && found.index.several ? `${network} / ${name}` : name));
    lists[0].replaceChildren(...found.layers.slice(0, most).map(each => named(each, "mono")));
    lists[1].replaceChildren(...found.classes.slice(0, most).map(each => named(each)));
    lists[2].replaceChildren(...found.pages.map(each => named(each)));
    lists[3].replaceChildren(...found.hits.map(hit => filter(found, hit)));
    status.textContent = told(found);
  }

  /* Arrows go from the field to the results and about among them; letters go back to the field. */
  function walk(event, field, results) {
    const links = [...results.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!results.getClientRects().length) return;  // a dialog just closed still has the focus
    if (key === "ArrowDown" && links.length) go(at < 0 ? links[0] : line(links, at, 1) ?? links.at(-1));
    else if (key === "ArrowUp" && at >= 0) go(line(links, at, -1) ?? field);
    else if (key === "ArrowRight" && at >= 0) go(links[at + 1]);
    else if (key === "ArrowLeft" && at >= 0) go(links[at - 1] ?? field);
    else if (key.length === 1 && key !== " " && at >= 0) {
      event.stopPropagation();  // no shortcut: it goes into the field
      field.focus();
    }

    function go(target) {
      event.preventDefault();
      target?.focus();
    }
  }

  /* The link in the next line, or the one before, that is nearest to this one. */
  function line(links, at, way) {
    const middle = box => box.left + box.width / 2, boxes = links.map(found => found.getBoundingClientRect());
    const here = boxes[at], beyond = boxes.filter(box => way * (box.top - here.top) > 4);
    if (!beyond.length) return undefined;
    const top = way * Math.min(...beyond.map(box => way * box.top));
    const row = beyond.filter(box => Math.abs(box.top - top) < 4);
    const far = box => Math.abs(middle(box) - middle(here));
    return links[boxes.indexOf(row.reduce((best, box) => far(box) < far(best) ? box : best))];
  }

  /* Makes a form search as one types; `changed` is told what stands in it. */
  function enliven(form, results, status, changed) {
    const field = form.querySelector("input");
    async function run() {
      const text = field.value;
      changed(text);
      try {
        const found = await ATLAS.search(text);
        if (text === field.value) show(found, results, status);
        if (!text.trim()) status.textContent = "";
      } catch {
        status.textContent = "The index is not there; build the atlas again.";
      }
    }
    field.addEventListener("input", run);
    field.addEventListener("focus", () => ATLAS.search("").catch(() => {}), { once: true });
    form.addEventListener("submit", event => {
      event.preventDefault();
      results.querySelector("a")?.click();
    });
    form.parentElement.addEventListener("keydown", event => walk(event, field, results));
    if (field.value) run();
  }

  function parts() {
    const lists = ["Layers", "Classes", "Pages", "Filters"].map((ariaLabel, at) =>
      Object.assign(element("ul", at < 3 ? "layers-found" : "filters-found"), { ariaLabel }));
    const status = element("p", "note");
    status.setAttribute("role", "status");
    return [element("div", "found-all", ...lists), status];
  }

  function open() {
    const dialog = ATLAS.dialog("search", "Search");
    if (!dialog.querySelector("form")) {
      const form = element("form", "query"), field = element("input", ""), [results, status] = parts();
      Object.assign(field, { type: "search", placeholder: "Layers, filters, classes, notes",
        ariaLabel: "Layers, filters, classes and notes", autocomplete: "off", spellcheck: false });
      // Left alone, the key would first empty the field.
      field.addEventListener("keydown", event => { if (event.key === "Escape") dialog.close(); });
      form.append(field);
      dialog.append(form, status, results);
      enliven(form, results, status, () => {});
    }
    dialog.showModal();
    dialog.querySelector("input").select();
    dialog.querySelector("input").focus();
  }

  function page(form) {
    const [results] = parts(), status = form.nextElementSibling, listing = document.querySelector(".listing");
    form.q.value = new URLSearchParams(location.search).get("q") ?? "";
    status.after(results);
    enliven(form, results, status, text => {
      listing.hidden = Boolean(text.trim());
      const query = text.trim() ? `?${new URLSearchParams({ q: text })}` : location.pathname;
      history.replaceState(null, "", query);
    });
    form.q.focus();
  }

  const own = document.querySelector("main form.query");
  if (own) page(own);
  for (const seek of document.querySelectorAll(".seek")) seek.addEventListener("click", event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (own) own.q.focus(); else open();
  });
})();
