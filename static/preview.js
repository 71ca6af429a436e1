"use strict";
/* Shows a filter's picture beside a link that names it and has no picture itself, while the
   pointer or the focus is on it. Only for the eye: the link says all the rest. */
(() => {
  const side = 128, delay = 250, gap = 8;
  let box, shown, asked, top, waiting;

  /* The layer's folder from the root, and the filter's index, where a link leads to a filter. */
  function target(link) {
    if (!link.hasAttribute("href") || link.closest("dialog, nav, .wall, .strip") || link.querySelector("img, image, use, .picture")) return null;
    const root = new URL(ATLAS.root || ".", location.href), url = new URL(link.getAttribute("href"), location.href);
    if (url.protocol !== root.protocol || !url.pathname.startsWith(root.pathname)) return null;
    const found = /^([^/]+\/[^/]+\/)(?:(\d+)\.html|(?:index|filters)(?:-\d+)?\.html#(\d+))$/.exec(
      url.pathname.slice(root.pathname.length) + url.hash);
    return found && !/^(images|probes|compare)\//.test(found[1]) ? { folder: found[1], index: Number(found[2] ?? found[3]) } : null;
  }

  async function show(link) {
    const place = target(link);
    if (!place) return;
    let wall;
    try { wall = await ATLAS.data(`${place.folder}wall.js`); } catch { return; }
    const at = wall.indices.indexOf(place.index);
    const [view] = at < 0 ? [] : ATLAS.views(wall, ATLAS.root + place.folder, at);
    if (shown !== link || !view) return;
    box ??= document.body.appendChild(frame());
    box.replaceChildren(view);
    const from = link.getBoundingClientRect(), below = from.bottom + gap + side + gap < innerHeight;
    top = from.top;
    box.style.left = `${Math.max(gap, Math.min(from.left, innerWidth - side - gap))}px`;
    box.style.top = `${below ? from.bottom : from.top - side - gap}px`;
    box.classList.toggle("below", below);
    box.hidden = false;
  }

  function frame() {
    const made = Object.assign(document.createElement("div"), { className: "preview", hidden: true });
    made.setAttribute("aria-hidden", "true");
    made.addEventListener("pointerenter", () => clearTimeout(waiting));
    made.addEventListener("pointerleave", () => soon(hide));
    return made;
  }

  function hide() {
    clearTimeout(waiting);
    shown = asked = undefined;
    if (box) box.hidden = true;
  }

  function soon(act) {
    clearTimeout(waiting);
    waiting = setTimeout(act, delay);
  }

  function ask(link) {
    if (shown === link) return clearTimeout(waiting);
    if (!target(link)) return undefined;
    asked = link;
    return soon(() => { hide(); shown = asked = link; show(link); });
  }

  document.addEventListener("pointerover", event => {
    const link = event.pointerType !== "touch" && event.target.closest("a");
    if (link) ask(link);
    else if (!box?.contains(event.target) && asked !== document.activeElement) soon(hide);
  });
  document.addEventListener("focusin", event => {
    if (event.target.matches("a:focus-visible")) ask(event.target);
  });
  document.addEventListener("focusout", () => soon(hide));
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", () => {
    if (box && !box.hidden && shown.getBoundingClientRect().top !== top) hide();
  }, { passive: true });
})();
