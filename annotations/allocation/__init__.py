"""Who is asked what: which items people judge, with which probability, and which place of an item is free.

Pure: arrays and numbers in and out. Services turn what is decided here into rows.
"""

from annotations.allocation.chance import Chances, chance_of_any
from annotations.allocation.draw import (
    DIRECTED,
    Draw,
    Plan,
    Pool,
    draw_items,
    generator_of,
    probabilities_of,
    stream_of,
)
from annotations.allocation.forecast import FEWEST_ANSWERS, FEWEST_DAYS, Forecast, forecast_finish
from annotations.allocation.inclusion import (
    FloatArray,
    IntArray,
    inclusion_probabilities,
    largest_remainder,
    mixed_sizes,
    neyman_allocation,
)
from annotations.allocation.lots import in_lot_order, lot
from annotations.allocation.places import free_place, state_with
from annotations.allocation.policy import MOST_OVERLAP, POLICY_FIELDS, PolicySettings
from annotations.allocation.sampling import systematic_sample
from annotations.allocation.scores import coverage, disagreement, largest_of_group, root_mean_of_group, uncertainty
from annotations.allocation.settling import Decision, Settling, settle

__all__ = [
    "DIRECTED",
    "FEWEST_ANSWERS",
    "FEWEST_DAYS",
    "MOST_OVERLAP",
    "POLICY_FIELDS",
    "Chances",
    "Decision",
    "Draw",
    "FloatArray",
    "Forecast",
    "IntArray",
    "Plan",
    "PolicySettings",
    "Pool",
    "Settling",
    "chance_of_any",
    "coverage",
    "disagreement",
    "draw_items",
    "forecast_finish",
    "free_place",
    "generator_of",
    "in_lot_order",
    "inclusion_probabilities",
    "largest_of_group",
    "largest_remainder",
    "lot",
    "mixed_sizes",
    "neyman_allocation",
    "probabilities_of",
    "root_mean_of_group",
    "settle",
    "state_with",
    "stream_of",
    "systematic_sample",
    "uncertainty",
]
