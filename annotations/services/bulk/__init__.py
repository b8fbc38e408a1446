"""One change to many items: what can be done is a list of actions, and `annotations.services.chores` does any of them.

To add an action, write a `BulkAction` in `actions.py` and name it in `ACTIONS`; the pages and the API have it then.
"""

from annotations.services.bulk.actions import ACTIONS, Action, BulkAction, Part
from annotations.services.bulk.planning import BulkPlan, checked_action, plan_action
from annotations.services.bulk.values import BulkValues, Need

__all__ = [
    "ACTIONS",
    "Action",
    "BulkAction",
    "BulkPlan",
    "BulkValues",
    "Need",
    "Part",
    "checked_action",
    "plan_action",
]
