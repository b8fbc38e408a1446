from __future__ import annotations

from annotations.evidence import Facts, Pictures, candidate_of, item_view
from tests.annotations.test_images import RED, uri


def test_images_stand_after_the_evidence_and_marks_in_their_places() -> None:
    seen, shown = uri(RED), uri(RED, "jpeg")
    view = item_view({"query": "shoe", "photo": seen}, [{"text": "boot", "photo": shown}])
    assert view.evidence == (
        Facts("", (("query", "shoe"), ("photo", "[image 1]"))),
        Pictures("images", (seen, shown)),
    )
    [candidate] = view.candidates
    assert candidate.headline == "boot"
    assert candidate.sections == (Facts("", (("photo", "[image 2]"),)),)


def test_in_a_list_a_candidate_that_is_an_image_is_a_mark() -> None:
    assert candidate_of({"text": uri(RED)}).headline == "[image 1]"
