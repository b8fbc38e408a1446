// What markup alone cannot do. Every page works without this file; each part is switched on by a data attribute.
"use strict";

// On a phone the rail is a strip: the section one is in comes into view.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Copy: <button data-copies="id of the text" data-copied data-selected>. The button says so, in place.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = button.dataset.selected;
  }
  setTimeout(() => { button.textContent = words; }, 1500);
});

// A request that htmx could not finish says so where messages stand, in the words that this place carries.
const wordsFor = (what) => document.getElementById("messages")?.dataset[what] || "";

function tell(text) {
  const place = document.getElementById("messages");
  if (!place) return;
  const message = document.createElement("p");
  message.className = "message message--error";
  message.setAttribute("role", "alert");
  message.textContent = text;
  place.replaceChildren(message);
}

document.addEventListener("htmx:sendError", () => {
  tell(wordsFor("unreached"));
});

document.addEventListener("htmx:timeout", () => {
  tell(wordsFor("timedOut"));
});

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) tell(wordsFor("forbidden"));
  else if (status === 404) tell(wordsFor("gone"));
  else if (status === 429) tell(wordsFor("busy"));
  else tell(wordsFor("refused").replace("{status}", status));
});

// Ctrl Enter sends a form from any of its fields: <form data-submits-by-key>, or with the name of the button it presses.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("[data-submits-by-key]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.elements[form.dataset.submitsByKey]);
});

// Search over everything: Ctrl K, or / where no field has the focus and the page has no use for it. What it can do is
// loaded when it is first wanted; without scripts its link leads to a page.
const searchLink = document.querySelector("[data-opens-palette]");
const palette = document.getElementById("palette");

async function loadSearch() {
  try {
    (await import(searchLink.dataset.opensPalette)).start();
  } catch {
    document.getElementById("palette-list").textContent = palette.dataset.unreached;
    palette.addEventListener("input", loadSearch, { once: true });
  }
}

function toggleSearch() {
  if (palette.open) {
    palette.close();
    return;
  }
  palette.querySelector("input").value = "";
  palette.showModal(); // what is typed before the file comes is kept
  loadSearch();
}

searchLink?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  toggleSearch();
});

// On the window, behind the keys of the page, which go first.
if (searchLink) window.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const isCtrl = event.ctrlKey || event.metaKey;
  const isTyping = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
  if (!(isCtrl && !event.shiftKey && event.key.toLowerCase() === "k") && !(event.key === "/" && !isCtrl && !isTyping)) return;
  event.preventDefault();
  toggleSearch();
});
