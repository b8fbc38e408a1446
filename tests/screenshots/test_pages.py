from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.screenshots.pages import NOT_PAGES, NOT_PAGES_OF_OURS, PAGES, is_for_programs


def routes(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{namespace}{entry.name}"


def test_every_page_is_on_the_list_of_pages_to_see() -> None:
    there = {
        route
        for route in routes(get_resolver())
        if not is_for_programs(route) and not route.startswith(NOT_PAGES_OF_OURS)
    }
    listed = {page.route for page in PAGES if not page.route.startswith(NOT_PAGES_OF_OURS)}
    assert there == listed | set(NOT_PAGES)
    assert listed.isdisjoint(NOT_PAGES)


def test_every_picture_has_a_name_of_its_own() -> None:
    names = [page.file_name for page in PAGES]
    assert len(names) == len(set(names))
