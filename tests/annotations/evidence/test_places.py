from __future__ import annotations

from typing import Any

import pytest

from annotations.errors import HighlightError
from annotations.evidence import PlacedText, Timeline, check_highlights, item_view

CONTEXT = {"behaviour": [{"action": "bought", "items": ["trekking poles", "帐篷 and 灯"]}]}
CANDIDATES = [{"tag": "boots", "reason": "bought 👟 and poles"}]


def at(place: str, start: int, end: int, text: str) -> dict[str, Any]:
    return {"in": place, "from": start, "to": end, "text": text}


def test_texts_are_shown_with_their_places() -> None:
    view = item_view(CONTEXT, CANDIDATES)
    [candidate] = view.candidates
    assert isinstance(candidate.headline, PlacedText)
    assert candidate.headline.place == "candidate.0.tag"
    [timeline] = view.evidence
    assert isinstance(timeline, Timeline)
    [poles, _] = timeline.periods[0].entries[0].things
    assert isinstance(poles, PlacedText)
    assert (poles, poles.place) == ("trekking poles", "context.behaviour.0.items.0")


def test_highlights_are_counted_in_characters_and_kept_without_other_keys() -> None:
    # 👟 is one character here and two units in a browser.
    good = [at("candidate.0.reason", 13, 18, "poles"), at("context.behaviour.0.items.1", 0, 2, "帐篷")]
    assert check_highlights([{**good[0], "x": 1}, good[1]], context=CONTEXT, candidates=CANDIDATES) == good


@pytest.mark.parametrize(
    "highlight",
    [
        at("candidate.0.reason", 13, 18, "boots"),
        at("candidate.0.reason", 18, 13, "poles"),
        at("candidate.0.reason", -5, 18, "poles"),
        at("candidate.1.reason", 13, 18, "poles"),
        at("candidate.0", 0, 1, "b"),
        {"in": "candidate.0.reason"},
        {"in": "candidate.0.reason", "from": True, "to": 2, "text": "o"},
    ],
)
def test_what_does_not_stand_in_the_item_is_refused(highlight: dict[str, Any]) -> None:
    with pytest.raises(HighlightError, match="expected"):
        check_highlights([highlight], context=CONTEXT, candidates=CANDIDATES)


def test_no_more_than_twenty() -> None:
    with pytest.raises(HighlightError, match="at most 20"):
        check_highlights([at("candidate.0.tag", 0, 1, "b")] * 21, context=CONTEXT, candidates=CANDIDATES)
