"""What is looked at on every page: the page as it comes, and what else it can show once somebody does something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from annotations.choices import Role
from tests.journeys.small_shop import EMPTY
from tests.screenshots.pages import EXPLANATIONS, INTERESTS, PAGES, PREFERENCES, TAGS, PageToSee


@dataclass(frozen=True)
class State:
    """A page and what was done there, in words and as an act."""

    page: PageToSee
    done: str = ""
    act: Callable[[Page], object] | None = None

    def __str__(self) -> str:
        words = (self.page.route, self.page.project, self.page.row, self.page.viewer, self.page.query, self.done)
        return " ".join(word for word in words if word)


def opened(*selectors: str) -> Callable[[Page], None]:
    """Press each in turn."""

    def act(page: Page) -> None:
        for selector in selectors:
            page.locator(selector).first.click()

    return act


def refused(form: str) -> Callable[[Page], None]:
    """Send the form with nothing in it past the browser's own checks, and wait for what the server says to it."""

    def act(page: Page) -> None:
        page.locator(form).first.evaluate(
            """form => {
              form.noValidate = true;
              const typed = [...form.elements].filter(field => field.matches("input:not([type=hidden]), textarea"));
              for (const field of typed) field.value = "";
              form.requestSubmit();
            }"""
        )
        expect(page.locator(".errorlist, [role=alert]").first).to_be_visible()

    return act


def answered(page: Page) -> None:
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".finished__saved")).to_have_text("Saved")


def compared(page: Page) -> None:
    answered(page)
    page.keyboard.press("j")
    expect(page.locator("#comparison")).to_be_visible()


def rendered(template: str) -> Callable[[Page], None]:
    """A page that the server gives only when something goes wrong."""

    def act(page: Page) -> None:
        html = render_to_string(template)
        page.route("**/rendered/", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        page.goto("/rendered/")

    return act


def searched(words: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.keyboard.press("Control+k")
        page.keyboard.type(words)
        expect(page.locator("#palette-list").get_by_text(words, exact=False).first).to_be_visible()

    return act


REVIEW: Final = PageToSee("annotations:review", Role.ANNOTATOR, project=TAGS)
ACTS: Final = (
    State(PageToSee("projects"), "projects open", opened("[popovertarget=project-menu]")),
    State(PageToSee("projects"), "account open", opened("[popovertarget=user-menu]")),
    State(PageToSee("overview", project=TAGS), "search open", searched("judges")),
    State(PageToSee("overview", Role.ANNOTATOR, project=TAGS), "nothing found", searched("zebra")),
    State(PageToSee("account_login", viewer=None), "theme open", opened("[popovertarget=theme-menu]")),
    State(PageToSee("account_login", viewer=None), "languages open", opened("[popovertarget=language-menu]")),
    State(PageToSee("account_login", viewer=None), "refused", refused("main form")),
    *(
        State(PageToSee("account_login", viewer=None), template, rendered(template))
        for template in ("400.html", "403_csrf.html", "429.html", "500.html")
    ),
    State(PageToSee("account_change_password"), "refused", refused("main form")),
    State(PageToSee("annotations:me"), "refused", refused("main form.filters")),
    State(PageToSee("annotations:create-project"), "refused", refused("main form")),
    State(PageToSee("annotations:settings", project=TAGS), "refused", refused("main form")),
    State(PageToSee("annotations:new-rubric", project=TAGS), "refused", refused("main form")),
    State(PageToSee("annotations:edit-guidelines", project=TAGS), "refused", refused("main form")),
    State(PageToSee("annotations:imports", project=TAGS), "refused", refused("main form[method=post]")),
    State(PageToSee("annotations:queue", project=TAGS), "refused", refused("main form[method=post]")),
    State(PageToSee("models_llm:new-judge", project=TAGS, query="kind=per_criterion"), "refused", refused("main form")),
    State(PageToSee("annotations:items", project=TAGS, query="q=nothing-like-this")),
    State(REVIEW, "reasons open", opened("[popovertarget=skip]")),
    State(REVIEW, "guidelines open", opened("[popovertarget=guidelines]")),
    State(REVIEW, "keys open", opened("[popovertarget=keys]")),
    State(REVIEW, "definition open", opened(".criterion__help > summary")),
    State(REVIEW, "all pass", opened("[data-does=all_pass]")),
    State(REVIEW, "saved", answered),
    State(REVIEW, "judges open", compared),
    State(replace(REVIEW, project=EXPLANATIONS), "refused", refused("#annotation")),
    State(replace(REVIEW, project=PREFERENCES), "reasons open", opened("[popovertarget=skip]")),
    State(PageToSee("annotations:items", project=INTERESTS), "account open", opened("[popovertarget=user-menu]")),
)

EMPTY_PAGES: Final = tuple(
    dict.fromkeys(
        State(replace(page, project=EMPTY, query=""), "with nothing yet")
        for page in PAGES
        if page.project and page.row is None and not page.arguments and page.status == 200
    )
)

NOT_OURS: Final = ("api-docs",)
"""Routes whose page is made by another's scripts, which bring their own colours and names."""

STATES: Final = (*(State(page) for page in PAGES if page.route not in NOT_OURS), *EMPTY_PAGES, *ACTS)
