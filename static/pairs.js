"use strict";
/* The pairs of a layer in two networks. The page has the tiles of the most changed, and this makes the
   others like them: numbers are in the pairs' data, pages and pictures in those of both layers. */
ATLAS.pairs = async path => {
  const told = await ATLAS.data(path), { keys, indices, effects, classes, best } = told;
  const sides = await Promise.all(["before", "after"].map(side));
  told.states = told.kinds.map(kind => told.states[kind]);
  keys.index = indices;
  if (effects[0].length) keys.effect = indices.map((_, place) => growth(...effects.map(values => values[place])));
  told.labels = [];

  /* What is known of one of the two layers. */
  async function side(when, at) {
    const folder = told.sides[at], wall = await ATLAS.data(`${folder}wall.js`);
    return { when, wall, folder: ATLAS.root + folder, own: at || !told.partners.length ? indices : told.partners };
  }

  function growth(before, after) {
    return before === null || after === null ? null : after - before;
  }

  function tile(place) {
    const made = document.createElement("div"), text = document.createElement("p");
    const [name, more] = ["b", "small"].map(kind => document.createElement(kind));
    const numbers = sides.map(({ own }) => own[place]);
    name.textContent = [...new Set(numbers)].join(" → ");
    more.textContent = line(place);
    text.append(name, ` ${how(place)}`, more);
    made.append(...sides.map(each => half(each, place)), text);
    return made;
  }

  function half({ when, wall, folder, own }, place) {
    const number = own[place], at = wall.indices.indexOf(number);
    const link = document.createElement("a"), shown = face(wall, folder, at);
    link.href = folder + (wall.hrefs?.[at] ?? `${number}.html`);
    link.ariaLabel = [`${number} ${when}`, shown.textContent].filter(Boolean).join(": ");
    link.append(shown);
    return link;
  }

  function face(wall, folder, at) {
    const dead = wall.states[at].split(" ").includes("dead"), [picture] = dead ? [] : ATLAS.views(wall, folder, at);
    return picture ?? Object.assign(document.createElement("span"), { className: "none", textContent: dead ? "dead" : "none" });
  }

  /* How much a pair changed, in a word or a number. */
  function how(place) {
    const lived = told.states[place].split(" ").find(state => state === "died" || state === "born");
    const known = keys.correlation?.[place] ?? null;
    return [lived, known === null ? !lived && "unknown" : short(known)].filter(Boolean).join(", ");
  }

  function line(place) {
    const [cosine, norm, kept] = ["cosine", "norm", "kept"].map(key => keys[key]?.[place] ?? null);
    const labels = [...new Set(best.map(places => classes[places[place]]))];
    const parts = [
      cosine === null || norm === null ? "kernel –" : `kernel ${short(cosine)} × ${short(norm)}`,
      kept === null ? "kept –" : `kept ${kept} of ${told.of[place] ?? told.of[0]}`,
      labels.length > 1 ? labels.map(label => label ?? "none").join(" → ") : labels[0] ?? "–",
    ];
    const values = effects.map(each => each[place] ?? null);
    if (values.some(value => value !== null)) {
      parts.push(`effect ${[...new Set(values.map(value => value === null ? "–" : short(value)))].join(" → ")}`);
    }
    return parts.join(", ");
  }

  /* A number to two significant digits, without an exponent, as the page has it. */
  function short(value) {
    if (value && Math.abs(value) < 1e-4) return "nearly 0";
    const digits = { maximumSignificantDigits: 2 };
    return value.toLocaleString("en", digits).replace("-", "−");
  }

  return [told, tile];
};
