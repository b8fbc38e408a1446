"""What actions on many items are told besides the items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from annotations.choices import FlagReason, GoldUse
from annotations.models import Project, Rater


class Need(StrEnum):
    """What an action must be told besides the items."""

    PEOPLE = "people"
    SKILL = "skill"
    FLAG = "flag"
    GOLD_USE = "gold_use"


@dataclass(frozen=True)
class BulkValues:
    """What actions are told besides the items.

    Attributes:
        raters, is_split: as in `reserve_items`.
        skill: of an annotator; empty for none.
        reason, note: as in `flag_items`.
        use: of gold.
    """

    raters: tuple[Rater, ...] = ()
    is_split: bool = False
    skill: str = ""
    reason: FlagReason | None = None
    note: str = ""
    use: GoldUse | None = None

    def lacks(self, need: Need) -> bool:
        """Whether the need is not met; to need no skill is a skill too."""
        match need:
            case Need.PEOPLE:
                return not self.raters
            case Need.FLAG:
                return self.reason is None
            case Need.GOLD_USE:
                return self.use is None
            case Need.SKILL:
                return False

    def to_json(self) -> dict[str, Any]:
        """For `from_json`."""
        return {**vars(self), "raters": [rater.pk for rater in self.raters]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], project: Project) -> BulkValues:
        """People who are no raters of the project any more are left out."""
        raters = project.raters.in_bulk(stored["raters"])
        return cls(
            raters=tuple(raters[pk] for pk in stored["raters"] if pk in raters),
            is_split=stored["is_split"],
            skill=stored["skill"],
            reason=FlagReason(stored["reason"]) if stored["reason"] else None,
            note=stored["note"],
            use=GoldUse(stored["use"]) if stored["use"] else None,
        )
