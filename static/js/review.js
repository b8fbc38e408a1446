// Keys, focus and time on the review page. The page is a plain form without this file.
"use strict";

(() => {
  const review = () => document.getElementById("review");
  const annotation = () => document.getElementById("annotation");
  const criteria = () => [...document.querySelectorAll("#review [data-criterion]")];
  const chosen = (criterion) => criterion.querySelector("input:checked");
  const open = () => criteria().filter((criterion) => !chosen(criterion));

  function say(words) {
    const place = document.getElementById("review-said");
    if (place) place.textContent = words;
  }

  // --- focus: always on a criterion, on its chosen level or else the first one

  function mark(criterion) {
    const level = criterion && (chosen(criterion) || criterion.querySelector("input"));
    if (!level) return;
    level.focus({ preventScroll: true, focusVisible: true });
    criterion.scrollIntoView({ block: "nearest" });
  }

  function marked() {
    return document.activeElement.closest("[data-criterion]") || open()[0] || criteria()[0];
  }

  function submitButton() {
    return document.querySelector(".review__submit");
  }

  // To the next open criterion after this one, or before it; when none is open, to the button that Enter presses.
  function goOn(from) {
    const all = criteria();
    const later = all.slice(all.indexOf(from) + 1).concat(all).find((criterion) => !chosen(criterion));
    if (later) mark(later);
    else submitButton().focus({ preventScroll: true });
  }

  function choose(criterion, level) {
    level.checked = true;
    say(`${criterion.querySelector("legend").textContent.trim()}: ${level.parentElement.querySelector("span").textContent}`);
    goOn(criterion);
  }

  function passAll() {
    for (const criterion of criteria()) {
      const passing = criterion.querySelector(`input[value="${criterion.dataset.passing}"]`);
      if (passing) passing.checked = true;
    }
    say("All pass");
    goOn(null);
  }

  function submit() {
    const left = open();
    if (left.length) {
      mark(left[0]);
      say(`Still open: ${left.map((criterion) => criterion.querySelector("legend").textContent.trim()).join(", ")}`);
      for (const criterion of left) criterion.classList.add("criterion--missing");
      return;
    }
    annotation().requestSubmit();
  }

  // A sheet that opens takes the focus; the browser gives it back when the sheet closes.
  function enter(sheet) {
    const first = sheet.querySelector("input:checked, .drawer__body, .button");
    if (first && !sheet.contains(document.activeElement)) first.focus({ focusVisible: true });
  }

  function show(id) {
    const sheet = document.getElementById(id);
    if (!sheet) return;
    sheet.showPopover();
    enter(sheet); // at once: the event below comes after the next key
  }

  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && event.target.matches(".sheet, .drawer")) enter(event.target);
  }, true);

  function step(by) {
    const all = criteria();
    mark(all[Math.min(all.length - 1, Math.max(0, all.indexOf(marked()) + by))]);
  }

  // --- keys

  const words = {
    a: () => document.querySelector("[data-all-pass]") && passAll(),
    s: () => show("skip"),
    g: () => show("guidelines"),
    j: () => show("judges"),
    n: () => document.getElementById("rationale").focus(),
    d: () => {
      const help = marked().querySelector("details");
      help.open = !help.open;
    },
    "?": () => show("keys"),
    ArrowUp: () => step(-1),
    ArrowDown: () => step(1),
  };

  document.addEventListener("keydown", (event) => {
    if (!annotation() || event.defaultPrevented || event.isComposing) return;
    const target = event.target;
    if (target.matches("textarea, select, input:not([type=radio])")) {
      if (event.key === "Escape" && target.closest("#annotation")) mark(open()[0] || criteria()[0]);
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && target.closest("#annotation")) submit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const sheet = document.querySelector("#review :popover-open, .sheet:popover-open, .drawer:popover-open");
    if (sheet) {
      // The key that opened a sheet closes it; all others belong to the sheet.
      if ({ skip: "s", guidelines: "g", judges: "j", keys: "?" }[sheet.id] === event.key.toLowerCase()) {
        event.preventDefault();
        sheet.hidePopover();
      }
      return;
    }
    if (event.key === "Enter") {
      if (target.matches("a, button, summary") && !target.matches(".review__submit")) return;
      event.preventDefault();
      submit();
      return;
    }
    const criterion = marked();
    const pressed = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    const level = criterion && [...criterion.querySelectorAll("input")].find(
      (input, index) => input.dataset.key === pressed || String((index + 1) % 10) === pressed && index < 10,
    );
    const action = words[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (level) choose(criterion, level);
    else if (action) action();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-all-pass]")) passAll();
  });

  document.addEventListener("change", (event) => {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion) criterion.classList.remove("criterion--missing");
  });

  // --- time: how long the item was in view, and how long it is still held

  let seconds = 0;
  let shownAt = performance.now();
  let leaseEndsAt = 0;

  function startItem() {
    seconds = 0;
    shownAt = performance.now();
    const lease = document.querySelector("[data-lease-left]");
    leaseEndsAt = lease ? performance.now() + 1000 * Number(lease.dataset.leaseLeft) : 0;
    mark(open()[0] || criteria()[0]);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) seconds += (performance.now() - shownAt) / 1000;
    else shownAt = performance.now();
  });

  setInterval(() => {
    const lease = document.querySelector("[data-lease-left]");
    if (!lease) return;
    const left = Math.max(0, Math.ceil((leaseEndsAt - performance.now()) / 1000));
    lease.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "ended";
  }, 1000);

  document.addEventListener("submit", (event) => {
    if (event.target !== annotation()) return;
    const inView = seconds + (document.hidden ? 0 : (performance.now() - shownAt) / 1000);
    event.target.elements.seconds.value = inView.toFixed(2);
  }, true);

  // --- the next item

  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr.responseText;
    if (event.detail.target.id !== "review" || answer.includes('id="review"')) return;
    event.detail.shouldSwap = false; // the sign-in page: the session ended, what was chosen stays
    tell("Your session ended. Sign in in another tab, then submit again; what you chose is still here.");
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "review") return;
    document.getElementById("messages")?.replaceChildren();
    foldEvidence();
    startItem();
    say(document.querySelector("#review [role=alert]")?.textContent || "Saved. Next item.");
  });

  // On a phone the evidence comes folded: the candidate and its criteria are what the thumb needs.
  function foldEvidence() {
    const evidence = document.querySelector("#review .evidence");
    if (evidence && matchMedia("(max-width: 760px)").matches) evidence.open = false;
  }

  if (review()) {
    foldEvidence();
    startItem();
  }
})();
