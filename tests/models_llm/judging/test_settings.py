from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from models_llm.choices import JudgeKind
from models_llm.errors import JudgeError
from models_llm.judging import KINDS, read_protocol
from models_llm.prompting import TEMPLATES

every_kind = pytest.mark.parametrize("kind", list(KINDS))


@every_kind
def test_a_kind_describes_each_of_its_settings_with_a_default_that_it_reads(kind: JudgeKind) -> None:
    described = KINDS[kind].describe()
    assert [setting.name for setting in described] == [one.name for one in fields(KINDS[kind].settings)]
    assert all(setting.help.endswith(".") for setting in described)
    assert read_protocol(kind, {setting.name: setting.default for setting in described}) == KINDS[kind].settings()


@every_kind
def test_a_kind_that_asks_a_model_has_a_template(kind: JudgeKind) -> None:
    assert not KINDS[kind].asks or KINDS[kind].settings().template in TEMPLATES


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("pointwise", {"k": 1}, "a judge of kind pointwise has no setting k; it has none"),
        ("per_criterion", {"resample_k": 1.5}, "setting resample_k: expected int, got 1.5"),
        ("per_criterion", {"rationales": 1}, "setting rationales: expected bool, got 1"),
        ("per_criterion", {"resample_k": -1}, "setting resample_k: expected 0 to 32, got -1"),
        ("per_criterion", {"least_mass": float("nan")}, "setting least_mass: expected 0 to 1, got nan"),
        ("jury", {"combine": "best"}, "setting combine: expected one of vote, mean, median, trimmed_mean, got “best”"),
        ("jury", {"quorum": 0}, "setting quorum: expected at least 1, got 0"),
    ],
)
def test_a_value_that_may_not_stand_in_a_setting_is_named(kind: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(JudgeError) as raised:
        read_protocol(kind, values)
    assert str(raised.value) == message


def test_a_whole_number_may_stand_for_a_real_one() -> None:
    value = read_protocol("per_criterion", {"resample_temperature": 1}).resample_temperature
    assert (value, type(value)) == (1.0, float)
