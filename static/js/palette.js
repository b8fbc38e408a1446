// What search finds while one types. Arrows choose, Enter goes. Loaded by app.js when search is first opened.
const palette = document.getElementById("palette");
const form = palette.querySelector("form");
const field = form.elements.q;
const list = document.getElementById("palette-list");
let asked = null;
let answered = Promise.resolve();
let later = 0;

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

// Where nothing is found there is a message and no list to choose from.
function tellKind() {
  const isList = options().length > 0;
  list.setAttribute("role", isList ? "listbox" : "status");
  field.setAttribute("aria-expanded", String(isList));
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) {
    field.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = options();
  if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

function show(html) {
  list.innerHTML = html;
  for (const [at, option] of options().entries()) option.id = `palette-option-${at}`;
  list.scrollTop = 0;
  tellKind();
  choose(options()[0]);
}

function say(text) {
  const words = document.createElement("p");
  words.className = "found__none";
  words.textContent = text;
  list.replaceChildren(words);
  tellKind();
  choose(null);
}

async function ask() {
  asked?.abort();
  const mine = asked = new AbortController();
  const wanted = new URLSearchParams({ q: field.value, from: location.pathname + location.search });
  palette.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${form.action}?${wanted}`, { headers: { "HX-Request": "true" }, signal: mine.signal });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    show(await answer.text());
  } catch (error) {
    if (error.name !== "AbortError") say(palette.dataset.unreached);
  }
  if (asked === mine) palette.removeAttribute("aria-busy");
}

export function start() {
  clearTimeout(later);
  later = 0;
  answered = ask();
}

field.addEventListener("input", () => {
  clearTimeout(later);
  later = setTimeout(start, 120);
});

// What is typed but not answered yet is what one means.
async function go() {
  if (later) start();
  await answered;
  chosen()?.click();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go();
});

palette.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else return;
  event.preventDefault();
});
palette.addEventListener("mousemove", (event) => {
  const option = event.target.closest("[role=option]");
  if (option && option !== chosen()) choose(option);
});
palette.addEventListener("click", (event) => {
  if (event.target === palette) palette.close();
});
