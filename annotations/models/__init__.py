"""The tables of `annotations`."""

from annotations.models.items import Batch, Item, RowRefusal
from annotations.models.judgements import Gold, Judgement
from annotations.models.people import ApiToken, Invitation, Membership, Rater, User
from annotations.models.projects import Guideline, Project, ReviewPolicy
from annotations.models.quality import Pause
from annotations.models.review import Assignment, QueuedItem, Reservation
from annotations.models.rubrics import Criterion, Level, Rubric

__all__ = [
    "ApiToken",
    "Assignment",
    "Batch",
    "Criterion",
    "Gold",
    "Guideline",
    "Invitation",
    "Item",
    "Judgement",
    "Level",
    "Membership",
    "Pause",
    "Project",
    "QueuedItem",
    "Rater",
    "Reservation",
    "ReviewPolicy",
    "RowRefusal",
    "Rubric",
    "User",
]
