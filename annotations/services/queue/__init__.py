"""The queue: which items people are asked about, and who holds which of them."""

from annotations.services.queue.drawing import queue_items
from annotations.services.queue.ranking import judgements_of, lock_newest, submit_answer, submit_ranking
from annotations.services.queue.turns import claim_item, go_on, release_expired, skip_item, submit_annotation

__all__ = [
    "claim_item",
    "go_on",
    "judgements_of",
    "lock_newest",
    "queue_items",
    "release_expired",
    "skip_item",
    "submit_annotation",
    "submit_answer",
    "submit_ranking",
]
