// Answers on their way: kept in this browser until the server has said that they are stored, and sent again until then.
// A turn takes one answer, so sending one again stores nothing twice.
"use strict";

(() => {
  if (!desk.person) return;
  const TIMEOUT_MS = 20_000;
  const LONGEST_WAIT_MS = 30_000;
  const name = `unsent ${desk.person} ${desk.project}`;
  let token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrftoken"];
  let sending = "";
  let failures = 0;
  let timer = 0;

  const entries = () => desk.stored(name, []);
  const without = (id) => entries().filter((entry) => entry.id !== id);

  // What became of one entry: the reply, what it was refused with, or that it has to be sent later.
  async function send(entry) {
    const inHand = desk.turn() === entry.turn ? "" : desk.turn();
    let response;
    try {
      response = await fetch(entry.url, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": token },
        body: new URLSearchParams({ ...entry.fields, in_hand: inHand }),
        redirect: "manual", // to the sign-in page
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.ok) return { reply: await response.json(), inHand };
      if (response.status === 422) return { refusal: await response.json() };
      if (response.status === 404) return { refusal: { fault: "404", is_lost: true, html: "" } };
    } catch {
      return { later: desk.words.waiting };
    }
    const isSignedOut = response.type === "opaqueredirect" || response.status === 403;
    if (isSignedOut) await freshToken();
    return { later: isSignedOut ? desk.words.signedOut : desk.words.waiting };
  }

  // Whoever signs in again has another token.
  async function freshToken() {
    try {
      const page = await fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!page.ok) return;
      const body = new DOMParser().parseFromString(await page.text(), "text/html").body;
      token = JSON.parse(body.getAttribute("hx-headers") || "{}")["x-csrftoken"] || token;
    } catch {
      return; // tried again with the next answer
    }
  }

  async function flush() {
    if (sending) return;
    clearTimeout(timer);
    for (let entry; (entry = entries().find((one) => !one.isRefused));) {
      sending = entry.id;
      const outcome = await send(entry);
      sending = "";
      if (outcome.later) {
        failures += 1;
        timer = setTimeout(flush, Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures));
        desk.heard.later(entry, outcome.later);
        return;
      }
      failures = 0;
      if (outcome.reply) {
        desk.keep(name, without(entry.id));
        desk.heard.stored(entry, outcome.reply, outcome.inHand);
      } else {
        desk.keep(name, entries().map((one) => (one.id === entry.id ? { ...one, isRefused: true } : one)));
        desk.heard.refused(entry, outcome.refusal);
      }
    }
  }

  desk.outbox = {
    entries,
    flush,
    token: () => token,
    isSending: (id) => sending === id,
    has: (id) => entries().some((entry) => entry.id === id && !entry.isRefused),
    add: (entry) => desk.keep(name, [...without(entry.id), entry]),
    drop: (id) => desk.keep(name, without(id)),
    // What was refused is tried once more when the page is opened: what to show of it comes with the refusal.
    begin: () => {
      desk.keep(name, entries().map((entry) => ({ ...entry, isRefused: false })));
      return flush();
    },
  };

  addEventListener("online", flush);
  addEventListener("pageshow", (event) => { if (event.persisted) flush(); });
})();
