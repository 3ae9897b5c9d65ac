"use strict";
/* A cell of the map shows its run below the map. Nothing is drawn before: a page may
   hold a hundred runs. */
for (const map of document.querySelectorAll(".map")) {
  const room = map.querySelector(".replay");
  map.addEventListener("click", (event) => {
    const cell = event.target.closest("button[data-run]");
    if (!cell) return;
    const shown = cell.getAttribute("aria-pressed") === "true";
    for (const other of map.querySelectorAll("button[data-run]")) {
      other.setAttribute("aria-pressed", "false");
    }
    room.replaceChildren();
    if (shown) return;
    cell.setAttribute("aria-pressed", "true");
    const run = document.getElementById(cell.dataset.run).content;
    room.append(document.importNode(run, true));
    globalThis.bucketsAisle?.mount();
    room.scrollIntoView({ block: "nearest" });
  });
}
