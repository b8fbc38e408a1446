// Swipes on a phone: right for all pass, left for the sheet of reasons to skip. The buttons do the same.
"use strict";

(() => {
  const FAR = 80;
  const STEEP = 0.5;
  let from = null;

  document.addEventListener("touchstart", (event) => {
    const isOne = event.touches.length === 1 && matchMedia("(max-width: 760px)").matches;
    const part = event.target.closest("#review .review__work");
    // What scrolls sideways itself, and what is written in, keeps its own gestures.
    from = isOne && part && !event.target.closest("textarea, input[type=search], .table-scroll") ? event.touches[0] : null;
  }, { passive: true });

  document.addEventListener("touchend", (event) => {
    if (!from || !desk.annotation() || desk.review().matches(".review--waiting")) return;
    const to = event.changedTouches[0];
    const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
    from = null;
    if (Math.abs(x) < FAR || Math.abs(y) > STEEP * Math.abs(x) || !getSelection().isCollapsed) return;
    if (x > 0) desk.passAll();
    else desk.show("skip");
  }, { passive: true });
})();
