from __future__ import annotations

import pytest

from annotations.prose import render_markdown


def test_markdown_becomes_html() -> None:
    assert render_markdown("# Rules\n\n- one") == "<h2>Rules</h2>\n<ul>\n<li>one</li>\n</ul>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[click](javascript:alert(1))",
        '<a href="https://a.example" onclick="alert(1)">a</a>',
        '<p style="position:fixed">x</p>',
        "<iframe src=//evil.example></iframe>",
    ],
)
def test_nothing_that_runs_or_styles_survives(text: str) -> None:
    html = render_markdown(text)
    for word in ("script", "alert", "onerror", "onclick", "style", "iframe", "<img"):
        assert word not in html
