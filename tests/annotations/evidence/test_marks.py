from __future__ import annotations

from django.template import Context, Template

from annotations.evidence import Marks, PlacedText, item_view, shared_words


def marked(text: str, marks: Marks) -> list[str]:
    return [piece.text for piece in marks.pieces_of(text) if piece.mark]


def test_words_are_shared_whatever_their_case_and_plural_s() -> None:
    shared = shared_words(["Trekking pole for the wet"], {"bought": ["trekking POLES", "the tent"], "pole": 3})
    assert shared == {"trekking", "pole"}
    assert marked("Poles, a trekking pole.", Marks(shared)) == ["Poles", "trekking", "pole"]


def test_keys_numbers_and_short_or_empty_words_are_not_shared() -> None:
    assert shared_words(["interests 2026 for me"], {"interests": "2026 for me"}) == frozenset()


def test_chinese_is_shared_by_pairs_of_characters() -> None:
    shared = shared_words(["适合徒步登山的靴子"], ["喜欢徒步登山"])
    assert shared == {"徒步", "步登", "登山"}
    assert marked("适合徒步登山的靴子", Marks(shared)) == ["徒步登山"]


def test_pieces_are_the_whole_text() -> None:
    text = "Best boots & <b>poles</b> 靴子"
    marks = Marks(frozenset({"boot", "pole"}))
    assert "".join(piece.text for piece in marks.pieces_of(text)) == text
    assert marks.pieces_of("") == []


def test_a_marked_text_is_escaped() -> None:
    template = Template("{% load evidence %}{% marked text %}")
    text = PlacedText('<script>"poles"</script>', 'context."x')
    shown = template.render(Context({"text": text, "marks": Marks(frozenset({"pole", "script"}))}))
    assert shown == (
        '<span data-place="context.&quot;x">&lt;<mark class="shared">script</mark>&gt;&quot;'
        '<mark class="shared">poles</mark>&quot;&lt;/<mark class="shared">script</mark>&gt;</span>'
    )


def test_of_a_pair_what_the_other_has_not_is_marked() -> None:
    view = item_view({}, [{"text": "Dry feet, good soles."}, {"text": "dry feet, poor soles. Ever."}])
    first, second = (candidate.headline for candidate in view.candidates)
    assert marked(first, view.marks) == ["good"]
    assert marked(second, view.marks) == ["poor", "Ever."]


def test_a_pair_of_chinese_texts_differs_by_characters() -> None:
    view = item_view({}, ["防水靴子", "防滑靴子"])
    assert [marked(candidate.headline, view.marks) for candidate in view.candidates] == [["水"], ["滑"]]


def test_a_swapped_pair_keeps_the_places_of_the_item() -> None:
    view = item_view({}, [{"text": "one"}, {"text": "two"}], is_swapped=True)
    assert [candidate.headline for candidate in view.candidates] == ["two", "one"]
    assert [candidate.headline.place for candidate in view.candidates] == ["candidate.1.text", "candidate.0.text"]  # type: ignore[attr-defined]


def test_very_long_texts_are_not_compared() -> None:
    view = item_view({}, ["a " * 2000, "b " * 2000])
    assert [marked(candidate.headline, view.marks) for candidate in view.candidates] == [[], []]
