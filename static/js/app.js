// What markup alone cannot do. Every page works without this file; each part is switched on by a data attribute.
"use strict";

// On a phone the rail is a strip: the section one is in comes into view.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Copy: <button data-copies="id of the text">. The button says so, in place.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copies);
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = words; }, 1500);
});

// A request that htmx could not finish says so, in words, where messages stand.
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
  tell("The server cannot be reached. Nothing was sent; what you chose is still on the page. Try again.");
});

document.addEventListener("htmx:timeout", () => {
  tell("The server did not answer in time. Reload the page to see whether it was saved.");
});

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) tell("Your session or your role does not allow this any more. Reload the page.");
  else if (status === 404) tell("This is no longer here. Reload the page.");
  else if (status === 429) tell("Too many requests in a short time. Wait a minute and try again.");
  else tell(`The server refused the request (${status}). Nothing was changed.`);
});

// Ctrl Enter sends a form from any of its fields: <form data-submits-by-key>, or with the name of the button it presses.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("[data-submits-by-key]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.elements[form.dataset.submitsByKey]);
});
