"use strict";
/* Pictures in large, one after another. Without this script a link to a picture opens its file. */
(() => {
  const pictures = [...document.querySelectorAll("main a[href]:not([rel~=external])")].filter(link =>
    link.querySelector("img") && !link.pathname.endsWith(".html"));
  let at = 0, parts;

  function element(name, className, text = "") {
    return Object.assign(document.createElement(name), { className, textContent: text });
  }

  function build() {
    const dialog = ATLAS.dialog("lightbox", "Picture"), figure = element("figure", "");
    const image = new Image(), words = element("figcaption", ""), ways = element("div", "ways-on");
    const file = element("a", "", "The file"), place = element("span", "");
    const [before, after] = [["←", "Previous picture", -1], ["→", "Next picture", 1]].map(([text, label, way]) => {
      const button = Object.assign(element("button", "", text), { type: "button", ariaLabel: label });
      button.addEventListener("click", () => move(way));
      return button;
    });
    place.setAttribute("role", "status");
    ways.append(before, place, after, file);
    figure.append(image, words);
    dialog.append(figure, ways);
    dialog.addEventListener("keydown", event => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      move(way);
    });
    return { dialog, image, words, file, place, ends: [before, after] };
  }

  function move(way) {
    if (!pictures[at + way]) return;
    at += way;
    show();
  }

  function show() {
    const link = pictures[at], small = link.querySelector("img"), { image, words, file, place, ends } = parts;
    image.className = small.className;
    image.alt = small.alt;
    image.width = small.getAttribute("width");
    image.height = small.getAttribute("height");
    image.src = file.href = link.href;
    fit();
    words.textContent = said(link) || small.alt;
    place.textContent = `${at + 1} of ${pictures.length}`;
    ends.forEach((button, end) => button.setAttribute("aria-disabled", String(!pictures[at + (end ? 1 : -1)])));
  }

  /* What stands below the picture on the page, one part after another. */
  function said(link) {
    const caption = link.closest("figure")?.querySelector("figcaption");
    return caption ? caption.innerText.split("\n").map(line => line.trim()).filter(Boolean).join(" · ") : "";
  }

  /* As large as the window lets it be, and whole steps up where its pixels are to be seen. */
  function fit() {
    const { image } = parts, width = Number(image.getAttribute("width")), height = Number(image.getAttribute("height"));
    const scale = Math.min((innerWidth - 48) / width, (innerHeight - 208) / height, 1024 / Math.max(width, height));
    const step = image.classList.contains("px") && scale > 1 ? Math.floor(scale) : scale;
    image.style.width = `${Math.round(width * step)}px`;
    image.style.height = `${Math.round(height * step)}px`;
  }

  pictures.forEach((link, place) => link.addEventListener("click", event => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    parts ??= build();
    at = place;
    show();
    parts.dialog.showModal();
  }));
  addEventListener("resize", () => { if (parts?.dialog.open) fit(); });
})();
