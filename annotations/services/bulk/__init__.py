"""One change to many items: what can be done is a list of actions, and one runner does any of them in chunks.

To add an action, write a `BulkAction` in `actions.py` and name it in `ACTIONS`; the pages and the API have it then.
"""

from annotations.services.bulk.actions import ACTIONS, Action, BulkAction, BulkValues, Need
from annotations.services.bulk.running import BulkPlan, BulkResult, plan_action, run_action

__all__ = [
    "ACTIONS",
    "Action",
    "BulkAction",
    "BulkPlan",
    "BulkResult",
    "BulkValues",
    "Need",
    "plan_action",
    "run_action",
]
