"""Tags that a model might predict for a customer, sound and faulty."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotations.simulation.customers import Customer
from annotations.simulation.drafts import Draft, capitalised
from annotations.simulation.draws import pick
from annotations.simulation.shop import GENERIC_WORDS, HOBBIES, Hobby

SOUND: Final = {
    "relevance": "relevance",
    "consistency": "consistency",
    "specificity": "specificity",
    "validity": "validity",
}
BROKEN_LEVEL: Final = {
    "weak_relevance": {"relevance": "weak_relevance"},
    "no_evidence": {"consistency": "low_consistency"},
    "wrong_season": {"consistency": "low_consistency"},
    "generic": {"specificity": "low_specificity"},
    "no_such_product": {"validity": "invalid_tag"},
}
FAULTS: Final = tuple(BROKEN_LEVEL)
_REASONS: Final = (
    "The shopper {told}; this is the next thing to have for {hobby}.",
    "Goes with what is there already: {told}.",
    "{told_cap}, so the {hobby} kit lacks just this.",
    "For somebody who {told} this saves trouble {scene}.",
)
_ARGUED: Final = (
    "Whoever likes {hobby} also likes to have something of the kind at home.",
    "It would remind the shopper of {hobby} on days without it.",
    "After an hour of {hobby} this might come in handy.",
)
_INVENTED: Final = (
    "The shopper bought a whole set for {hobby} last month.",
    "Three searches about {hobby} in one week, and a favourite.",
    "Asked the shop about {hobby} twice this year.",
)
_BROAD: Final = (
    "Covers everything for {hobby}.",
    "Always useful for people like this shopper.",
    "Popular at the moment, and {told}.",
)
_OUT_OF_SEASON: Final = {
    "winter": ("for hot beach days", "The heat of the coming weeks calls for it."),
    "spring": ("for the first snow", "The first snow is close."),
    "summer": ("for frosty nights", "Frost will set in any day now."),
    "autumn": ("for the spring thaw", "Spring is about to begin."),
}


def draft_tag(rng: np.random.Generator, customer: Customer, fault: str | None) -> Draft:
    """One tag for the customer, sound if `fault` is None, else with that fault of `FAULTS`."""
    hobby = pick(rng, customer.hobbies)
    if fault == "no_evidence":
        hobby = pick(rng, [other for other in HOBBIES if other not in customer.hobbies])
    tag = pick(rng, hobby.tags)
    reasons: tuple[str, ...] = _REASONS
    if fault == "weak_relevance":
        tag, reasons = pick(rng, hobby.loose_tags), _ARGUED
    elif fault == "no_evidence":
        reasons = _INVENTED
    elif fault == "generic":
        tag, reasons = f"{pick(rng, GENERIC_WORDS)} {hobby.department}", _BROAD
    elif fault == "no_such_product":
        tag = pick(rng, hobby.odd_tags)
    reason = _fill(rng, reasons, customer, hobby)
    if fault == "wrong_season":
        addition, remark = _OUT_OF_SEASON[customer.season]
        tag, reason = f"{tag} {addition}", f"{reason} {remark}"
    return Draft(
        fields={"tag": tag, "interest": hobby.name, "reason": reason},
        levels=SOUND if fault is None else SOUND | BROKEN_LEVEL[fault],
        faults=() if fault is None else (fault,),
    )


def _fill(rng: np.random.Generator, templates: tuple[str, ...], customer: Customer, hobby: Hobby) -> str:
    events = customer.events_of(hobby.name) or list(customer.events)
    told = pick(rng, events).told
    text = pick(rng, templates)
    return text.format(told=told, told_cap=capitalised(told), hobby=hobby.name, scene=hobby.scene)
