"""The policy of a project: how items are drawn for people, given out, shown, checked and settled."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from annotations.choices import Mode, Order
from annotations.errors import PolicyError
from annotations.sentences import sentence as _

MOST_OVERLAP: Final = 50
_SHARES: Final = ("more_overlap_share", "uniform_share", "gold_share", "blind_share", "reveal_share", "assist_share",
                  "challenge_share")  # fmt: skip
_CLOSE: Final = 1e-9


@dataclass(frozen=True)
class PolicySettings:
    """One version of a policy. Shares are in 0..1.

    Attributes:
        overlap: distinct annotators wanted for an item.
        more_overlap, more_overlap_share: overlap of a share of the items, drawn by lot; None for none.
        order: what makes items likelier to be drawn. RANDOM and GIVEN: nothing, all are as likely. PRIORITY: the number
            in the item's slice “priority”, none counting as 0. UNCERTAINTY: how unsure the newest judge was.
            DISAGREEMENT: how much judges differ. COVERAGE: how few answers its value of `slice_key` has.
        uniform_share: of a directed draw, the share that every item has the same chance in.
        slice_key, slice_least: at least so many items of each value of this slice; an empty key for none.
        lease_s: seconds that an item is held.
        may_skip: whether annotators may give items back.
        skill_slice: slice whose value an annotator must have as a skill; empty for none.
        gold_share: chance that a gold item comes before an item.
        gold_feedback: whether the known answer is shown right after a gold item.
        shows_gold_accuracy: whether annotators see their own figure on gold.
        gold_acceptable, gold_bad, gold_error: of the sequential test: accuracies that pass and that pause, and the
            chance of either mistake.
        training_pass: share of training items that must be right before work begins; None for no training.
        blind_share, reveal_share, assist_share, challenge_share: chances of the modes; they sum to 1.
        most_overlap: ask one more person, up to so many, where people differ; None for never.
        daily_target: items a day that an annotator is asked for; None for none.
        seed: of every lot that is drawn under the policy.
    Raises: PolicyError, naming the setting, what was expected and what came.
    """

    overlap: int = 1
    more_overlap: int | None = None
    more_overlap_share: float = 0.0
    order: Order = Order.RANDOM
    uniform_share: float = 0.2
    slice_key: str = ""
    slice_least: int = 0
    lease_s: int = 900
    may_skip: bool = True
    skill_slice: str = ""
    gold_share: float = 0.0
    gold_feedback: bool = False
    shows_gold_accuracy: bool = False
    gold_acceptable: float = 0.9
    gold_bad: float = 0.7
    gold_error: float = 0.05
    training_pass: float | None = None
    blind_share: float = 0.0
    reveal_share: float = 1.0
    assist_share: float = 0.0
    challenge_share: float = 0.0
    most_overlap: int | None = None
    daily_target: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _expect(1 <= self.overlap <= MOST_OVERLAP, "overlap", _("1 to %(most)s", most=MOST_OVERLAP), self.overlap)
        for name in ("more_overlap", "most_overlap"):
            value = getattr(self, name)
            ok = value is None or self.overlap < value <= MOST_OVERLAP
            words = _("more than the overlap of %(overlap)s, up to %(most)s", overlap=self.overlap, most=MOST_OVERLAP)
            _expect(ok, name, words, value)
        for name in _SHARES:
            _expect(0 <= getattr(self, name) <= 1, name, _("a share from 0 to 1"), getattr(self, name))
        _expect(
            self.order in (Order.RANDOM, Order.GIVEN) or self.uniform_share > 0,
            "uniform_share", _("more than 0 where the order directs the draw, so that every item can be drawn"),
            self.uniform_share,
        )  # fmt: skip
        needs_slice = self.order == Order.COVERAGE or self.slice_least > 0
        _expect(
            bool(self.slice_key) or not needs_slice,
            "slice_key", _("a slice, where its values have a floor or the order is by their coverage"), _("none"),
        )  # fmt: skip
        _expect(60 <= self.lease_s <= 86_400, "lease_s", _("60 to 86400 seconds"), self.lease_s)
        _expect(self.slice_least >= 0, "slice_least", _("0 or more"), self.slice_least)
        sums = self.blind_share + self.reveal_share + self.assist_share + self.challenge_share
        came = _("a sum of %(sum)s", sum=f"{sums:g}")
        _expect(abs(sums - 1) < _CLOSE, "blind_share", _("shares of the modes that sum to 1"), came)
        _expect(
            0 < self.gold_bad < self.gold_acceptable < 1,
            "gold_bad",
            _(
                "more than 0 and less than gold_acceptable (%(good)s), which is below 1",
                good=f"{self.gold_acceptable:g}",
            ),
            self.gold_bad,
        )  # fmt: skip
        _expect(0 < self.gold_error < 0.5, "gold_error", _("more than 0 and less than 0.5"), self.gold_error)
        ok = self.training_pass is None or 0 < self.training_pass <= 1
        _expect(ok, "training_pass", _("more than 0, up to 1"), self.training_pass)
        ok = self.daily_target is None or self.daily_target >= 1
        _expect(ok, "daily_target", _("1 or more"), self.daily_target)

    @property
    def mode_shares(self) -> dict[Mode, float]:
        return {
            Mode.BLIND: self.blind_share,
            Mode.REVEAL: self.reveal_share,
            Mode.ASSIST: self.assist_share,
            Mode.CHALLENGE: self.challenge_share,
        }


POLICY_FIELDS: Final = tuple(field.name for field in fields(PolicySettings))


def _expect(ok: bool, setting: str, expected: str, came: object) -> None:
    if not ok:
        raise PolicyError(setting, _("expected %(expected)s, got %(came)s", expected=expected, came=came))
