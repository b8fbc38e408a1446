from __future__ import annotations

from models_llm.selectors.differences import changes, line_difference


def test_values_are_compared_part_by_part_and_equal_ones_left_out() -> None:
    old = {"model": "a", "sampling": {"temperature": 0.0, "seed": 1}, "examples": None, "gone": [1]}
    new = {"model": "b", "sampling": {"temperature": 0.5, "seed": 1}, "examples": {"like": "v1"}}
    assert [(one.name, one.old, one.new) for one in changes(old, new)] == [
        ("model", "a", "b"),
        ("sampling.temperature", "0.0", "0.5"),
        ("examples.like", "", "v1"),
        ("gone", "[1]", ""),
    ]


def test_texts_are_compared_line_by_line_with_a_little_around() -> None:
    old = "\n".join(f"line {n}" for n in range(10))
    new = old.replace("line 6", "line six")
    assert [tuple(line) for line in line_difference(old, new)] == [
        ("gap", "4 lines alike"),
        ("same", "line 4"),
        ("same", "line 5"),
        ("old", "line 6"),
        ("new", "line six"),
        ("same", "line 7"),
        ("same", "line 8"),
        ("same", "line 9"),
    ]


def test_equal_texts_have_no_difference() -> None:
    assert line_difference("a\nb", "a\nb") == ()
    assert changes({"a": "x\ny"}, {"a": "x\ny"}) == ()
