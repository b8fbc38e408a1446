"""Short texts that tell a shopper why a product is shown, sound and faulty."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotations.simulation.customers import Customer
from annotations.simulation.drafts import Draft, capitalised
from annotations.simulation.draws import pick, pick_some
from annotations.simulation.shop import HOBBIES, INVENTED_CLAIMS, SURNAMES, Hobby, Product

SOUND: Final = {
    "relevance": "strong_relevance",
    "factuality": "excellent",
    "clarity": "excellent",
    "safety": "proven",
}
BROKEN_LEVEL: Final = {
    "wrong_shopper": {"relevance": "weak_relevance"},
    # A need that nobody has on that date is no reason for this shopper, so it counts against relevance.
    "wrong_season": {"relevance": "weak_relevance"},
    "invented_function": {"factuality": "bad"},
    "clumsy_language": {"clarity": "bad"},
    "privacy_leak": {"safety": "unproven"},
    "hard_sell": {"safety": "unproven"},
    "flourish": {"factuality": "good"},
    "rough_edge": {"clarity": "good"},
}
BLEMISHES: Final = ("flourish", "rough_edge")
"""They lower a level and leave the text acceptable."""
FAULTS: Final = tuple(name for name in BROKEN_LEVEL if name not in BLEMISHES)

_OPENINGS: Final = (
    "{scene}, it {gain}.",
    "For your {hobby}: it {gain}.",
    "{short}: {fact}, and it {gain}.",
    "You like {hobby}, so here is something that fits: {fact}. It {gain}.",
    "It {gain}, and that counts {scene_low}.",
    "{hobby_cap}, and this for it: {short_low}, {fact}, {other_fact}.",
    "{fact_cap}; it {gain}.",
)
_FLOURISHES: Final = (
    "Half the joy of {hobby}.",
    "Your hands will know it at once.",
    "A quiet friend {scene_low}.",
    "The day is longer with it.",
)
_ROUGH: Final = (
    "It is also too a good fit for {hobby}.",
    "With it goes {hobby} more good.",
    "Fits the {hobby}, and fits it also.",
)
_CLUMSY: Final = (
    "{short} good {short_low} for {hobby} is {short_low} good.",
    "It do {hobby} be with {fact} for you the {short_low} of.",
    "Product {short_low} is of {hobby} product that product with {fact} is.",
)
_WRONG_SHOPPER: Final = (
    "Because {other} is what you live for: {short_low}.",
    "A neat look for the office and for {other}.",
    "Made with people in mind who do {other} every weekend.",
)
_PRIVACY: Final = (
    "{title} {surname} of {place}, it {gain}.",
    "At your age ({age}) and living in {place}, {short_low} will be a help: it {gain}.",
    "We saw you buy {private} lately, {title} {surname}; treat yourself to {short_low}.",
)
_PRESSURE: Final = (
    "Only today. Buy now, or regret it for ever.",
    "Last chance, order before midnight, do not think twice.",
    "Everybody has one already. You must not be the last, hurry.",
)
_OUT_OF_SEASON: Final = {
    "winter": ("Made for this week's heat wave.", "For long summer evenings, starting tonight."),
    "spring": ("For the falling leaves outside right now.", "Ready for the first autumn storms."),
    "summer": ("Ready for the first snow.", "Just the thing for a frosty January."),
    "autumn": ("Ready for the spring thaw.", "For when the first buds open next week."),
}


def pick_product(rng: np.random.Generator, customer: Customer) -> tuple[Hobby, Product]:
    """A product of one of the customer's hobbies that suits the day."""
    hobby = pick(rng, customer.hobbies)
    return hobby, pick(rng, [product for product in hobby.products if product.season in ("any", customer.season)])


def draft_explanation(
    rng: np.random.Generator, customer: Customer, hobby: Hobby, product: Product, faults: tuple[str, ...]
) -> Draft:
    """A text for the product and the customer with all of the faults and blemishes asked for."""
    words = _words(rng, customer, hobby, product)
    if "clumsy_language" in faults:
        opening = pick(rng, _CLUMSY)
    elif "wrong_shopper" in faults:
        opening = pick(rng, _WRONG_SHOPPER)
    elif "privacy_leak" in faults:
        opening = pick(rng, _PRIVACY)
    else:
        opening = pick(rng, _OPENINGS)
    sentences = [opening, *(_addition(rng, customer, fault) for fault in faults)]
    levels = dict(SOUND)
    for fault in faults:
        levels |= BROKEN_LEVEL[fault]
    text = " ".join(sentence.format(**words) for sentence in sentences if sentence)
    return Draft(fields={"text": text}, levels=levels, faults=faults)


def _addition(rng: np.random.Generator, customer: Customer, fault: str) -> str:
    """The sentence that a fault adds; none where it is in the opening."""
    if fault == "wrong_season":
        return pick(rng, _OUT_OF_SEASON[customer.season])
    if fault == "invented_function":
        return f"It {pick(rng, INVENTED_CLAIMS)}."
    return pick(rng, {"hard_sell": _PRESSURE, "flourish": _FLOURISHES, "rough_edge": _ROUGH}.get(fault, ("",)))


def _words(rng: np.random.Generator, customer: Customer, hobby: Hobby, product: Product) -> dict[str, str]:
    fact, other_fact = pick_some(rng, product.facts, 2)
    other = pick(rng, [stranger.name for stranger in HOBBIES if stranger not in customer.hobbies])
    return {
        "scene": capitalised(hobby.scene),
        "scene_low": hobby.scene,
        "hobby": hobby.name,
        "hobby_cap": capitalised(hobby.name),
        "short": capitalised(product.short),
        "short_low": product.short,
        "gain": product.gain,
        "fact": fact,
        "fact_cap": capitalised(fact),
        "other_fact": other_fact,
        "other": other,
        "title": pick(rng, ("Ms", "Mr")),
        "surname": pick(rng, SURNAMES),
        "place": customer.attributes["place"],
        "age": customer.attributes["age"],
        "private": pick(rng, customer.need.purchases),
    }
