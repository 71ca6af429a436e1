"use strict";
/* A filter's page: how its images are looked at stands in the address, as #by=guided&heat=0, so that
   it can be linked to and goes along to the neighbours; headings lead to their bands, and texts to
   copy get a button. */
(() => {
  const looks = [...document.querySelectorAll(".looks input")];
  const ways = looks.filter((input) => input.type === "radio");
  const heats = looks.filter((input) => input.type === "checkbox");
  const neighbours = document.querySelectorAll(".film a");

  let state = new URLSearchParams();

  function element(name, className, textContent) {
    return Object.assign(document.createElement(name), { className, textContent });
  }

  /* Takes what the address says of the looks; where it leads to a part of the page they stay. */
  function read() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return;
    state = new URLSearchParams(hash);
    show();
  }

  function show() {
    for (const way of ways) way.checked = way.value === (state.get("by") ?? "images");
    for (const heat of heats) heat.checked = state.get("heat") !== "0";
    if (ways.length && !ways.some((way) => way.checked)) ways[0].checked = true;
    carry(state.toString());
  }

  /* All filters of a page are looked at in one way. */
  function change({ target }) {
    if (target.type === "radio") put(state, "by", target.value, "images");
    else put(state, "heat", target.checked ? "1" : "0", "1");
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    show();
  }

  function put(state, name, value, usual) {
    if (value === usual) state.delete(name);
    else state.set(name, value);
  }

  function carry(hash) {
    for (const link of neighbours) link.hash = hash;
  }

  async function copy(target, name) {
    const box = target.parentElement;
    const text = box.firstChild.data;
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // not allowed here, as on pages from disk: the way of old browsers
      getSelection().selectAllChildren(box);
      document.execCommand("copy");
    }
    Object.assign(target, { textContent: "Copied", ariaLabel: "Copied" });
    setTimeout(() => { Object.assign(target, { textContent: "Copy", ariaLabel: name }); }, 2000);
  }

  function lead(section) {
    const heading = section.querySelector("h2, h3");
    const link = document.createElement("a");
    link.href = `#${section.id}`;
    link.append(...heading.childNodes);
    heading.append(link);
  }

  function offer(box) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    const name = `Copy: ${box.textContent.slice(0, 24)}`;
    Object.assign(button, { ariaLabel: name, ariaLive: "polite" });
    button.addEventListener("click", () => copy(button, name));
    box.append(button);
  }

  /* The HTML that shows a filter elsewhere, under the address that the site tells, or has now. */
  function embed(box) {
    const own = document.querySelector("link[rel=canonical]")?.href ?? location.href.split("#")[0];
    const unit = box.closest(".unit"), image = unit.querySelector(".big img");
    const { name } = box.dataset, gathered = unit.id.replace(/-?card$/, "");
    const frame = document.createElement("iframe");
    Object.assign(frame, { width: 480, height: 240, title: name });
    frame.setAttribute("src", `${own}#${unit.id}`);
    const told = [frame];
    if (image && !image.src.startsWith("data:")) {
      // Of another document: a picture of this page would be asked for.
      const elsewhere = document.implementation.createHTMLDocument("");
      const link = elsewhere.createElement("a"), picture = elsewhere.createElement("img");
      link.href = own + (gathered && `#${gathered}`);
      picture.setAttribute("src", new URL(image.getAttribute("src"), own));
      for (const side of ["width", "height"]) picture.setAttribute(side, image.getAttribute(side));
      picture.alt = name;
      link.append(picture);
      told.push(link);
    }
    const choice = told.length > 1 ? ", or the picture with a link" : "";
    box.append(element("p", "note", `In another page: a card in a frame${choice}.`));
    box.append(...told.map(each => element("pre", "copy", each.outerHTML)));
  }

  /* The pictures of what a filter was, or became, beside the link to it. */
  async function partner(link) {
    const [, folder, index] = /([^/]+\/[^/]+\/)(?:filters[^#]*#)?(\d+)(?:\.html)?$/.exec(link.getAttribute("href"));
    const wall = await ATLAS.data(`${folder}wall.js`), at = wall.indices.indexOf(Number(index));
    if (at < 0) return;
    const faces = link.insertBefore(element("span", "faces"), link.firstChild);
    faces.append(...ATLAS.views(wall, ATLAS.root + folder, at));
  }

  for (const link of document.querySelectorAll(".then.far a")) partner(link).catch(() => {});
  for (const box of document.querySelectorAll(".embed")) embed(box);
  for (const section of document.querySelectorAll(".unit section[id]")) lead(section);
  for (const box of document.querySelectorAll(".copy")) offer(box);
  for (const input of looks) input.addEventListener("change", change);
  addEventListener("hashchange", read);
  if (location.hash.includes("=")) read();
})();
