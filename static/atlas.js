"use strict";
/* What the scripts of all pages share: data come as scripts too, since a page that was opened from
   disk may not read any other file. A data file calls ATLAS.put with its own path. */
const ATLAS = (() => {
  const root = document.documentElement.dataset.root;
  const waiting = new Map();  // by path: what takes the data
  const promised = new Map();

  function put(path, value) {
    waiting.get(path)?.(value);
  }

  /* A promise of what the data file at `path`, told from the site's root, holds. */
  function data(path) {
    if (!promised.has(path)) promised.set(path, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      waiting.set(path, resolve);
      script.addEventListener("error", () => reject(new Error(`${path} is not there`)));
      script.src = root + path;
      document.head.append(script);
    }));
    return promised.get(path);
  }

  /* The page's dialog of that name, made when it is first asked for: a heading and a button to close
     it, to which others add. A press beside it closes it too; the focus goes back by itself. */
  function dialog(name, title) {
    let made = document.querySelector(`dialog.${name}`);
    if (made) return made;
    made = Object.assign(document.createElement("dialog"), { className: name });
    const head = document.createElement("header"), heading = document.createElement("h2");
    const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
    heading.id = `dialog-${name}`;
    heading.textContent = title;
    made.setAttribute("aria-labelledby", heading.id);
    close.addEventListener("click", () => made.close());
    let beside = false;
    made.addEventListener("pointerdown", ({ clientX: x, clientY: y }) => {
      const { left, right, top, bottom } = made.getBoundingClientRect();
      beside = x < left || x > right || y < top || y > bottom;
    });
    made.addEventListener("click", event => { if (beside && event.target === made) made.close(); });
    head.append(heading, close);
    made.append(head);
    document.body.append(made);
    return made;
  }

  /* A filter's tile of a sprite. */
  function cut({ tile, columns, files }, folder, at) {
    const made = document.createElement("i"), { file, width, height } = files[Math.floor(at / columns ** 2)];
    const wide = width / tile, high = height / tile, within = at % columns ** 2;
    const x = within % columns / (wide - 1 || 1), y = Math.floor(within / columns) / (high - 1 || 1);
    made.style.background = `url("${folder}${file}") ${100 * x}% ${100 * y}% / ${100 * wide}% ${100 * high}%`;
    return made;
  }

  /* A filter's pictures by its layer's data, the one made for it first. */
  function views({ made, sharp, sprites }, folder, at) {
    const names = ["made", "examples", "kernels"].slice(+made.some(Boolean)).filter(name => sprites[name]);
    const image = made[at] && Object.assign(new Image(), { loading: "lazy", alt: "", className: sharp ? "px" : "", src: folder + made[at] });
    return [image, ...names.map(name => cut(sprites[name], folder, at))].filter(Boolean);
  }

  return { root, put, data, dialog, cut, views };
})();
