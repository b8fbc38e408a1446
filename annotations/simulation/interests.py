"""Interests that a model might read out of behaviour, sound and faulty."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotations.simulation.customers import Customer
from annotations.simulation.drafts import Draft, capitalised
from annotations.simulation.draws import pick, pick_some
from annotations.simulation.shop import HOBBIES, Hobby

FAULTS: Final = ("necessity", "weak_correlation", "no_correlation", "hallucination")
_SEVERAL: Final = (
    "{first}, then {second_low}; the signs lie apart in time and were nobody's order.",
    "Came back to it more than once: {first_low}, and {second_low}.",
    "{first} and {second_low}: the two belong together and need no other explanation.",
    "Keeps coming back to it: {first_low}, {second_low}, and nothing in the household asked for it.",
)
_ONCE: Final = (
    "{first}, which may be a beginning of it.",
    "One sign so far: {first_low}.",
    "{first}; people who do that sometimes take this up too.",
)
_UNRELATED: Final = (
    "{first}, which shows a taste for this.",
    "Follows from the fact that the shopper {first_low}.",
    "{first}, so this should appeal too.",
)
_INVENTED: Final = (
    "Regularly takes part in {hobby} courses and wrote three reviews about it.",
    "Bought a complete set for {hobby} last spring and renewed it since.",
    "Favourited eleven products for {hobby} and asked the shop about two.",
)
_NEEDED: Final = (
    "{first}, and {second_low}: a steady liking.",
    "Buys it again and again: {first_low}, {second_low}.",
    "{first}. {second}. A faithful shopper of this department.",
)


def draft_interest(rng: np.random.Generator, customer: Customer, fault: str | None) -> Draft:
    """One interest of the customer, sound if `fault` is None, else with that fault of `FAULTS`."""
    if fault == "necessity":
        return _draft(customer.need.name, "steady", _cite(rng, _NEEDED, customer, customer.need.name), fault)
    hobby = pick(rng, customer.hobbies)
    if fault is None:
        return _draft(hobby.name, _stage(rng), _cite(rng, _SEVERAL, customer, hobby.name), None)
    if fault == "weak_correlation":
        return _draft(hobby.stretch, "new", _cite(rng, _ONCE, customer, hobby.name), fault)
    stranger = _other_hobby(rng, customer)
    if fault == "no_correlation":
        return _draft(stranger.name, _stage(rng), _cite(rng, _UNRELATED, customer, customer.need.name), fault)
    return _draft(stranger.name, _stage(rng), pick(rng, _INVENTED).format(hobby=stranger.name), fault)


def _draft(interest: str, stage: str, reason: str, fault: str | None) -> Draft:
    return Draft(
        fields={"interest": interest, "stage": stage, "reason": reason},
        levels={
            "willingness": "necessity" if fault == "necessity" else "spontaneity",
            "reasonableness": "strong_correlation" if fault in (None, "necessity") else str(fault),
        },
        faults=() if fault is None else (fault,),
    )


def _cite(rng: np.random.Generator, templates: tuple[str, ...], customer: Customer, subject: str) -> str:
    first, second = (event.told for event in pick_some(rng, customer.events_of(subject), 2))
    return pick(rng, templates).format(
        first=capitalised(first), second=capitalised(second), first_low=first, second_low=second
    )


def _stage(rng: np.random.Generator) -> str:
    return pick(rng, ("new", "growing", "steady"))


def _other_hobby(rng: np.random.Generator, customer: Customer) -> Hobby:
    return pick(rng, [hobby for hobby in HOBBIES if hobby not in customer.hobbies])
