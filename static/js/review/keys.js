// Keys. Those of the page rest while one types; each can be bound anew under “me”.
"use strict";

(() => {
  const SHEETS = { skip: "skip", flag: "flag", guidelines: "guidelines", keys: "keys" };

  const actions = {
    all_pass: desk.passAll,
    skip: () => desk.show("skip"),
    undo: () => desk.undo?.(),
    note: () => document.getElementById("rationale").focus(),
    highlight: () => desk.highlights?.add(),
    definition: () => {
      const help = (desk.marked().closest(".ranking") || desk.marked()).querySelector(".criterion__help");
      help.open = !help.open;
    },
    compare: () => desk.compare?.(),
    keep: () => desk.keepMine?.(),
    revise: () => desk.reviseMine?.(),
    close_comparison: () => desk.closeComparison?.(),
    search: () => desk.search(),
    marks: () => desk.toggleMarks(),
    flag: () => desk.show("flag"),
    guidelines: () => desk.show("guidelines"),
    keys: () => desk.show("keys"),
  };
  const bound = Object.fromEntries(Object.entries(desk.keys).map(([action, key]) => [key, action]));

  function typed(event) {
    const target = event.target;
    if (event.key === "Escape") {
      if (target.matches("[data-search]")) {
        target.value = "";
        target.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (target.closest("#review") && !target.closest("[popover]")) desk.markFirst();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target.closest("#annotation")) desk.submit();
  }

  // The key that opened a sheet closes it; all others belong to the sheet.
  function inSheet(event, sheet) {
    if (desk.keys[SHEETS[sheet.id]] !== event.key.toLowerCase()) return;
    event.preventDefault();
    sheet.hidePopover();
  }

  function levelOf(key) {
    const criterion = desk.marked();
    const pressed = key.toUpperCase();
    const inputs = criterion ? [...criterion.querySelectorAll("input")] : [];
    const level = inputs.find((input) => (desk.keyOf?.(input) ?? input.dataset.key) === pressed)
      || !criterion?.matches("[data-candidate]") && inputs.find((_, index) => index < 10 && String((index + 1) % 10) === pressed);
    return level && [criterion, level];
  }

  function act(event) {
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      desk.step(event.key === "ArrowUp" ? -1 : 1);
      return true;
    }
    if (event.key === "Escape") return desk.leaveChange?.() || desk.closeComparison?.();
    if (event.key.length !== 1) return false;
    const found = levelOf(event.key);
    if (found) {
      desk.choose(...found);
      return true;
    }
    const action = bound[event.key.toLowerCase()];
    return action ? actions[action]() !== false : false;
  }

  document.addEventListener("keydown", (event) => {
    if (!desk.annotation() || event.defaultPrevented || event.isComposing) return;
    const target = event.target;
    if (target.matches("textarea, select, input:not([type=radio])")) {
      typed(event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const sheet = document.querySelector("#review :popover-open, .sheet:popover-open, .drawer:popover-open");
    if (sheet) {
      inSheet(event, sheet);
      return;
    }
    const isWaiting = desk.review().matches(".review--waiting");
    if (isWaiting && desk.keys.undo !== event.key.toLowerCase()) return;
    if (event.key === "Enter") {
      if (target.matches("a, button, summary") && !target.matches(".review__submit")) return;
      event.preventDefault();
      desk.submit();
      return;
    }
    if (act(event)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-does]");
    if (!control || !desk.annotation()) return;
    if (actions[control.dataset.does]?.() !== false) event.preventDefault();
  });
})();
