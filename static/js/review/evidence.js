// Looking something up in the evidence: search, actions, folds, and the words that stand in both places.
"use strict";

(() => {
  const HIDDEN_MARKS = "hides marks";

  function look(lookup) {
    const part = lookup.closest(".part");
    const words = lookup.querySelector("[data-search]").value.trim().toLowerCase();
    const action = lookup.querySelector("[aria-pressed=true]")?.dataset.action || "";
    let found = 0;
    for (const entry of part.querySelectorAll("[data-entry]")) {
      const fits = (!action || entry.dataset.entry === action) && entry.textContent.toLowerCase().includes(words);
      entry.hidden = !fits;
      found += fits;
    }
    for (const period of part.querySelectorAll(".timeline__period")) {
      period.hidden = !period.querySelector("[data-entry]:not([hidden])");
    }
    const isLooking = Boolean(words || action);
    const fold = part.querySelector(".fold");
    if (fold) fold.open = isLooking || fold.dataset.openedByHand === "true";
    lookup.querySelector(".lookup__found").textContent = isLooking ? `${found} ${desk.words.found || ""}` : "";
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-search]")) look(event.target.closest("[data-lookup]"));
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-lookup] [data-action]");
    if (button) {
      for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
      look(button.closest("[data-lookup]"));
    }
    const fold = event.target.closest(".fold > summary")?.parentElement;
    if (fold) fold.dataset.openedByHand = String(!fold.open);
  });

  desk.search = () => {
    const search = document.querySelector("#review [data-search]");
    if (!search) return false;
    search.closest("details:not([open])")?.setAttribute("open", "");
    search.focus();
    search.select();
    return true;
  };

  function showMarks() {
    let hides = false;
    try {
      hides = localStorage.getItem(HIDDEN_MARKS) === "yes";
    } catch {
      hides = false;
    }
    desk.root?.classList.toggle("desk--unmarked", hides);
  }

  desk.toggleMarks = () => {
    const hides = desk.root.classList.toggle("desk--unmarked");
    try {
      localStorage.setItem(HIDDEN_MARKS, hides ? "yes" : "no");
    } catch {
      return true; // then it holds for this page only
    }
    return true;
  };

  // On a phone the evidence comes folded: the candidate and its criteria are what the thumb needs.
  desk.starting.push((review, isHereAgain) => {
    const evidence = review.querySelector(".evidence");
    if (evidence && !isHereAgain && matchMedia("(max-width: 760px)").matches) evidence.open = false;
  });

  showMarks();
})();
