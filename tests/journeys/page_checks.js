// What a page must be, looked at from inside. Each check gives the faults it found, one line each.
// Loaded into every page by `visits.py` as `checks`.
"use strict";

globalThis.checks ??= (() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const html = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
  const nextFrame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select:not(:disabled), "
    + "textarea:not(:disabled), summary, [tabindex]:not([tabindex='-1'])";
  const focusable = () => all(FOCUSABLE).filter(shown);

  function named() {
    const name = (e) => e.ariaLabel || e.getAttribute("aria-labelledby") || e.textContent.trim();
    const labelled = (e) => e.labels.length || e.ariaLabel || e.getAttribute("aria-labelledby");
    const ids = all("[id]").map((e) => e.id);
    const skip = focusable()[0];
    const faults = [];
    if (all("h1").length !== 1) faults.push(`expected one h1, got ${all("h1").map(html)}`);
    if (all("main").length !== 1) faults.push("expected one main");
    if (!document.documentElement.lang) faults.push("expected a language on <html>");
    if (!skip?.matches(".skip") || !document.querySelector(skip.getAttribute("href"))) {
      faults.push("expected a link past the frame before all else, to a place that is there");
    }
    for (const e of all("button, a, summary")) if (!name(e)) faults.push(`without a name: ${html(e)}`);
    for (const e of all("input:not([type=hidden]), select, textarea")) {
      if (!labelled(e)) faults.push(`without a label: ${html(e)}`);
    }
    for (const id of ids.filter((id, at) => ids.indexOf(id) !== at)) faults.push(`two elements with the id ${id}`);
    return faults;
  }

  // Nothing that is inside a box which scrolls by itself makes the page wide.
  function wide() {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const scrolls = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
    const widest = all("body *").filter((e) => {
      const box = e.getBoundingClientRect();
      return shown(e) && (box.right > root.clientWidth + 1 || box.left < -1) && !scrolls(e.parentElement);
    });
    return [`is ${root.scrollWidth} px wide: ${widest.slice(-2).map(html).join(" ")}`];
  }

  // WCAG 1.4.12: a reader may set more space between letters, words and lines.
  const spaced = new CSSStyleSheet();
  spaced.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }");

  function wideWhenSpaced() {
    document.adoptedStyleSheets = [spaced];
    const faults = wide();
    document.adoptedStyleSheets = [];
    return faults;
  }

  function moving() {
    const moves = (style) => parseFloat(style.transitionDuration) > 0 || style.animationName !== "none";
    return all("*").filter((e) => moves(getComputedStyle(e))).map(html);
  }

  // What may tell that an element has the focus: its own looks, those of a label around it, of a mark inside it.
  function looks(element) {
    const parts = [element, element.closest("label"), element.closest("fieldset"), ...element.querySelectorAll("rect, circle, path")];
    return parts.filter(Boolean).map((part) => {
      const style = getComputedStyle(part);
      return [style.outlineStyle === "none" ? "" : style.outline, style.boxShadow, style.borderColor, style.stroke, style.top].join();
    }).join(";");
  }

  // At least a part of it is on top where it stands (2.4.11).
  function covered(element) {
    const box = (element.matches("input") && element.closest("label") || element).getBoundingClientRect();
    if (!box.width || !box.height || element.closest("svg")) return false; // a drawing is thin lines, and nothing lies over it
    const places = (from, size) => [from + Math.min(4, size / 2), from + size / 2, from + size - Math.min(4, size / 2)];
    return !places(box.left, box.width).some((x) => places(box.top, box.height).some((y) => {
      const top = document.elementFromPoint(x, y);
      return top && (element.contains(top) || top.contains(element) || top.closest("label")?.contains(element));
    }));
  }

  // Each element in turn gets the focus as the keyboard gives it.
  function unseenFocus() {
    const faults = [];
    for (const element of focusable()) {
      document.activeElement.blur();
      const without = looks(element);
      element.focus({ focusVisible: true });
      if (document.activeElement !== element) continue; // inert behind something, or another radio stands for it
      if (looks(element) === without) faults.push(`looks the same with the focus: ${html(element)}`);
      // What a person opened may lie over it: Esc takes that away.
      if (covered(element) && !document.querySelector(":popover-open")) faults.push(`is covered while it has the focus: ${html(element)}`);
    }
    document.activeElement.blur();
    scrollTo(0, 0);
    return faults;
  }

  // Where the focus stands now, as its place in the document; 0 outside the page and on the link it begins with.
  function place() {
    const now = document.activeElement;
    return now === document.body || now.matches(".skip") ? 0 : all("*").indexOf(now);
  }

  // Chosen or not must be told apart where only the colours of the system are left.
  function lostStates() {
    const pairs = [["[aria-pressed=true]", "[aria-pressed=false]"], [".level:has(:checked)", ".level:not(:has(:checked))"],
      [".segments :has(:checked)", ".segments label:not(:has(:checked))"], [".rail__link[aria-current]", ".rail__link:not([aria-current])"],
      [".tabs [aria-current]", ".tabs a:not([aria-current])"], [".segments [aria-current]", ".segments a:not([aria-current])"]];
    const look = (e) => {
      const style = getComputedStyle(e);
      return [style.outlineStyle, style.borderColor, style.borderStyle, style.backgroundColor, style.color].join();
    };
    return pairs.flatMap(([chosen, other]) => {
      const [one, two] = [all(chosen).find(shown), all(other).find(shown)];
      return one && two && look(one) === look(two) ? [`looks like what is not chosen: ${html(one)}`] : [];
    });
  }

  // Boxes whose place the direction decides: not what stands in a line of text, nor inside a drawing.
  function boxes(parent = document.body, found = new Map()) {
    const around = getComputedStyle(parent).display;
    for (const element of parent.children) {
      const { display } = getComputedStyle(element);
      const isInText = display.startsWith("inline") && !/flex|grid/.test(around);
      if (display === "none" || isInText || element.matches("svg, [dir=ltr], .visually-hidden")) continue;
      if (shown(element)) found.set(element, element.getBoundingClientRect());
      boxes(element, found);
    }
    return found;
  }

  // What moves the focus about leaves wide tables scrolled.
  function unscrolled() {
    for (const element of document.querySelectorAll(".table-scroll")) element.scrollLeft = 0;
  }

  // A page in a script that runs from right to left is the same page in a mirror, and no wider.
  async function unmirrored() {
    const root = document.documentElement;
    unscrolled();
    const before = boxes();
    const start = root.getBoundingClientRect().left;
    root.dir = "rtl";
    unscrolled();
    await nextFrame();
    const end = root.getBoundingClientRect().right; // the bar to scroll with has changed its side
    const faults = wide();
    for (const [element, box] of boxes()) {
      const was = before.get(element);
      const [there, here] = was ? [was.left - start, end - box.right] : [0, 0];
      if (Math.abs(there - here) > 2 && faults.length < 8) {
        faults.push(`${there.toFixed()} px from its side, ${here.toFixed()} in the mirror: ${html(element)}`);
      }
    }
    root.dir = "ltr";
    await nextFrame();
    return faults;
  }

  function shifts() {
    return new Promise((done) => {
      const observer = new PerformanceObserver(() => {});
      observer.observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => setTimeout(() => {
        const entries = observer.takeRecords();
        const total = entries.reduce((sum, entry) => sum + entry.value, 0);
        const moved = entries.flatMap((entry) => entry.sources.map((source) => source.node).filter((node) => node?.outerHTML).map(html));
        done(total < 0.01 ? [] : [`moved by ${total.toFixed(3)} while it loaded: ${moved.slice(0, 3).join(" ")}`]);
      }));
    });
  }

  // Without scripts: what leads nowhere.
  function dead() {
    return [
      ...all("form:not([action], [method=post])"), ...all("form[hx-post]:not([action])"), ...all("a:not([href])"),
      ...all("button[type=button]:not([popovertarget])").filter(shown),
    ].map(html);
  }

  return { named, wide, wideWhenSpaced, moving, unseenFocus, place, lostStates, unmirrored, shifts, dead, nextFrame };
})();
