"""The tables of `annotations`."""

from annotations.models.chores import Chore, ChoreItems
from annotations.models.disputes import Dispute, Escalation, Ruling
from annotations.models.items import Batch, Item, RowRefusal
from annotations.models.judgements import Gold, Judgement
from annotations.models.leased import LeasedWork
from annotations.models.people import ApiToken, Invitation, Membership, Rater, User
from annotations.models.projects import Guideline, Project, ReviewPolicy
from annotations.models.quality import Pause
from annotations.models.review import Assignment, Draw, DrawnFrom, QueuedCandidate, QueuedItem, Reservation
from annotations.models.rubrics import Criterion, Level, Rubric
from annotations.models.saved_views import SavedView
from annotations.models.threads import Comment, Flag, Mention
from annotations.models.webhooks import Delivery, Webhook

__all__ = [
    "ApiToken",
    "Assignment",
    "Batch",
    "Chore",
    "ChoreItems",
    "Comment",
    "Criterion",
    "Delivery",
    "Dispute",
    "Draw",
    "DrawnFrom",
    "Escalation",
    "Flag",
    "Gold",
    "Guideline",
    "Invitation",
    "Item",
    "Judgement",
    "LeasedWork",
    "Level",
    "Membership",
    "Mention",
    "Pause",
    "Project",
    "QueuedCandidate",
    "QueuedItem",
    "Rater",
    "Reservation",
    "ReviewPolicy",
    "RowRefusal",
    "Rubric",
    "Ruling",
    "SavedView",
    "User",
    "Webhook",
]
