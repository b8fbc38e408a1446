// Ranking the candidates of a group. A digit is a place, as it is a level elsewhere; here places are moved and tied.
// Candidates stay where they are on the screen: the line above them says the order.
"use strict";

(() => {
  const candidates = () => [...document.querySelectorAll("#review [data-candidate]")];
  const words = (name) => desk.words[name] || "";

  function placeOf(candidate) {
    const chosen = desk.chosen(candidate);
    return !chosen || chosen.hasAttribute("data-fails") ? null : Number(chosen.value);
  }

  const isBelow = (candidate) => desk.chosen(candidate)?.hasAttribute("data-fails") || false;

  // The candidates that have a place, the best first, those that are tied together.
  function standing() {
    const tiers = new Map();
    for (const candidate of candidates()) {
      const place = placeOf(candidate);
      if (place !== null) tiers.set(place, [...(tiers.get(place) || []), candidate]);
    }
    return [...tiers.keys()].sort((one, other) => one - other).map((place) => tiers.get(place));
  }

  // Behind two that are tied for the first place comes the third.
  function write(tiers) {
    let place = 0;
    for (const tier of tiers) {
      for (const candidate of tier) candidate.querySelector(`input[value="${place}"]:not([data-fails])`).checked = true;
      place += tier.length;
    }
    desk.annotation().dispatchEvent(new Event("change", { bubbles: true }));
  }

  const changes = {
    up: (tiers, candidate) => moved(tiers, candidate, -1),
    down: (tiers, candidate) => moved(tiers, candidate, 1),

    // With the one before it; without a place yet, with the last that has one.
    tie: (tiers, candidate) => {
      const at = tiers.findIndex((tier) => tier.includes(candidate));
      if (at === 0) return tiers;
      if (at > 0) tiers[at - 1].push(...tiers.splice(at, 1)[0]);
      else if (tiers.length) tiers.at(-1).push(candidate);
      else tiers.push([candidate]);
      return tiers;
    },
  };

  // One place on, or out of a tie; without a place yet, behind all that have one.
  function moved(tiers, candidate, by) {
    const at = tiers.findIndex((tier) => tier.includes(candidate));
    const [tier, beside] = [tiers[at], tiers[at + by]];
    if (!tier) {
      tiers.push([candidate]);
    } else if (tier.length > 1) {
      const rest = tier.filter((other) => other !== candidate);
      tiers.splice(at, 1, ...(by < 0 ? [[candidate], rest] : [rest, [candidate]]));
    } else if (beside) {
      tiers[at] = beside;
      tiers[at + by] = tier;
    }
    return tiers;
  }

  function change(candidate, how) {
    write(changes[how](standing(), candidate));
    desk.mark(candidate);
    desk.say(worded(candidate));
  }

  function clear(candidate) {
    const chosen = desk.chosen(candidate);
    if (chosen) chosen.checked = false;
    desk.annotation().dispatchEvent(new Event("change", { bubbles: true }));
    desk.mark(candidate);
    desk.say(worded(candidate));
  }

  function worded(candidate) {
    const place = placeOf(candidate);
    const tied = candidates().filter((other) => other !== candidate && place !== null && placeOf(other) === place);
    let said = words("noPlace");
    if (place !== null) said = `${words("place")} ${place + 1}`;
    else if (isBelow(candidate)) said = words("below");
    const letters = tied.map((other) => other.dataset.candidate).join(", ");
    return `${desk.nameOf(candidate)}: ${said}${letters ? `, ${words("tiedWith")} ${letters}` : ""}`;
  }

  function part(kind, label, letters) {
    const made = document.createElement("span");
    made.className = `standing standing--${kind}`;
    const place = document.createElement("b");
    place.textContent = label;
    made.append(place, ` ${letters}`);
    return made;
  }

  function show() {
    const line = document.querySelector("#review [data-standing]");
    if (!line) return;
    let place = 1;
    const parts = standing().map((tier) => {
      const made = part("place", place, tier.map((candidate) => candidate.dataset.candidate).join(" = "));
      place += tier.length;
      return made;
    });
    const lettersOf = (some) => some.map((candidate) => candidate.dataset.candidate).join(" ");
    const below = candidates().filter(isBelow);
    const open = candidates().filter((candidate) => !desk.chosen(candidate));
    if (below.length) parts.push(part("below", words("below"), lettersOf(below)));
    if (open.length) parts.push(part("open", words("noPlace"), lettersOf(open)));
    line.replaceChildren(...parts);
  }

  desk.worded = (criterion) => (criterion.matches("[data-candidate]") ? worded(criterion) : null);
  desk.keyOf = (input) => {
    if (!input.closest("[data-candidate]")) return null;
    return input.hasAttribute("data-fails") ? "0" : String(Number(input.value) + 1);
  };
  desk.starting.push(show);
  for (const changed of ["change", "filled"]) document.addEventListener(changed, show);

  const KEYS = { "[": "up", "]": "down", "=": "tie" };
  const WITH_SHIFT = { ArrowUp: "up", ArrowDown: "down" };

  // Before the keys of the page: there an arrow marks the next candidate.
  document.addEventListener("keydown", (event) => {
    if (!candidates().length || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.matches("textarea, select, input:not([type=radio])")) return;
    if (document.querySelector(":popover-open, .review--waiting")) return;
    const how = KEYS[event.key] || (event.shiftKey && WITH_SHIFT[event.key]);
    if (how) change(desk.marked(), how);
    else if (event.key === "Backspace" || event.key === "Delete") clear(desk.marked());
    else return;
    event.preventDefault();
  }, true);

  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-moves]");
    if (control) change(control.closest("[data-candidate]"), control.dataset.moves);
  });
})();
