"""From the key press to the next item on the screen, in Chromium before the production server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from django.db import connections
from django.urls import reverse

from annotations.models import Project
from annotations.services.queue import queue_items
from judge_platform.bench.measurement import Measurement, percentiles_ms
from judge_platform.bench.reviewing import session_of_a_new_annotator
from judge_platform.bench.session import project_slug
from judge_platform.bench.web import HOST, free_port, served
from judge_platform.programs import web_program

N_ITEMS = 50
WARM_UP = 5
TARGET_P95_MS = 50.0
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# From the event's own time to the frame that shows another item: a message comes after the frame was painted.
WATCH = """() => {
  window.shownAfter = [];
  let pressedAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter") pressedAt = event.timeStamp;
  }, true);
  new MutationObserver(() => {
    const since = pressedAt;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.shownAfter.push(performance.now() - since);
      channel.port2.postMessage(null);
    });
  }).observe(document.getElementById("desk"), { childList: true });
}"""


def measure(size: int) -> Iterator[Measurement]:
    project = Project.objects.get(slug=project_slug(size))
    queue_items(project=project, seed=1)
    session = session_of_a_new_annotator(project, "screen")
    page = reverse("annotations:review", args=[project.slug])
    connections.close_all()
    name = "next item on the screen after the key"
    target = f"p95 at most {TARGET_P95_MS:.0f} ms"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        yield Measurement(name=name, size=size, target=target, note="no Chromium on this machine")
        return
    with served(web_program(host=HOST, port=free_port(), workers=2)) as (port, _):
        seconds = _work(f"http://{HOST}:{port}{page}", session, chromium)
    p50_ms, p95_ms = percentiles_ms(seconds[WARM_UP:])
    yield Measurement(
        name=name,
        size=size,
        p50_ms=p50_ms,
        p95_ms=p95_ms,
        target=target,
        met=p95_ms <= TARGET_P95_MS,
        note=f"{N_ITEMS} items",
    )


def _work(address: str, session: str, chromium: str) -> list[float]:
    """Seconds of each item from the key to the screen."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  of the tests' extra

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        with page.expect_response("**/ahead/"):
            page.goto(address)
        page.evaluate(WATCH)
        for number in range(1, N_ITEMS + WARM_UP + 1):
            page.keyboard.press("a")
            with page.expect_response("**/submit/"):
                page.keyboard.press("Enter")
            page.wait_for_function("n => document.querySelector('[data-today]').textContent === String(n)", arg=number)
        shown_after = page.evaluate("window.shownAfter")
        browser.close()
    return [ms / 1000 for ms in shown_after]
