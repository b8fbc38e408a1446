// The item on the screen: focus, choosing, sheets. The page is a plain form without these files.
// Each file adds its part to `desk`; all are loaded in the order of templates/annotations/_review_scripts.html.
"use strict";

const desk = (() => {
  const root = document.getElementById("desk");
  const read = (name, otherwise) => JSON.parse(root?.dataset[name] || otherwise);

  const part = {
    root,
    person: root?.dataset.person,
    project: root?.dataset.project,
    keys: read("keys", "{}"),
    words: read("words", "{}"),
    review: () => document.getElementById("review"),
    annotation: () => document.getElementById("annotation"),
    turn: () => document.getElementById("review")?.dataset.turn || "",
    criteria: () => [...document.querySelectorAll("#review [data-criterion]")],
    chosen: (criterion) => criterion.querySelector("input:checked"),
    nameOf: (criterion) => criterion.querySelector("legend").firstChild.textContent.trim(),
    starting: [], // what is done when an item comes to the screen: functions of the element, and whether it was here before
    submitted: null, // what takes an answer from the form; without it the browser sends the form
  };
  part.open = () => part.criteria().filter((criterion) => !part.chosen(criterion));

  part.say = (words) => {
    const place = document.getElementById("review-said");
    if (place) place.textContent = words;
  };

  // --- focus: always on a criterion, on its chosen level or else the first one

  part.mark = (criterion) => {
    const level = criterion && (part.chosen(criterion) || criterion.querySelector("input"));
    if (!level) return;
    level.focus({ preventScroll: true, focusVisible: true });
    criterion.scrollIntoView({ block: "nearest" });
  };

  part.markFirst = () => part.mark(part.open()[0] || part.criteria()[0]);

  part.marked = () => document.activeElement.closest("[data-criterion]") || part.open()[0] || part.criteria()[0];

  part.step = (by) => {
    const all = part.criteria();
    part.mark(all[Math.min(all.length - 1, Math.max(0, all.indexOf(part.marked()) + by))]);
  };

  // To the next open criterion after this one, or before it; when none is open, to the button that Enter presses.
  function goOn(from) {
    const all = part.criteria();
    const later = all.slice(all.indexOf(from) + 1).concat(all).find((criterion) => !part.chosen(criterion));
    if (later) part.mark(later);
    else document.querySelector("#review .review__submit").focus({ preventScroll: true });
    return !later;
  }

  function submitsAlone() {
    const when = root.dataset.submitsAlone;
    return when === "always" || (when === "single" && part.criteria().length === 1);
  }

  part.choose = (criterion, level) => {
    const wasOpen = !part.chosen(criterion);
    level.checked = true;
    level.dispatchEvent(new Event("change", { bubbles: true }));
    part.say(part.worded?.(criterion) || `${part.nameOf(criterion)}: ${level.parentElement.querySelector("span").textContent}`);
    if (goOn(criterion) && wasOpen && submitsAlone()) part.submit();
  };

  part.passAll = () => {
    if (!document.querySelector("#review [data-does=all_pass]")) return false;
    for (const criterion of part.criteria()) {
      const passing = criterion.querySelector(`input[value="${criterion.dataset.passing}"]`);
      if (passing) passing.checked = true;
    }
    part.annotation().dispatchEvent(new Event("change", { bubbles: true }));
    part.say(part.words.allPass || "");
    goOn(null);
    return true;
  };

  function lacksANote() {
    const asks = part.criteria().some((criterion) => {
      const need = criterion.dataset.rationale;
      return need === "required" || (need === "required_when_failing" && part.chosen(criterion)?.hasAttribute("data-fails"));
    });
    return asks && !document.getElementById("rationale").value.trim();
  }

  part.submit = () => {
    const left = part.open();
    if (left.length) {
      part.mark(left[0]);
      part.say(`${part.words.stillOpen || ""} ${left.map(part.nameOf).join(", ")}`);
      for (const criterion of left) criterion.classList.add("criterion--missing");
    } else if (lacksANote()) {
      const note = document.getElementById("rationale");
      note.setAttribute("aria-invalid", "true");
      note.closest(".note").classList.add("note--missing");
      note.focus();
      part.say(part.words.noteNeeded || "");
    } else {
      part.annotation().requestSubmit();
    }
  };

  document.addEventListener("submit", (event) => {
    if (event.target !== part.annotation()) return;
    part.seconds?.();
    if (part.submitted) {
      event.preventDefault();
      part.submitted();
    }
  }, true);

  document.addEventListener("change", (event) => {
    event.target.closest("[data-criterion]")?.classList.remove("criterion--missing");
    if (event.target.id === "annotation") for (const criterion of part.criteria()) criterion.classList.remove("criterion--missing");
  });

  document.addEventListener("input", (event) => {
    if (event.target.id !== "rationale") return;
    event.target.removeAttribute("aria-invalid");
    event.target.closest(".note").classList.remove("note--missing");
  });

  // --- sheets: one that opens takes the focus; the browser gives it back when it closes

  function enter(sheet) {
    const first = sheet.querySelector("input:checked, .drawer__body, .button");
    if (first && !sheet.contains(document.activeElement)) first.focus({ focusVisible: true });
  }

  part.show = (id) => {
    const sheet = document.getElementById(id);
    if (!sheet) return false;
    sheet.showPopover();
    enter(sheet); // at once: the event below comes after the next key
    return true;
  };

  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && event.target.matches(".sheet, .drawer")) enter(event.target);
  }, true);

  part.start = (isHereAgain) => {
    for (const begin of part.starting) begin(part.review(), isHereAgain);
  };

  return part;
})();

document.addEventListener("DOMContentLoaded", () => {
  if (!desk.review()) return;
  desk.start(false);
  desk.markFirst();
});
