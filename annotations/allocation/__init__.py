"""Who is asked what: which items people judge, with which probability, and which place of an item is free.

Pure: arrays and numbers in and out. Services turn what is decided here into rows.
"""

from annotations.allocation.draw import Draw, Order, draw_items
from annotations.allocation.places import free_place, state_with

__all__ = ["Draw", "Order", "draw_items", "free_place", "state_with"]
