// How long the annotator was at the item, idle time taken out, and how long the item is still held.
"use strict";

(() => {
  const IDLE_MS = 60_000;
  const clocks = new WeakMap(); // of each item, because one can be left and come back to
  let clock = { ms: 0, leaseEndsAt: 0 };
  let seenUntil = performance.now();

  let wasHidden = document.hidden;

  // Time counts up to a minute after the last sign of a person, and only while the page is in view.
  function count() {
    const now = performance.now();
    if (!wasHidden) clock.ms += Math.min(now - seenUntil, IDLE_MS);
    seenUntil = now;
    wasHidden = document.hidden;
  }

  for (const sign of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "scroll"]) {
    document.addEventListener(sign, count, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", count);

  desk.seconds = () => {
    count();
    desk.annotation().elements.seconds.value = (clock.ms / 1000).toFixed(2);
  };

  desk.leaseEndsIn = (review, seconds) => {
    const found = clocks.get(review) || { ms: 0, leaseEndsAt: 0 };
    found.leaseEndsAt = performance.now() + 1000 * seconds;
    clocks.set(review, found);
  };

  desk.starting.push((review) => {
    count(); // for the item that leaves
    const lease = review.querySelector("[data-lease-left]");
    if (lease && !clocks.has(review)) desk.leaseEndsIn(review, Number(lease.dataset.leaseLeft));
    clock = clocks.get(review) || { ms: 0, leaseEndsAt: 0 };
    clocks.set(review, clock);
    show();
  });

  function show() {
    const lease = document.querySelector("#review [data-lease-left]");
    if (!lease) return;
    const left = Math.max(0, Math.ceil((clock.leaseEndsAt - performance.now()) / 1000));
    lease.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : desk.words.ended || "";
  }

  setInterval(show, 1000);
})();
