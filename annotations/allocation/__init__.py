"""Who is asked what: which items people judge, with which probability, and which place of an item is free.

Pure: arrays and numbers in and out. Services turn what is decided here into rows.
"""

from annotations.allocation.draw import Draw, Order, draw_items
from annotations.allocation.lots import lot
from annotations.allocation.places import free_place, state_with
from annotations.allocation.policy import MOST_OVERLAP, POLICY_FIELDS, PolicySettings
from annotations.allocation.settling import Decision, Settling, settle

__all__ = [
    "MOST_OVERLAP",
    "POLICY_FIELDS",
    "Decision",
    "Draw",
    "Order",
    "PolicySettings",
    "Settling",
    "draw_items",
    "free_place",
    "lot",
    "settle",
    "state_with",
]
