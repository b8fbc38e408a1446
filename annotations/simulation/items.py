"""Whole projects of invented items, in the native shape of an import, with the truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from annotations.choices import ProjectKind
from annotations.simulation import explanations, interests, tags
from annotations.simulation.customers import Customer, make_customer
from annotations.simulation.drafts import Draft, capitalised
from annotations.simulation.draws import pick, pick_some
from annotations.simulation.shop import Hobby, Product

PRODUCERS: Final = {"writer-s": 0.55, "writer-l": 0.3}
"""Invented generators and the share of their candidates that carry a fault."""
_BLEMISHED: Final = 0.3
_TWICE_FAULTY: Final = 0.15
# How much worse a text is for each level that is not the best; a clear difference decides a pair.
_HARM: Final = {
    ("relevance", "weak_relevance"): 2.0,
    ("factuality", "bad"): 3.0,
    ("factuality", "good"): 0.3,
    ("clarity", "bad"): 2.0,
    ("clarity", "good"): 0.4,
    ("safety", "unproven"): 4.0,
}
NEAR: Final = 0.5
"""Nobody who reads with care would mind which of two texts is shown that lie nearer to each other."""


@dataclass(frozen=True)
class SimulatedItem:
    """An item as it is imported, and what is true of it.

    Attributes:
        row: `{id, context, candidate or candidates, group, slices}`.
        levels: true level key by criterion key.
        faults: names of the planted faults, candidate after candidate; empty for sound ones.
    """

    row: dict[str, Any]
    levels: dict[str, str]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class _Scene:
    """One customer, and the product that is shown to them where the kind needs one."""

    customer: Customer
    hobby: Hobby
    product: Product


def simulate_items(kind: ProjectKind, n: int, rng: np.random.Generator) -> Iterator[SimulatedItem]:
    """`n` items of a kind, in groups of four that share their context (pairs for preferences: two).

    Raises: KeyError, for a kind that has no generator (custom).
    """
    make = {
        ProjectKind.INTEREST: _interest,
        ProjectKind.TAG: _tag,
        ProjectKind.EXPLANATION: _explanation,
        ProjectKind.PREFERENCE: _preference,
    }[kind]
    group_size = 2 if kind is ProjectKind.PREFERENCE else 4
    made = 0
    while made < n:
        scene = _make_scene(rng)
        seen: set[str] = set()
        size = min(group_size, n - made)
        for item in _distinct(make, rng, scene, size, seen):
            group = f"{kind}-{made // group_size + 1:04d}"
            row = {"id": f"{kind}-{made + 1:05d}", "context": _context(kind, scene), **item.row, "group": group}
            yield SimulatedItem(row=row, levels=item.levels, faults=item.faults)
            made += 1


_Maker = Callable[[np.random.Generator, _Scene], SimulatedItem]


def _distinct(make: _Maker, rng: np.random.Generator, scene: _Scene, n: int, seen: set[str]) -> Iterator[SimulatedItem]:
    """`n` items of one scene; none says the same as another of its group."""
    while len(seen) < n:
        item = make(rng, scene)
        said = repr(item.row.get("candidate") or item.row.get("candidates"))
        if said not in seen:
            seen.add(said)
            yield item


def _make_scene(rng: np.random.Generator) -> _Scene:
    customer = make_customer(rng)
    hobby, product = explanations.pick_product(rng, customer)
    return _Scene(customer, hobby, product)


def _context(kind: ProjectKind, scene: _Scene) -> dict[str, Any]:
    customer = scene.customer
    day = customer.today.isoformat()
    if kind is ProjectKind.INTEREST:
        return {"attributes": customer.attributes, "behaviour": customer.behaviour(), "date": day}
    if kind is ProjectKind.TAG:
        return {
            "attributes": customer.attributes,
            "interests": customer.interests,
            "behaviour": customer.behaviour(),
            "date": day,
        }
    product = scene.product
    return {
        "interests": customer.interests,
        "product": {
            "name": product.name,
            "category": product.category,
            "facts": list(product.facts),
            "description": f"{capitalised(product.gain)}.",
        },
        "date": day,
    }


def _interest(rng: np.random.Generator, scene: _Scene) -> SimulatedItem:
    producer, fault = _draw_fault(rng, interests.FAULTS)
    return _single(interests.draft_interest(rng, scene.customer, fault), scene, producer)


def _tag(rng: np.random.Generator, scene: _Scene) -> SimulatedItem:
    producer, fault = _draw_fault(rng, tags.FAULTS)
    return _single(tags.draft_tag(rng, scene.customer, fault), scene, producer)


def _explanation(rng: np.random.Generator, scene: _Scene) -> SimulatedItem:
    producer, draft = _draft_explanation(rng, scene)
    return _single(draft, scene, producer)


def _preference(rng: np.random.Generator, scene: _Scene) -> SimulatedItem:
    first, second = (_draft_explanation(rng, scene)[1] for _ in range(2))
    difference = harm(second.levels) - harm(first.levels)
    better = "tie" if abs(difference) < NEAR else "a" if difference > 0 else "b"
    return SimulatedItem(
        row={"candidates": [first.fields, second.fields], "slices": _slices(scene)},
        levels={"preference": better},
        faults=first.faults + second.faults,
    )


def _draft_explanation(rng: np.random.Generator, scene: _Scene) -> tuple[str, Draft]:
    producer, fault = _draw_fault(rng, explanations.FAULTS)
    faults: tuple[str, ...] = () if fault is None else (fault,)
    if fault is not None and rng.random() < _TWICE_FAULTY:
        faults = tuple(pick_some(rng, explanations.FAULTS, 2))
    if rng.random() < _BLEMISHED and not {"invented_function", "clumsy_language"} & set(faults):
        faults = (*faults, pick(rng, explanations.BLEMISHES))
    return producer, explanations.draft_explanation(rng, scene.customer, scene.hobby, scene.product, faults)


def _draw_fault(rng: np.random.Generator, faults: tuple[str, ...]) -> tuple[str, str | None]:
    producer = pick(rng, tuple(PRODUCERS))
    return producer, pick(rng, faults) if rng.random() < PRODUCERS[producer] else None


def _single(draft: Draft, scene: _Scene, producer: str) -> SimulatedItem:
    return SimulatedItem(
        row={"candidate": draft.fields, "slices": {**_slices(scene), "producer": producer}},
        levels=draft.levels,
        faults=draft.faults,
    )


def _slices(scene: _Scene) -> dict[str, str]:
    return {"language": "en", "season": scene.customer.season, "category": scene.product.category}


def harm(levels: Mapping[str, str]) -> float:
    """How much is wrong with a text; 0 for one that is sound.

    Args:
        levels: true level key by criterion key, of an explanation.
    """
    return sum(_HARM.get(rating, 0.0) for rating in levels.items())
