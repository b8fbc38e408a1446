from __future__ import annotations

from annotations.evidence import CandidateView, Facts, Turn, Turns, candidate_of


def test_a_tag_comes_first_and_its_reason_after() -> None:
    assert candidate_of({"reason": "bought poles", "interest": "hiking", "tag": "boots"}) == CandidateView(
        label="tag", headline="boots", sections=(Facts("", (("interest", "hiking"), ("reason", "bought poles"))),)
    )


def test_a_long_reason_stands_where_a_short_one_does() -> None:
    reason = "bought poles, and " * 10
    assert candidate_of({"tag": "boots", "reason": reason}).sections == (Facts("", (("reason", reason),)),)


def test_a_bare_text_is_its_own_headline() -> None:
    assert candidate_of("Dry feet.") == CandidateView(label="", headline="Dry feet.", sections=())
    assert candidate_of({"text": "Dry feet."}) == candidate_of("Dry feet.")


def test_a_dialogue_under_judgement_has_no_headline() -> None:
    candidate = candidate_of({"dialogue": [{"role": "user", "text": "Hi"}]})
    assert candidate.headline == ""
    assert candidate.sections == (Turns("dialogue", (Turn("user", "Hi"),)),)


def test_a_long_or_broken_text_is_not_short() -> None:
    assert candidate_of("boots").is_short
    assert not candidate_of("x" * 61).is_short
    assert not candidate_of("two\nlines").is_short
