"use strict";
/* Feature maps in the order of their strength. Without this script they stand in the order of their
   filters, as one picture; with it each tile shows its own part of that picture, wherever it is. */
(() => {
  const near = new Set();  // walls on the screen or close to it: the others wait until they are
  const arranged = new Map();  // by wall: whether the strongest are first
  let wanted = false;

  function arrange(wall) {
    if (arranged.get(wall) === wanted) return;
    arranged.set(wall, wanted);
    const rows = [...wall.lastElementChild.children], columns = rows[0].children.length;
    wall.tiles ??= rows.flatMap(row => [...row.querySelectorAll("a, b")]);
    if (wanted && !wall.cut) cut(wall, columns, rows.length);
    const order = wanted ? wall.dataset.order.split(" ") : wall.tiles.keys();
    const tiles = Array.from(order, index => wall.tiles[index]);
    rows.forEach((row, place) => row.prepend(...tiles.slice(place * columns, (place + 1) * columns)));
    wall.classList.toggle("sorted", wanted);
  }

  function cut(wall, columns, rows) {
    wall.cut = true;
    wall.style.setProperty("--sprite", `url("${wall.querySelector("img").src}")`);
    wall.style.setProperty("--whole", `${100 * columns}% ${100 * rows}%`);
    wall.tiles.forEach((tile, index) => {
      const x = index % columns / Math.max(columns - 1, 1);
      const y = Math.floor(index / columns) / Math.max(rows - 1, 1);
      tile.style.backgroundPosition = `${100 * x}% ${100 * y}%`;
    });
  }

  function offer(wall) {
    const label = document.createElement("label"), box = document.createElement("input");
    label.className = "switch";
    box.type = "checkbox";
    label.append(box, "strongest first");
    box.addEventListener("change", () => {
      wanted = box.checked;
      for (const other of document.querySelectorAll(".followed .switch input")) other.checked = wanted;
      near.forEach(arrange);
    });
    wall.closest(".followed").querySelector(".heading").append(label);
  }

  const watch = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.add(target); else near.delete(target);
    }
    near.forEach(arrange);
  }, { rootMargin: "400px" });
  for (const wall of document.querySelectorAll(".maps")) {
    arranged.set(wall, false);
    offer(wall);
    watch.observe(wall);
  }
})();
