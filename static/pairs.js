"use strict";
/* The pairs of a layer in two networks. The page has the tiles of the most changed, and this makes the
   others like them: numbers are in the pairs' data, all else in those of both layers. What one filter
   can be chosen by is asked twice: of the filter before, and of the one after. */
for (const label of document.querySelectorAll(".chooser .both")) {
  const [title, field] = label.children, group = document.createElement("div");
  for (const choice of field.querySelectorAll("option:not([value=''])")) {
    choice.dataset.name = choice.textContent;
    choice.value = choice.value;  // from now on whatever its text is
  }
  const twice = ["before", "after"].map(when => {
    return Object.assign(field.cloneNode(true), { name: `${field.name}-${when}`, ariaLabel: when });
  });
  Object.assign(group, { className: label.className, role: "group", ariaLabel: title.textContent });
  title.ariaHidden = "true";
  group.append(title, twice[0], " → ", twice[1]);
  label.replaceWith(group);
}

ATLAS.pairs = async (path, form) => {
  const told = await ATLAS.data(path), { keys, indices, classes, best } = told;
  const sides = await Promise.all(["before", "after"].map(side)), [before, after] = sides;
  told.states = told.kinds.map(kind => told.states[kind]);
  told.labels = [...best[0], ...best[1].filter((label, place) => label !== best[0][place])];
  told.percent = after.wall.percent;
  Object.assign(keys, growths(), { index: indices, similarity: after.of("similarity") });
  told.sought = Object.fromEntries(sides.flatMap(fields));
  const effects = sides.map(({ of }) => of("effect") ?? []);

  /* What is known of one of the two layers, and of its filter in each pair. */
  async function side(when, at) {
    const folder = told.sides[at], wall = await ATLAS.data(`${folder}wall.js`);
    const numbers = at || !told.partners.length ? indices : told.partners;
    const known = new Map(wall.indices.map((number, place) => [number, place]));
    const places = numbers.map(number => known.get(number));
    const each = values => values && places.map(place => values[place]);
    const of = key => each(wall.keys[key]);
    return { when, wall, folder: ATLAS.root + folder, numbers, places, each, of, best: best[at] };
  }

  /* What has become of every number that filters can be sorted by in both layers. */
  function growths() {
    told.growing = Object.keys(after.wall.keys).filter(key => key !== "similarity" && before.wall.keys[key]);
    return Object.fromEntries(told.growing.map(key => {
      const [then, now] = sides.map(({ of }) => of(key));
      return [key, now.map((value, place) => value === null || then[place] === null ? null : value - then[place])];
    }));
  }

  /* What the fields ask of one of the two filters, by their names. */
  function fields({ when, wall, each, of, best }) {
    const asked = [...form.elements].map(({ name }) => name).filter(name => name.endsWith(`-${when}`));
    return asked.map(name => {
      const key = name.slice(0, -when.length - 1);
      return [name, of(key) ?? { class: best, hue: each(wall.hues) }[key] ?? each(wall.states)];
    });
  }

  function tile(place) {
    const made = document.createElement("div"), text = document.createElement("p");
    const [name, more] = ["b", "small"].map(kind => document.createElement(kind));
    const indices = sides.map(({ numbers }) => numbers[place]);
    name.textContent = [...new Set(indices)].join(" → ");
    more.textContent = line(place);
    text.append(name, ` ${how(place)}`, more);
    made.append(...sides.map(each => half(each, place)), text);
    return made;
  }

  function half({ when, wall, folder, numbers, places }, place) {
    const number = numbers[place], at = places[place];
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
