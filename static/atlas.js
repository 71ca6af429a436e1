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

  return { root, put, data };
})();
