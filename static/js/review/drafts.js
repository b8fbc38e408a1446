// What was chosen but not sent survives a reload and a crash; it is forgotten when the server has stored it.
"use strict";

(() => {
  if (!desk.person) return;
  const KEPT = 20;
  const name = `drafts ${desk.person} ${desk.project}`;

  desk.stored = (of, otherwise) => {
    try {
      return JSON.parse(localStorage.getItem(of)) ?? otherwise;
    } catch {
      return otherwise;
    }
  };

  // A full or forbidden storage costs the safety of a draft, not the work.
  desk.keep = (of, value) => {
    try {
      localStorage.setItem(of, JSON.stringify(value));
    } catch {
      desk.storageFailed = true;
    }
  };

  function values() {
    const form = new FormData(desk.annotation());
    return Object.fromEntries([...form].filter(([field]) => !["csrfmiddlewaretoken", "seconds"].includes(field)));
  }

  function save() {
    const turn = desk.turn();
    if (!turn || !desk.annotation()) return;
    const drafts = desk.stored(name, []).filter((draft) => draft.turn !== turn);
    desk.keep(name, [...drafts, { turn, values: values() }].slice(-KEPT));
  }

  desk.dropDraft = (turn) => desk.keep(name, desk.stored(name, []).filter((draft) => draft.turn !== String(turn)));

  desk.fill = (form, filled) => {
    for (const [field, value] of Object.entries(filled)) {
      const input = form.elements[field];
      if (!input) continue;
      if (input instanceof RadioNodeList || input.type === "radio") {
        const level = form.querySelector(`input[name="${CSS.escape(field)}"][value="${CSS.escape(value)}"]`);
        if (level) level.checked = true;
      } else if (field !== "rubric") {
        input.value = value;
      }
    }
    form.dispatchEvent(new Event("filled", { bubbles: true }));
  };

  desk.starting.push((review, isHereAgain) => {
    if (isHereAgain || !desk.annotation() || review.querySelector("[role=alert]")) return;
    const draft = desk.stored(name, []).find((one) => one.turn === desk.turn());
    if (draft && draft.values.rubric === desk.annotation().elements.rubric.value) {
      desk.fill(desk.annotation(), draft.values);
      desk.highlights?.show();
    }
  });

  for (const change of ["change", "input"]) {
    document.addEventListener(change, (event) => { if (event.target.closest?.("#annotation")) save(); });
  }
})();
