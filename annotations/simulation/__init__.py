"""An invented shop whose items carry planted faults of known truth, and simulated annotators who rate them.

For the demonstration, the benchmarks and tests that need items with a truth. Nothing here is real data.
"""

from annotations.simulation.annotators import (
    MOST_DIFFICULT,
    PROFILES,
    WATCHED,
    AnnotatorProfile,
    SimulatedRating,
    draw_difficulty,
    rate,
)
from annotations.simulation.items import PRODUCERS, SimulatedItem, harm, simulate_items
from annotations.simulation.rankings import BELOW_FROM, rank

__all__ = [
    "BELOW_FROM",
    "MOST_DIFFICULT",
    "PRODUCERS",
    "PROFILES",
    "WATCHED",
    "AnnotatorProfile",
    "SimulatedItem",
    "SimulatedRating",
    "draw_difficulty",
    "harm",
    "rank",
    "rate",
    "simulate_items",
]
