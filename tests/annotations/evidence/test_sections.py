from __future__ import annotations

from typing import Any

import pytest

from annotations.evidence import Chips, Entry, Facts, Passage, Period, Timeline, Turn, Turns, evidence_of


def only(context: dict[str, Any]) -> object:
    [section] = evidence_of(context)
    return section


def test_short_values_stand_together_first() -> None:
    context = {"interests": ["hiking"], "date": "2026-11-03", "age": 31, "is_member": True}
    assert evidence_of(context) == (
        Facts("", (("date", "2026-11-03"), ("age", "31"), ("is member", "yes"))),
        Chips("interests", ("hiking",)),
    )


def test_behaviour_is_grouped_by_month_in_the_order_of_the_record() -> None:
    behaviour = [
        {"date": "2026-11-20", "action": "bought", "items": ["poles", "tent"]},
        {"date": "2026-11-02", "action": "searched for", "query": "rain shell"},
        {"date": "2026-10", "action": "carted", "items": ["stove"]},
        {"date": "2025", "action": "bought", "title": "boots"},
    ]
    assert only({"behaviour": behaviour}) == Timeline(
        "behaviour",
        (
            Period("2026-11", (Entry("20", "bought", ("poles", "tent")), Entry("02", "searched for", ("rain shell",)))),
            Period("2026-10", (Entry("", "carted", ("stove",)),)),
            Period("2025", (Entry("", "bought", ("boots",)),)),
        ),
    )


def test_sequences_by_action_are_a_timeline_without_times() -> None:
    assert only({"history": {"click": ["a", "b"], "purchase": [], "search": ["c"]}}) == Timeline(
        "history", (Period("", (Entry("", "click", ("a", "b")), Entry("", "search", ("c",)))),)
    )


def test_an_event_of_unknown_fields_is_shown_whole() -> None:
    assert only({"log": [{"date": "2026-11", "sku": "A7", "price": 9.5}]}) == Timeline(
        "log", (Period("2026-11", (Entry("", "", ("sku: A7 · price: 9.5",)),)),)
    )


def test_a_dialogue_is_turns() -> None:
    dialogue = [{"turn_ind": 0, "role": "USER", "utterance": "Hi"}, {"turn_ind": 1, "role": "ASST", "utterance": "Yes"}]
    assert only({"dialogue": dialogue}) == Turns("dialogue", (Turn("USER", "Hi"), Turn("ASST", "Yes")))


def test_long_text_is_a_passage() -> None:
    assert only({"prompt": "word " * 40}) == Passage("prompt", "word " * 40)
    assert only({"prompt": "two\nlines"}) == Passage("prompt", "two\nlines")


def test_an_object_is_facts_with_its_lists_in_a_line() -> None:
    product = {"name": "Sula 8x32", "facts": ["480 g", "waterproof"], "maker": {"id": 3}}
    assert only({"product": product}) == Facts(
        "product", (("name", "Sula 8x32"), ("facts", "480 g, waterproof"), ("maker", "id: 3"))
    )


def test_sentences_in_a_list_are_numbered() -> None:
    long = "x" * 91
    assert only({"notes": ["short", long]}) == Facts("notes", (("1", "short"), ("2", long)))


def test_known_keys_come_in_the_order_in_which_one_reads_them() -> None:
    context = {"behaviour": ["looked around"], "interests": ["hiking"], "attributes": {"age": "31"}, "zone": ["x"]}
    titles = [section.title for section in evidence_of(context)]
    assert titles == ["attributes", "interests", "behaviour", "zone"]


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_what_is_empty_is_not_shown(nothing: object) -> None:
    assert evidence_of({"slots": nothing}) == ()
