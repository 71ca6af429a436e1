/* What can be seen to be wrong with the open page, one sentence each. Without scripts in the page
   nothing may be waited for. */
scripted => {
  const tell = element => element.outerHTML.slice(0, 90).replace(/\s+/g, " ");
  const shown = element => element.checkVisibility({ visibilityProperty: true });

  function once(selector) {
    const count = document.querySelectorAll(selector).length;
    return count === 1 ? [] : [`${count} times ${selector}`];
  }

  function wide() {
    const across = document.documentElement.scrollWidth;
    const cut = element => getComputedStyle(element).overflowX !== "visible";
    const within = element => element.parentElement !== document.body && element.parentElement
      && (cut(element.parentElement) || within(element.parentElement));
    const out = [...document.querySelectorAll("body *")].filter(element => !element.ownerSVGElement
      && element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".skip")
      && shown(element) && !within(element));
    return [...across > innerWidth ? [`${across} px wide`] : [], ...out.map(element => `sticks out: ${tell(element)}`)];
  }

  /* Of links in running text the height is that of the line. */
  function inText(element) {
    if (getComputedStyle(element).display !== "inline") return false;
    let block = element.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    const rest = block.cloneNode(true);
    for (const link of rest.querySelectorAll("a")) link.remove();
    return /\p{L}/u.test(rest.textContent);
  }

  function small() {
    const found = [...document.querySelectorAll("a, summary, button, select")].filter(element => {
      const boxes = [element, ...element.children].map(part => part.getBoundingClientRect());
      return !boxes.some(({ width, height }) => width >= 24 && height >= 24)
        && shown(element) && !element.closest(".skip") && !inText(element);
    });
    return found.map(element => `small: ${tell(element)}`);
  }

  function unsized() {
    // What covers its box, as the picture of a tile does, has a size from the style sheet.
    const sized = image => (image.hasAttribute("width") && image.hasAttribute("height"))
      || getComputedStyle(image).objectFit === "cover";
    return [...document.images].filter(image => !(sized(image) && image.hasAttribute("alt")))
      .map(image => `no size or alt: ${tell(image)}`);
  }

  function broken() {
    return [...document.images].filter(image => image.loading !== "lazy" && !image.naturalWidth)
      .map(image => `broken: ${tell(image)}`);
  }

  async function late() {
    const images = [...document.images];
    for (const image of images) image.loading = "eager";
    const bad = await Promise.all(images.map(image => image.decode().then(() => null, () => image)));
    return bad.filter(image => image?.isConnected).map(image => `broken: ${tell(image)}`);
  }

  function moved() {
    return new Promise(done => {
      const found = [];
      new PerformanceObserver(list => list.getEntries().forEach(entry => found.push(...entry.sources.map(
        ({ node }) => `moved: ${node?.nodeName} ${node?.className} ${node?.textContent?.slice(0, 30)}`))))
        .observe({ type: "layout-shift", buffered: true });
      setTimeout(() => done(found), 60);
    });
  }

  const seen = [...once("h1"), ...once("main"), ...wide(), ...small(), ...unsized(), ...broken()];
  if (!scripted) return seen;
  return (async () => [...seen, ...await late(), ...await moved()])();
}
