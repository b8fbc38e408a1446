"""Hands that know no mouse."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Locator, Page, expect

MOST_STEPS: Final = 40
"""Beyond so many tabs a person would not look for it; past the frame of a page, lists of rows apart, all is nearer."""

HAS_FOCUS: Final = "element => element === document.activeElement"
SEEN: Final = """element => {
  const parts = [element, element.closest("label"), element.closest("fieldset")].filter(Boolean).map(getComputedStyle);
  return parts.some(style => style.outlineStyle !== "none" || style.boxShadow !== "none");
}"""


def reach(page: Page, wanted: Locator, *, within: int = MOST_STEPS, key: str = "Tab") -> None:
    """Press Tab from where the focus stands until it is on what is wanted, and see it there."""
    for _ in range(within):
        page.keyboard.press(key)
        if wanted.count() == 1 and wanted.evaluate(HAS_FOCUS):
            break
    else:
        stands = page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        raise AssertionError(f"expected the focus on {wanted} within {within} steps; it stands on {stands}")
    expect(wanted).to_be_in_viewport()
    assert wanted.evaluate(SEEN), f"expected to see the focus on {wanted}"


def press(page: Page, wanted: Locator, *, within: int = MOST_STEPS) -> None:
    """Reach a button, a link or a disclosure, and press it."""
    reach(page, wanted, within=within)
    page.keyboard.press("Enter")


def follow(page: Page, link: Locator, *, within: int = MOST_STEPS, key: str = "Tab") -> None:
    """Reach what leads to another page, press it, and begin there as its frame offers."""
    reach(page, link, within=within, key=key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    to_main(page)


def write(page: Page, field: Locator, text: str, *, within: int = MOST_STEPS) -> None:
    """Reach a field and put the text in the place of what it holds."""
    reach(page, field, within=within)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def to_main(page: Page) -> None:
    """Past the frame of a page, as its first stop offers."""
    press(page, page.get_by_role("link", name="Skip to the page"), within=1)
