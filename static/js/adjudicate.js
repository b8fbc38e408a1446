// Keys, focus and time on the adjudication page. The page is a plain form without this file.
"use strict";

(() => {
  const page = () => document.getElementById("adjudication");
  const ruling = () => document.getElementById("ruling");
  const criteria = () => [...document.querySelectorAll("#ruling [data-criterion]")];
  const chosen = (criterion) => criterion.querySelector("input:checked");
  const open = () => criteria().filter((criterion) => !chosen(criterion));
  const nameOf = (criterion) => criterion.querySelector("legend").textContent.trim();

  const said = document.getElementById("adjudication-said");

  function say(words) {
    if (said) said.textContent = words || "";
  }

  // --- focus: on a criterion, on its chosen level or else the first one

  function mark(criterion) {
    const level = criterion && (chosen(criterion) || criterion.querySelector("input"));
    if (!level) return;
    level.focus({ preventScroll: true, focusVisible: true });
    criterion.scrollIntoView({ block: "nearest" });
  }

  function marked() {
    return document.activeElement.closest("[data-criterion]") || open()[0] || criteria()[0];
  }

  function choose(criterion, level) {
    level.checked = true;
    say(`${nameOf(criterion)}: ${level.parentElement.querySelector("span").textContent}`);
    const all = criteria();
    const later = all.slice(all.indexOf(criterion) + 1).concat(all).find((one) => !chosen(one));
    if (later) mark(later);
    else document.getElementById("rule").focus({ preventScroll: true });
  }

  function step(by) {
    const all = criteria();
    mark(all[Math.min(all.length - 1, Math.max(0, all.indexOf(marked()) + by))]);
  }

  function submit() {
    const left = open();
    if (left.length) {
      mark(left[0]);
      say(`${said?.dataset.open} ${left.map(nameOf).join(", ")}`);
      return;
    }
    ruling().requestSubmit(document.getElementById("rule"));
  }

  // --- keys

  const press = (id) => () => document.getElementById(id)?.click();
  const words = {
    n: press("show-names"),
    j: press("show-verdicts"),
    b: press("put-back"),
    r: () => document.getElementById("reason").focus(),
    m: () => {
      const gold = ruling().elements.is_gold;
      gold.checked = !gold.checked;
      say(gold.checked ? said?.dataset.gold : said?.dataset.noGold);
    },
    f: () => {
      document.getElementById("flag").showPopover();
      document.querySelector("#flag input:checked").focus({ focusVisible: true });
    },
    "?": () => document.getElementById("keys").showPopover(),
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
  };

  document.addEventListener("keydown", (event) => {
    if (!ruling() || event.defaultPrevented || event.isComposing) return;
    const target = event.target;
    if (target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) {
      if (!target.closest("#ruling")) return;
      if (event.key === "Escape") mark(open()[0] || criteria()[0]);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".sheet:popover-open")) return;
    if (event.key === "Enter") {
      if (target.matches("a, button, summary") && target.id !== "rule") return;
      event.preventDefault();
      submit();
      return;
    }
    const criterion = marked();
    const pressed = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    const level = [...criterion.querySelectorAll("input")].find(
      (input, index) => input.dataset.key === pressed || (index < 10 && String((index + 1) % 10) === pressed),
    );
    const action = words[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (level) choose(criterion, level);
    else if (action) action();
    else return;
    event.preventDefault();
  });

  // --- time: how long the dispute was in view

  let seconds = 0;
  let shownAt = performance.now();

  function start() {
    seconds = 0;
    shownAt = performance.now();
    // On a phone the evidence comes first, and the page is long.
    if (matchMedia("(max-width: 760px)").matches) scrollTo(0, 0);
    else if (ruling()) mark(open()[0] || criteria()[0]);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) seconds += (performance.now() - shownAt) / 1000;
    else shownAt = performance.now();
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== ruling()) return;
    const inView = seconds + (document.hidden ? 0 : (performance.now() - shownAt) / 1000);
    event.target.elements.seconds.value = inView.toFixed(2);
  }, true);

  // --- the next dispute

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (!["adjudication", "answers"].includes(target.id) || xhr.responseText.includes(`id="${target.id}"`)) return;
    event.detail.shouldSwap = false; // the sign-in page: the session ended, what was chosen stays
    tell(said?.dataset.signedOut);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "answers") {
      mark(open()[0] || criteria()[0]);
      say(said?.dataset.shown);
    }
    if (event.detail.target.id !== "adjudication") return;
    document.getElementById("messages")?.replaceChildren();
    const alert = document.querySelector("#adjudication [role=alert]");
    if (!alert) start();
    say(alert?.textContent || (ruling() ? said?.dataset.next : said?.dataset.none));
  });

  if (page()) start();
})();
