"use strict";
/* Circuits on a filter's page: the filter between its neighbours; each neighbour's picture, from the
   sprite of its layer; the kernel on each input; lines as thick as the drops; and the drops at
   single images. Numbers and links are there without it. */
(() => {
  const svg = "http://www.w3.org/2000/svg";
  const weights = "Its weights: red excites, blue inhibits";
  const side = 44, slice = 24, thickest = 36;
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  /* The integers that a text in base64 VLQ stands for. */
  function integers(text) {
    const found = [];
    let value = 0, shift = 0;
    for (const digit of text) {
      const bits = digits.indexOf(digit);
      value |= (bits & 31) << shift;
      shift += 5;
      if (bits & 32) continue;
      found.push(value & 1 ? -(value >> 1) : value >> 1);
      value = shift = 0;
    }
    return found;
  }

  /* The layer's folder from the root, and the index of the filter that a link leads to. */
  function target({ href }) {
    const root = new URL(ATLAS.root, location.href).href;
    const found = /^(.+\/)(?:(\d+)\.html|filters-\d+\.html#(\d+))$/.exec(href.slice(root.length));
    return found && { folder: found[1], index: Number(found[2] ?? found[3]) };
  }

  function square(className, width, file, size, left, top) {
    const cut = document.createElement("span");
    cut.className = className;
    cut.setAttribute("aria-hidden", "true");
    Object.assign(cut.style, {
      background: `url("${file}") no-repeat`,
      backgroundSize: `${size[0]}px ${size[1]}px`,
      backgroundPosition: `${-left}px ${-top}px`,
      width: `${width}px`,
    });
    return cut;
  }

  function image(src, sharp) {
    const shown = new Image(side, side);
    return Object.assign(shown, { alt: "", src, className: sharp ? "picture px" : "picture" });
  }

  /* Puts a filter's picture into the link to it: its own, or a tile of its layer's sprite. */
  async function picture(link) {
    const place = target(link);
    if (!place) return;
    let wall;
    try { wall = await ATLAS.data(`${place.folder}wall.js`); } catch { return; }
    const { made, examples, kernels } = wall.sprites, sprite = made ?? examples ?? kernels;
    const at = wall.indices.indexOf(place.index), own = wall.made[at];
    if (own) link.prepend(image(`${ATLAS.root}${place.folder}${own}`, wall.sharp));
    if (own || !sprite || at < 0) return;
    const { tile, columns, files } = sprite, cells = columns * columns, scale = side / tile;
    const { file, width, height } = files[Math.floor(at / cells)];
    const left = at % columns * side, top = Math.floor(at % cells / columns) * side;
    const url = `${ATLAS.root}${place.folder}${file}`;
    link.prepend(square("picture", side, url, [width * scale, height * scale], left, top));
  }

  /* The kernels on the inputs: one row of the layer's picture of kernels, or signs of weights. */
  function kernels(rows, told) {
    if (/^[+-]+$/.test(told)) return signs(rows, told);
    const [file, ...numbers] = told.split(" "), [height, width, top] = numbers.map(Number);
    const scale = slice / Math.max(height, width), image = new Image();
    image.addEventListener("load", () => rows.forEach((row, at) => {
      const size = [image.naturalWidth * scale, image.naturalHeight * scale];
      const cut = square("slice", width * scale, file, size, at * width * scale, top * scale);
      Object.assign(cut, { title: weights }).style.height = `${height * scale}px`;
      row.append(cut);
    }));
    image.src = file;
    return undefined;
  }

  function signs(rows, told) {
    rows.forEach((row, at) => {
      const sign = document.createElement("span");
      Object.assign(sign, { className: told[at] === "+" ? "key ex" : "key in", title: weights });
      row.append(sign);
    });
  }

  function change(drop) {
    return ` ${drop < 0 ? "+" : drop > 0 ? "−" : ""}${Math.abs(drop)} `;
  }

  /* The text that says what a row's response changes by. */
  function told(row) {
    return row.querySelector("a, span").nextSibling;
  }

  /* What the page shows of the filter, without any names: the picture made for it, or an image. */
  function copy(shown) {
    const own = shown.cloneNode(true);
    for (const heat of own.querySelectorAll('[href$="heat"], [id$="heat"]')) heat.remove();
    for (const each of [own, ...own.querySelectorAll("[id]")]) each.removeAttribute("id");
    return own;
  }

  /* The filter itself, between its inputs and what goes on from it. */
  function middle(section) {
    const flow = section.querySelector(".flow"), hub = document.createElement("div");
    if (!flow.firstElementChild) return;
    hub.className = "hub";
    const shown = section.closest(".unit").querySelector(".made .big :is(img, svg), .tops svg");
    if (shown) hub.append(Object.assign(copy(shown), { alt: "" }));
    flow.insertBefore(hub, flow.querySelector(".outputs"));
  }

  /* Lines from the inputs to the filter, and from it to its consumers. */
  function lines(section) {
    const flow = section.querySelector(".flow"), hub = flow.querySelector(".hub");
    if (!hub?.offsetParent) return;
    let drawing = flow.querySelector(".lines");
    if (!drawing) {
      drawing = flow.appendChild(document.createElementNS(svg, "svg"));
      drawing.setAttribute("class", "lines");
      drawing.setAttribute("aria-hidden", "true");
    }
    const origin = flow.getBoundingClientRect(), middle = hub.getBoundingClientRect();
    const paths = [...flow.querySelectorAll(".inputs li"), ...flow.querySelectorAll(".outputs li")];
    const counts = [flow.querySelectorAll(".inputs li").length, flow.querySelectorAll(".outputs li").length];
    drawing.replaceChildren(...paths.map((row, at) => {
      const after = at >= counts[0], own = row.getBoundingClientRect();
      const from = after ? own.left - 4 : own.right + 4, to = after ? middle.right : middle.left;
      const rank = (at - (after ? counts[0] : 0) + .5) / counts[Number(after)];
      const y = own.top + own.height / 2 - origin.top, end = middle.top + rank * middle.height - origin.top;
      const x = from - origin.left, stop = to - origin.left, half = (x + stop) / 2;
      const path = document.createElementNS(svg, "path");
      path.setAttribute("d", `M${x} ${y}C${half} ${y} ${half} ${end} ${stop} ${end}`);
      path.setAttribute("stroke-width", Math.max(.5, Math.min(1, row.drop / 100) * thickest));
      if (row.matches(".less, .in > :not(.gain)")) path.setAttribute("class", "less");
      return path;
    }));
  }

  /* The size of a row's drop in percent, read from what it says. */
  function measure(row) {
    row.drop = parseFloat(told(row).data.replace(/[^\d.]/g, ""));
  }

  /* A choice between the mean and single images, with their pictures, which the page has. */
  function choice(section, rows) {
    const numbers = integers(section.dataset.drops), count = numbers.length / rows.length;
    const drops = rows.map((_, place) => numbers.slice(place * count, (place + 1) * count));
    const means = rows.map(row => told(row).data);
    const inhibit = rows.map(row => Boolean(row.closest(".in")));
    const unit = section.closest(".unit"), tops = unit.querySelectorAll(".found .tops li");
    const group = document.createElement("div"), title = document.createElement("span");
    Object.assign(group, { className: "at", role: "radiogroup", ariaLabel: "Drops at" });
    title.textContent = "Drops at";
    group.append(title);
    const take = at => {
      rows.forEach((row, place) => {
        const drop = at < 0 ? undefined : drops[place][at];
        told(row).data = drop === undefined ? means[place] : change(drop);
        const less = drop ? drop < 0 : inhibit[place];
        row.classList.toggle("less", less);
        row.classList.toggle("gain", !less);
        measure(row);
      });
      if (section.querySelector(".lines")) lines(section);
    };
    const groups = section.dataset.reasons ?? "", order = [...drops[0].keys()];
    order.sort((one, two) => (groups[one] ?? 0) - (groups[two] ?? 0) || one - two);
    for (const at of [-1, ...order]) {
      const label = document.createElement("label"), input = document.createElement("input");
      Object.assign(input, { type: "radio", name: `${section.id}-at`, checked: at < 0 });
      input.addEventListener("change", () => take(at));
      const image = at < 0 ? undefined : tops[at]?.querySelector("svg"), shown = image && copy(image);
      if (shown) input.setAttribute("aria-label", `image ${at + 1}`);
      const name = document.createElement("span");
      name.textContent = at < 0 ? "all of them" : at + 1;
      if (groups[at] === "1" && !group.querySelector(".other")) label.className = "other";
      label.append(input, shown ?? name);
      group.append(label);
    }
    section.querySelector(".heading").append(group);
  }

  function draw(section) {
    const rows = [...section.querySelectorAll(".inputs li")];
    for (const link of section.querySelectorAll("li a")) picture(link);
    if (section.dataset.kernels) kernels(rows, section.dataset.kernels);
    if (section.dataset.drops) choice(section, rows);
    new ResizeObserver(() => lines(section)).observe(section.querySelector(".flow"));
  }

  const near = new IntersectionObserver(seen => {
    for (const { isIntersecting, target: section } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(section);
      draw(section);
    }
  }, { rootMargin: "0px 0px 256px" });  // nothing above what is read grows
  for (const section of document.querySelectorAll(".circuit")) {
    for (const row of section.querySelectorAll("li")) measure(row);
    middle(section);
    near.observe(section);
  }
})();
