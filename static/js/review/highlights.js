// The words that decided: selected in the evidence or the candidate, sent with the answer.
"use strict";

(() => {
  const MOST = 20;
  const field = () => desk.annotation()?.elements.highlights;
  const read = () => JSON.parse(field()?.value || "[]");
  const characters = (text) => [...text].length; // the server counts characters, the browser units of 16 bits

  function write(found) {
    field().value = JSON.stringify(found);
    show();
    desk.annotation().dispatchEvent(new Event("change", { bubbles: true }));
  }

  // What is selected, inside one text of the item.
  function selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    const near = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement);
    const text = near(range.startContainer).closest("#review [data-place]");
    if (!text || text !== near(range.endContainer).closest("[data-place]")) return null;
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const words = range.toString();
    const trimmed = words.trim();
    if (!trimmed) return null;
    const from = characters(before.toString()) + characters(words.slice(0, words.indexOf(trimmed)));
    return { in: text.dataset.place, from, to: from + characters(trimmed), text: trimmed };
  }

  function add() {
    if (!field()) return false;
    const words = selected();
    if (!words) {
      desk.say(desk.words.selectFirst || "");
      return true;
    }
    const found = read();
    const isThere = found.some((one) => one.in === words.in && one.from === words.from && one.to === words.to);
    if (!isThere && found.length < MOST) write([...found, words]);
    getSelection().removeAllRanges();
    return true;
  }

  function show() {
    const list = document.querySelector("#review [data-chosen-words]");
    if (!list) return;
    list.replaceChildren(...read().map((one, at) => {
      const entry = document.createElement("li");
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip chosen__word";
      chip.dataset.removesWord = at;
      chip.textContent = one.text;
      chip.setAttribute("aria-label", `${desk.words.remove || ""}: ${one.text}`);
      entry.append(chip);
      return entry;
    }));
  }

  // The button would take the selection away before it is read.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-does=highlight]")) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-removes-word]");
    if (chip) write(read().filter((_, at) => at !== Number(chip.dataset.removesWord)));
  });

  desk.highlights = { add, show };
  desk.starting.push(show);
})();
