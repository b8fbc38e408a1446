"""Invented customers with the behaviour that a shop would have kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from annotations.simulation.draws import pick, pick_some
from annotations.simulation.shop import AGES, GENDERS, HOBBIES, NEEDS, PLACES, Hobby, Need, Season

FIRST_DAY: Final = date(2026, 1, 8)
DAYS_SPANNED: Final = 330
SEASONS: Final[tuple[Season, ...]] = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True)
class Event:
    """One kept behaviour. `subject` names the hobby or need it belongs to."""

    day: date
    action: str
    thing: str
    subject: str

    @property
    def told(self) -> str:
        """The event as a reason cites it."""
        return f"{self.action} {self.thing} in {self.day:%B}"


@dataclass(frozen=True)
class Customer:
    """Somebody on the day that the shop speaks to them.

    Attributes:
        hobbies: likings with several signs each in `events`.
        events: oldest first.
    """

    today: date
    attributes: dict[str, str]
    hobbies: tuple[Hobby, ...]
    need: Need
    events: tuple[Event, ...]

    @property
    def season(self) -> Season:
        return SEASONS[self.today.month % 12 // 3]

    @property
    def interests(self) -> list[str]:
        return [hobby.name for hobby in self.hobbies]

    def events_of(self, subject: str) -> list[Event]:
        return [event for event in self.events if event.subject == subject]

    def behaviour(self) -> list[dict[str, Any]]:
        """Events newest first, grouped by period and action: days in the last month, months in the last year, years."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for event in reversed(self.events):
            things = grouped.setdefault((self._period(event.day), event.action), [])
            if event.thing not in things:
                things.append(event.thing)
        return [{"date": period, "action": action, "items": things} for (period, action), things in grouped.items()]

    def _period(self, day: date) -> str:
        age = (self.today - day).days
        if age <= 31:
            return day.isoformat()
        return f"{day:%Y-%m}" if age <= 365 else f"{day:%Y}"


def make_customer(rng: np.random.Generator) -> Customer:
    """A customer with two or three hobbies, one need and the signs of both."""
    today = FIRST_DAY + timedelta(days=int(rng.integers(DAYS_SPANNED)))
    hobbies = tuple(pick_some(rng, HOBBIES, int(rng.integers(2, 4))))
    need = pick(rng, NEEDS)
    events = [
        *(event for hobby in hobbies for event in _signs_of(rng, hobby, today)),
        *_purchases_for(rng, need, today),
    ]
    return Customer(
        today=today,
        attributes={"age": pick(rng, AGES), "gender": pick(rng, GENDERS), "place": pick(rng, PLACES)},
        hobbies=hobbies,
        need=need,
        events=tuple(sorted(events, key=lambda event: event.day)),
    )


def _signs_of(rng: np.random.Generator, hobby: Hobby, today: date) -> list[Event]:
    bought = pick_some(rng, hobby.products, int(rng.integers(1, 3)))
    searched = pick_some(rng, hobby.searches, int(rng.integers(2, 4)))
    also = pick(rng, [product for product in hobby.products if product not in bought])
    signs = [("bought", product.short) for product in bought]
    signs += [("searched for", f"“{words}”") for words in searched]
    signs.append((pick(rng, ("carted", "favourited", "read reviews of")), also.short))
    return [Event(_earlier(rng, today, 480), action, thing, hobby.name) for action, thing in signs]


def _purchases_for(rng: np.random.Generator, need: Need, today: date) -> list[Event]:
    things = pick_some(rng, need.purchases, 3)
    return [Event(_earlier(rng, today, 200), "bought", thing, need.name) for thing in things]


def _earlier(rng: np.random.Generator, today: date, most_days: int) -> date:
    return today - timedelta(days=int(rng.integers(3, most_days)))
