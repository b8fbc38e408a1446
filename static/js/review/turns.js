// From item to item: the next one is here before it is asked for, the last ones can be gone back to.
"use strict";

(() => {
  if (!desk.person) {
    return; // the page of one answer of before
  }
  const MOST_PAST = 10;
  const COUNTED_EVERY_MS = 5 * 60_000;
  const words = desk.words;
  const sitting = desk.sitting = {
    coming: [], // items to be shown next, each the element of a turn
    past: [], // { turn, review, label, at, judgement }, the last one at the end
    isWaiting: false, // for the next item, with nothing to show
    changing: null, // { record, back }: an answer of before on the screen, and the item to go back to
  };
  const { coming, past } = sitting;

  function elementOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.getElementById("review");
  }

  // --- the line that says what is stored

  function strip(state, label, hint = "", ...more) {
    const line = desk.review().querySelector(".finished");
    line.removeAttribute("role");
    const said = document.createElement("span");
    said.className = `finished__saved finished__saved--${state}`;
    said.textContent = words[state];
    const item = document.createElement("span");
    item.className = "mono finished__id";
    item.textContent = label;
    const rest = document.createElement("span");
    rest.className = "faint finished__judge";
    rest.textContent = hint;
    line.replaceChildren(said, " ", item, " ", rest, ...more);
  }

  function button(label, does) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button--small";
    made.textContent = label;
    made.addEventListener("click", does);
    return made;
  }

  function showToday(n) {
    for (const figure of document.querySelectorAll("#review [data-today]")) figure.textContent = n;
    for (const bar of document.querySelectorAll("#review [data-today-bar]")) bar.value = n;
  }

  // --- what is on the screen

  function exchange(one, other) {
    const hole = document.createComment("");
    one.replaceWith(hole);
    other.replaceWith(one);
    hole.replaceWith(other);
  }

  function show(review, isHereAgain = false) {
    const old = desk.review();
    // These are of the sitting and not of the item.
    for (const part of [".finished", ".review__median", ".review__project"]) {
      const [goes, comes] = [old.querySelector(part), review.querySelector(part)];
      if (goes && comes) exchange(goes, comes);
    }
    const today = old.querySelector("[data-today]")?.textContent;
    old.querySelector("#comparison")?.replaceChildren();
    old.querySelector("#comparison")?.setAttribute("hidden", "");
    old.replaceWith(review);
    if (today) showToday(today);
    sitting.isWaiting = false;
    review.classList.remove("review--waiting");
    document.getElementById("messages")?.replaceChildren();
    showWhatCanBeUndone();
    desk.start(isHereAgain);
    desk.markFirst();
  }

  function wait() {
    sitting.isWaiting = true;
    desk.review().classList.add("review--waiting");
  }

  function showWhatCanBeUndone() {
    const undo = desk.review().querySelector("[data-does=undo]");
    if (undo) undo.disabled = !past.length;
  }

  function fieldsOf(form) {
    return Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
  }

  function leave(entry) {
    desk.outbox.add(entry);
    past.push({ turn: entry.turn, review: desk.review(), label: entry.label, at: Date.now(), judgement: null, kind: entry.kind });
    if (past.length > MOST_PAST) past.shift();
    const next = coming.shift();
    if (next) show(next);
    else wait();
    strip("saving", entry.label, next ? "" : words.waitingForNext);
    desk.say(words.saving);
    desk.outbox.flush();
  }

  desk.submitted = () => {
    if (sitting.isWaiting) return;
    if (sitting.changing) {
      desk.saveChange();
      return;
    }
    const [turn, form] = [desk.turn(), desk.annotation()];
    leave({ id: `answer ${turn}`, kind: "answer", turn, url: form.action, label: desk.review().dataset.item, fields: fieldsOf(form) });
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id === "skip-form") {
      event.preventDefault();
      if (sitting.isWaiting || sitting.changing) return;
      document.getElementById("skip").hidePopover();
      const turn = desk.turn();
      leave({ id: `answer ${turn}`, kind: "skip", turn, url: event.target.action, label: desk.review().dataset.item, fields: fieldsOf(event.target) });
    } else if (event.target.matches("[data-keeps]")) {
      event.preventDefault();
      desk.keepMine();
    }
  });

  // --- what the server says

  const recordOf = (turn) => past.find((record) => record.turn === String(turn));
  const isLast = (entry) => !desk.outbox.entries().some((other) => other.id !== entry.id && !other.isRefused);

  function takeNext(reply) {
    if (!reply.next) {
      if (reply.nothing && (sitting.isWaiting || !desk.turn())) show(elementOf(reply.nothing));
      return;
    }
    const turn = String(reply.next.turn);
    const isKnown = turn === desk.turn() || sitting.changing?.back.dataset.turn === turn
      || coming.some((review) => review.dataset.turn === turn) || desk.outbox.has(`answer ${turn}`);
    if (isKnown) return;
    const review = elementOf(reply.next.html);
    desk.leaseEndsIn(review, reply.next.lease_left_s);
    if (sitting.isWaiting) show(review);
    else coming.push(review);
  }

  function heardOfLease(reply, inHand) {
    if (!inHand || inHand !== desk.turn()) return;
    if (reply.in_hand) {
      desk.leaseEndsIn(desk.review(), reply.in_hand.lease_left_s);
    } else if (desk.open().length === desk.criteria().length && !sitting.changing) {
      wait(); // others took it, and nothing was chosen yet: the next one takes its place
      desk.say(words.lost);
    }
  }

  desk.heard = {
    later: (entry, why) => {
      const isHint = why === words.waiting;
      strip("waiting", entry.label, isHint ? words.waitingHint : why);
      desk.say(why);
    },

    stored: (entry, reply, inHand) => {
      if (entry.kind === "revision" || entry.kind === "keep") {
        const record = recordOf(entry.turn);
        if (record && entry.kind === "revision") record.judgement = reply.judgement;
        strip(entry.kind === "keep" ? "kept" : "changed", entry.label);
        desk.say(reply.words);
        return;
      }
      desk.dropDraft(entry.turn);
      const record = recordOf(entry.turn);
      if (record) record.judgement = reply.judgement;
      if (record && entry.kind === "skip") past.splice(past.indexOf(record), 1);
      heardOfLease(reply, inHand);
      takeNext(reply);
      showToday(reply.n_today);
      if (isLast(entry) && !sitting.changing) showFinished(reply);
      showWhatCanBeUndone();
      countProject();
      if (reply.guideline && String(reply.guideline) !== desk.root.dataset.guideline) tellOfGuidelines();
    },

    refused: (entry, refusal) => {
      desk.say(refusal.fault);
      const record = recordOf(entry.turn);
      let again = null;
      if (refusal.html) again = () => showRefused(entry, refusal);
      else if (record?.judgement) again = () => desk.changeAgain(record, entry);
      if (again && sitting.isWaiting && desk.turn() === entry.turn) {
        again();
        return;
      }
      strip("refused", entry.label, refusal.fault,
        ...(again ? [button(words.show, again)] : []), button(words.drop, () => drop(entry)));
      desk.review().querySelector(".finished").setAttribute("role", "alert");
    },
  };

  function showFinished(reply) {
    const template = document.createElement("template");
    template.innerHTML = reply.finished + reply.comparison;
    const review = desk.review();
    review.querySelector(".finished").replaceWith(template.content.querySelector(".finished"));
    const comparison = template.content.querySelector("#comparison");
    const place = review.querySelector("#comparison");
    if (place && comparison) place.replaceWith(comparison);
    desk.say(`${review.querySelector(".finished").textContent.replace(/\s+/g, " ").trim()}`);
  }

  function showRefused(entry, refusal) {
    const isHere = desk.turn() === entry.turn;
    const back = desk.review();
    const review = elementOf(refusal.html);
    const at = past.findIndex((record) => record.turn === entry.turn);
    if (at >= 0) past.splice(at, 1);
    show(review, true);
    if (!isHere) coming.unshift(back);
    strip("refused", entry.label); // why stands in the form
    desk.fill(desk.annotation(), entry.fields);
    desk.highlights?.show();
    desk.say(refusal.fault);
  }

  function drop(entry) {
    desk.outbox.drop(entry.id);
    desk.dropDraft(entry.turn);
    strip("dropped", entry.label);
    desk.markFirst();
  }

  function tellOfGuidelines() {
    if (document.getElementById("guidelines-changed")) return;
    const notice = document.createElement("a");
    notice.id = "guidelines-changed";
    notice.className = "chip chip--unsure";
    notice.href = location.pathname;
    notice.textContent = `${words.guideline} ${words.read}`;
    desk.review().querySelector(".review__median").before(notice);
  }

  // --- the project's figure: of when the page came, and asked for again now and then

  let countedAt = performance.now();

  async function countProject() {
    if (performance.now() - countedAt < COUNTED_EVERY_MS) return;
    countedAt = performance.now();
    try {
      const response = await fetch(`/api/v1/projects/${desk.project}/review/progress/`, { redirect: "manual" });
      if (!response.ok) return;
      const figures = await response.json();
      const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
      for (const name of ["n_done", "n_wanted"]) {
        const place = desk.review().querySelector(`[data-project-figure=${name}]`);
        if (place) place.textContent = grouped(figures[name]);
      }
    } catch {
      return; // the old figure stands
    }
  }

  desk.turns = { show, strip, button, fieldsOf, recordOf };

  // --- at the beginning

  async function fetchAhead() {
    const turn = desk.turn();
    if (!turn || !desk.annotation()) return;
    try {
      const response = await fetch(desk.annotation().action.replace(/submit\/$/, "ahead/"), {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": desk.outbox.token() },
        redirect: "manual",
      });
      if (response.ok) takeNext(await response.json());
    } catch {
      return; // without it the next item comes with the answer
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const unsent = desk.outbox.entries();
    const here = unsent.find((entry) => entry.id === `answer ${desk.turn()}`);
    if (here) {
      desk.fill(desk.annotation(), here.fields);
      wait();
    }
    if (unsent.length) {
      strip("saving", unsent.at(-1).label, unsent.length > 1 ? `${unsent.length} ${words.unsent}` : "");
      desk.outbox.begin();
    }
    if (!here) fetchAhead();
    showWhatCanBeUndone();
  });
})();
