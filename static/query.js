"use strict";
/* What the search finds: ATLAS.search(text) promises the layers, classes, pages and filters that fit a
   query, the best first. The index is read when it is first asked for. */
ATLAS.search = (() => {
  const most = 60;
  let loading;

  /* Letters as they are compared: small, without accents. */
  function fold(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  /* The index as arrays: the labels of filter `at` are labels[starts[at]] to labels[starts[at + 1]]. */
  function unpack({ digits, width, words, networks, pages }) {
    const value = new Uint8Array(128);
    [...digits].forEach((digit, number) => value[digit.charCodeAt()] = number);
    const starts = [0], labels = [], layers = [], classes = [];
    const number = (text, at) => {
      let found = 0;
      for (let end = at; end < at + width; end++) found = found * digits.length + value[text.charCodeAt(end)];
      return found;
    };
    for (const { name: network = "", classes: told } of [...networks, { classes: pages }]) if (told) {
      for (let at = 0; at < told.names.length; at += width) {
        const label = number(told.names, at), name = words[label];
        const page = told.pages?.[at / width] ?? `${name.replace(/[^\w.@-]+/g, "-")}.html`;
        classes.push({ name, label, network, own: fold(network), href: told.folder + page });
      }
    }
    for (const network of networks) for (const raw of network.layers) {
      const count = raw.ratios.length, first = starts.length - 1;
      raw.labels.split(" ").slice(0, count).forEach(text => {
        for (let at = 0; at < text.length; at += width) labels.push(number(text, at));
        starts.push(labels.length);
      });
      const ratios = Float64Array.from(raw.ratios, digit => value[digit.charCodeAt()] / digits.length);
      const notes = new Map(Object.entries(raw.notes ?? {}).map(([place, [name, remark]]) =>
        [Number(place), { shown: name, name: fold(name), remark: fold(remark) }]));
      layers.push({ ...raw, count, first, ratios, notes, network: network.name, dead: new Set(raw.dead),
        own: fold(raw.name), path: fold(`${network.name}/${raw.name}`),
        number: Array.isArray(raw.indices) ? place => raw.indices[place] : place => place });
    }
    return { layers, classes, words, folded: words.map(fold), several: networks.length > 1,
      starts: Uint32Array.from(starts), labels: Uint32Array.from(labels) };
  }

  /* Whether `word` is in the text and begins a word there. */
  function begins(text, word) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return true;
    }
    return false;
  }

  /* What a word of the query means: a filter's number, labels, layers. */
  function meaning(word, index) {
    return { word, number: /^\d+$/.test(word) ? Number(word) : -1,
      labels: Uint8Array.from(index.folded, text => begins(text, word)),
      layers: index.layers.map(({ path, own }) => path.includes(word) ? own === word ? 2 : 1 : 0) };
  }

  /* How well a word fits a filter itself: its number above all, then its note, then how many of
     its labels, the strongest first. */
  function fit(sought, layer, place, { starts, labels }) {
    if (sought.number >= 0 && layer.number(place) === sought.number) return 1000;
    const note = layer.notes.size && layer.notes.get(place);
    if (note && begins(note.name, sought.word)) return 100;
    if (note && begins(note.remark, sought.word)) return 50;
    const first = starts[layer.first + place], end = starts[layer.first + place + 1];
    let score = 0;
    for (let at = first; at < end; at++) score += sought.labels[labels[at]] / (at - first + 1);
    return score;
  }

  /* All words have to fit a filter or its layer, and one at least the filter itself. */
  function score(words, layer, depth, place, index) {
    let total = 0, itself = false;
    for (const sought of words) {
      const own = fit(sought, layer, place, index);
      if (!own && !sought.layers[depth]) return 0;
      itself ||= own > 0;
      total += own + (sought.layers[depth] === 2 ? 2 : 0);
    }
    return itself ? total + layer.ratios[place] / 1000 : 0;
  }

  /* The classes that all words fit, or their network, but one at least the class itself; those first
     whose names begin with the query. */
  function named(words, text, { classes, folded }) {
    const fits = ({ label, own }) => words.some(({ labels }) => labels[label])
      && words.every(({ word, labels }) => labels[label] || own.includes(word));
    const rank = ({ label }) => folded[label] === text ? 0 : folded[label].startsWith(text) ? 1 : 2;
    return classes.filter(fits).sort((a, b) => rank(a) - rank(b));
  }

  /* The index, and all that reads it run once while nobody waits: what is not compiled yet is slow. */
  async function load() {
    const index = unpack(await ATLAS.data("search/index.js"));
    for (const text of ["a", "1", "a 1"]) find(text, index);
    return index;
  }

  async function search(text) {
    return find(text, await (loading ??= load()));
  }

  function find(text, index) {
    const words = fold(text).split(/[\s/]+/).filter(Boolean).map(word => meaning(word, index));
    const hits = [], layers = [];
    let count = 0;
    if (words.length) index.layers.forEach((layer, depth) => {
      if (words.every(({ layers: fits }) => fits[depth])) layers.push(layer);
      for (let place = 0; place < layer.count; place++) {
        const found = score(words, layer, depth, place, index);
        if (!found) continue;
        count++;
        if (hits.length < most || found > hits.at(-1).score) insert(hits, { score: found, layer, place });
      }
    });
    const both = named(words, fold(text).trim(), index), of = way => both.filter(each => way === !each.network);
    return { words, hits, layers, classes: of(false), pages: of(true), count, index };
  }

  function insert(hits, hit) {
    let at = hits.length;
    while (at && hits[at - 1].score < hit.score) at--;
    hits.splice(at, 0, hit);
    hits.length = Math.min(hits.length, most);
  }

  return search;
})();
