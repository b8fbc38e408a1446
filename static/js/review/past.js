// Back to what was sent: the last answers can be taken back or changed, the newest one beside what judges said.
"use strict";

(() => {
  if (!desk.person) {
    return; // the page of one answer of before
  }
  const GRACE_MS = 15 * 60_000;
  const { words, sitting } = desk;
  const { coming, past } = sitting;
  const { show, strip, button, fieldsOf, recordOf } = desk.turns;

  // --- back to what was sent

  desk.undo = () => {
    const record = sitting.changing ? past[past.indexOf(sitting.changing.record) - 1] : past.at(-1);
    if (!record) return false;
    if (Date.now() - record.at > GRACE_MS) {
      desk.say(words.tooOld);
      return true;
    }
    const id = `answer ${record.turn}`;
    if (desk.outbox.has(id) && !desk.outbox.isSending(id)) withdraw(record, id);
    else if (record.judgement) change(record);
    return true;
  };

  // Not sent yet: the answer was never given.
  function withdraw(record, id) {
    desk.outbox.drop(id);
    past.splice(past.indexOf(record), 1);
    if (desk.turn() === record.turn) {
      sitting.isWaiting = false;
      desk.review().classList.remove("review--waiting");
      desk.markFirst();
    } else {
      coming.unshift(desk.review());
      show(record.review, true);
    }
    desk.review().querySelector(".finished").replaceChildren();
  }

  function change(record) {
    const back = sitting.changing?.back ?? desk.review();
    if (sitting.changing) settle(sitting.changing.record);
    const comparison = desk.review().querySelector("#comparison");
    const keeps = comparison?.dataset.turn === record.turn ? comparison.cloneNode(true) : null;
    show(record.review, true);
    if (keeps) record.review.querySelector("#comparison").replaceWith(keeps);
    sitting.changing = { record, back };
    record.given = JSON.stringify(givenIn(desk.annotation()));
    record.review.classList.add("review--changing");
    const submit = record.review.querySelector(".review__submit");
    record.submitWords ??= submit.firstChild.textContent;
    submit.firstChild.textContent = `${words.saveChange} `;
    strip("changing", record.label, "", button(words.leave, desk.leaveChange));
  }

  const givenIn = (form) => {
    const { seconds, ...given } = fieldsOf(form);
    return given;
  };

  desk.changeAgain = (record, entry) => {
    desk.outbox.drop(entry.id);
    change(record);
    desk.fill(desk.annotation(), entry.fields);
    desk.highlights?.show();
  };

  // The item as it was given last, out of the hands.
  function settle(record) {
    record.review.classList.remove("review--changing");
    record.review.querySelector(".review__submit").firstChild.textContent = record.submitWords;
    desk.fill(desk.annotation(), JSON.parse(record.given));
  }

  desk.leaveChange = () => {
    if (!sitting.changing) return false;
    const { record, back } = sitting.changing;
    settle(record);
    sitting.changing = null;
    show(back, true);
    desk.review().querySelector(".finished").replaceChildren();
    return true;
  };

  desk.saveChange = () => {
    const { record } = sitting.changing;
    const fields = fieldsOf(desk.annotation());
    const isNew = JSON.stringify(givenIn(desk.annotation())) !== record.given;
    if (isNew) record.given = JSON.stringify(givenIn(desk.annotation()));
    desk.leaveChange();
    if (!isNew) return;
    desk.outbox.add({
      id: `revision ${record.judgement}`, kind: "revision", turn: record.turn, label: record.label, fields,
      url: `/p/${desk.project}/my-work/${record.judgement}/`,
    });
    strip("saving", record.label);
    desk.outbox.flush();
  };

  // --- after judges were shown

  const comparison = () => desk.review().querySelector("#comparison:not([hidden])");

  desk.compare = () => {
    const found = comparison();
    if (!found) return false;
    found.scrollIntoView({ block: "nearest" });
    found.focus({ preventScroll: true });
    return true;
  };

  desk.closeComparison = () => {
    const found = comparison();
    if (!found) return false;
    found.replaceChildren();
    found.hidden = true;
    desk.markFirst();
    return true;
  };

  desk.keepMine = () => {
    const found = comparison();
    if (!found?.querySelector("[data-keeps]")) return false;
    const { turn, judgement } = found.dataset;
    const label = recordOf(turn)?.label || "";
    desk.outbox.add({ id: `keep ${judgement}`, kind: "keep", turn, label, fields: {}, url: found.querySelector("[data-keeps]").action });
    desk.closeComparison();
    desk.outbox.flush();
    return true;
  };

  desk.reviseMine = () => {
    const found = comparison();
    const record = found && recordOf(found.dataset.turn);
    if (!record?.judgement || !found.querySelector("[data-keeps]")) return false;
    change(record);
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-changes]");
    const record = link && recordOf(link.dataset.changes);
    if (record?.judgement) {
      event.preventDefault();
      change(record);
    }
    const lost = event.target.closest("[data-drops]");
    if (lost) desk.outbox.drop(`answer ${lost.dataset.drops}`);
  });
})();
