from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from annotations.allocation import POLICY_FIELDS, PolicySettings
from annotations.choices import Mode, Order
from annotations.errors import PolicyError
from annotations.models import ReviewPolicy


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        ("overlap", {"overlap": 0}),
        ("overlap", {"overlap": 51}),
        ("more_overlap", {"overlap": 2, "more_overlap": 2}),
        ("most_overlap", {"overlap": 3, "most_overlap": 3}),
        ("gold_share", {"gold_share": 1.1}),
        ("uniform_share", {"order": Order.UNCERTAINTY, "uniform_share": 0.0}),
        ("slice_key", {"slice_least": 10}),
        ("slice_key", {"order": Order.COVERAGE}),
        ("lease_s", {"lease_s": 59}),
        ("blind_share", {"blind_share": 0.5}),
        ("gold_bad", {"gold_bad": 0.9}),
        ("gold_error", {"gold_error": 0.5}),
        ("training_pass", {"training_pass": 0.0}),
        ("daily_target", {"daily_target": 0}),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(setting: str, given: dict[str, Any]) -> None:
    with pytest.raises(PolicyError) as refused:
        PolicySettings(**given)
    assert refused.value.setting == setting
    assert str(refused.value).startswith(f"{setting}: expected ")


def test_the_shares_of_the_modes_are_by_mode() -> None:
    settings = PolicySettings(blind_share=0.4, reveal_share=0.3, assist_share=0.2, challenge_share=0.1)
    assert settings.mode_shares == {Mode.BLIND: 0.4, Mode.REVEAL: 0.3, Mode.ASSIST: 0.2, Mode.CHALLENGE: 0.1}


def test_the_table_has_a_column_for_every_setting_with_the_same_default() -> None:
    columns = {field.name: field for field in ReviewPolicy._meta.get_fields() if field.name in POLICY_FIELDS}
    assert set(columns) == set(POLICY_FIELDS)
    defaults = {field.name: field.default for field in fields(PolicySettings)}
    assert {name: getattr(ReviewPolicy(), name) for name in columns} == defaults
