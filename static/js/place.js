// After a form the same page comes again, from its top: the focus goes back to where it was in the form, or to the first
// field that is wrong. Without this file it begins above the rail each time.
"use strict";

(() => {
  const KEY = "place";
  const formsTo = (action) => [...document.forms].filter((form) => form.getAttribute("action") === action);

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // a script sends it, and the page stays
    const { target: form, submitter } = event;
    const action = form.getAttribute("action");
    // A list that was filtered is worked through by keys, which rest in a field.
    const isFieldMeant = form.method === "post" && form.contains(document.activeElement);
    const control = isFieldMeant ? document.activeElement : submitter;
    sessionStorage.setItem(KEY, JSON.stringify({
      page: location.pathname,
      action,
      nth: formsTo(action).indexOf(form),
      control: [...form.elements].indexOf(control),
      region: form.closest("[role=region]")?.ariaLabel ?? "",
    }));
  });

  // A button in a disclosure that is closed again stands behind its summary; one whose row is gone, in its table.
  function found(place) {
    const control = formsTo(place.action)[place.nth]?.elements[place.control];
    const closed = control?.closest("details:not([open])");
    if (closed) return closed.querySelector("summary");
    return control ?? [...document.querySelectorAll("[role=region]")].find((region) => region.ariaLabel === place.region);
  }

  const place = JSON.parse(sessionStorage.getItem(KEY));
  sessionStorage.removeItem(KEY);
  if (document.querySelector("[autofocus]")) return;
  const wrong = document.querySelector("main [aria-invalid=true]");
  const here = wrong ?? (place?.page === location.pathname ? found(place) : null);
  if (!here) return;
  document.getElementById("messages")?.classList.add("messages--stay");
  here.focus({ preventScroll: true, focusVisible: true });
  here.scrollIntoView({ block: "center" });
})();
