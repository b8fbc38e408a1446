// The list of items by keyboard: J and K move, X ticks, O opens. Without this file, boxes and links do the same.
"use strict";

(() => {
  const form = document.querySelector("[data-items]");
  if (!form) return;
  const rows = [...form.querySelectorAll("[data-row]")];
  const boxes = rows.map((row) => row.querySelector("input[name=item]")).filter(Boolean);
  const links = rows.map((row) => row.querySelector("a"));
  const all = form.querySelector("[data-all]");
  const ticked = form.querySelector("[data-ticked]");

  const at = () => rows.findIndex((row) => row.contains(document.activeElement));
  const move = (step) => {
    const now = at();
    const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
    links[next].focus();
    rows[next].scrollIntoView({ block: "nearest" });
  };
  const count = () => {
    const n = boxes.filter((box) => box.checked).length;
    if (ticked) ticked.textContent = n ? `· ${n}` : "";
    if (!all) return;
    const box = all.querySelector("input");
    box.checked = n > 0 && n === boxes.length;
    box.indeterminate = n > 0 && n < boxes.length;
  };

  if (all) {
    for (const hidden of form.querySelectorAll("[data-all], [data-keys]")) hidden.hidden = false;
    all.addEventListener("change", (event) => {
      for (const box of boxes) box.checked = event.target.checked;
      count();
    });
    form.addEventListener("change", count);
    count();
  }

  const keys = {
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    x: () => {
      const box = boxes[at()];
      if (box) box.click();
    },
    o: () => links[at()]?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.matches("input:not([type=checkbox]), select, textarea, [contenteditable], summary")) return;
    // Arrows scroll the page, until a row is being moved from.
    if (event.key.startsWith("Arrow") && at() < 0) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
