"""What each kind of judge can be set to: one dataclass a kind, from which forms, API and command are made too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, get_args

from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind
from models_llm.errors import JudgeError

Combination = Literal["vote", "mean", "median", "trimmed_mean"]
"""How several ratings become one; see `combine`."""


@dataclass(frozen=True)
class Setting:
    """One setting of a kind, as a door offers it; its type is that of its default.

    Attributes:
        choices: what it may be; empty for anything of its type.
        least, most: bounds of a number, both allowed; None for none.
    """

    name: str
    default: bool | int | float | str
    help: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def read(self, value: Any) -> bool | int | float | str:
        """The value, if it may stand here; a whole number may stand for a real one.

        Raises: JudgeError.
        """
        if type(self.default) is float and type(value) is int:
            value = float(value)
        if type(value) is not type(self.default):
            raise JudgeError(
                _(
                    "setting %(name)s: expected %(wanted)s, got %(came)s",
                    name=self.name,
                    wanted=type(self.default).__name__,
                    came=repr(value),
                )
            )
        if self.choices and value not in self.choices:
            raise JudgeError(
                _(
                    "setting %(name)s: expected one of %(known)s, got “%(came)s”",
                    name=self.name,
                    known=", ".join(self.choices),
                    came=value,
                )
            )
        if isinstance(value, (int, float)) and not self._is_within(value):
            bounds = (
                _("at least %(least)s", least=f"{self.least:g}")
                if self.most is None
                else _("%(least)s to %(most)s", least=f"{self.least or 0:g}", most=f"{self.most:g}")
            )
            raise JudgeError(
                _(
                    "setting %(name)s: expected %(bounds)s, got %(came)s",
                    name=self.name,
                    bounds=bounds,
                    came=repr(value),
                )
            )
        return value  # type: ignore[no-any-return]  # of the default's type, as checked

    def _is_within(self, value: float) -> bool:
        """Whether the bounds allow the value; nan compares to nothing and is in none."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def _setting(
    default: Any,
    help: str,  # noqa: A002  the name that forms and serializers give it
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:
    return field(default=default, metadata={"help": help, "choices": choices, "least": least, "most": most})


@dataclass(frozen=True)
class PointwiseSettings:
    @property
    def template(self) -> str:
        """Name of the template that comes with the platform."""
        return "pointwise"


@dataclass(frozen=True)
class PerCriterionSettings:
    rationales: bool = _setting(False, "Ask for reasons after each level: one more call a criterion.")
    least_mass: float = _setting(
        0.0,
        "An item on which the model holds less than this for all letters together gets no rating. "
        "Below 0.9 it is flagged in any case: the prompt does not suit the model.",
        least=0,
        most=1,
    )
    resample_k: int = _setting(
        0,
        "Where the first answer is uncertain, ask this many times more, with reasons before the level. 0: never.",
        least=0,
        most=32,
    )
    resample_above: float = _setting(
        0.5,
        "Uncertain is an answer whose entropy is above this: 0 for a single possible level, 1 for all alike.",
        least=0,
        most=1,
    )
    resample_temperature: float = _setting(0.7, "Temperature of the further answers.", least=0, most=2)

    @property
    def template(self) -> str:
        return "per_criterion"


@dataclass(frozen=True)
class SeniorReviewerSettings(PerCriterionSettings):
    overall: str = _setting("", "Key of the criterion with the three tiers. Empty: the rubric's last one.")
    superior_share: float = _setting(
        0.75,
        "Without a defect, this share of the other criteria at their best level makes the best tier. "
        "The paper gives no figure; this one is ours.",
        least=0,
        most=1,
    )


@dataclass(frozen=True)
class PairwiseSettings:
    weigh: bool = _setting(
        True, "Take the distribution over the levels' letters, a call a criterion and order; else one reply an order."
    )
    least_mass: float = _setting(
        0.0, "A pair on which the model holds less than this for all letters together gets no rating.", least=0, most=1
    )

    @property
    def template(self) -> str:
        return "pairwise" if self.weigh else "pairwise_reply"


@dataclass(frozen=True)
class ListwiseSettings:
    most_items: int = _setting(
        8, "Items of a group at most; a larger group is not judged, and says so.", least=1, most=26
    )

    @property
    def template(self) -> str:
        return "listwise"


@dataclass(frozen=True)
class JurySettings:
    combine: Combination = _setting(  # noqa: RUF009  it gives a field
        "vote",
        "How the members' ratings become one. On criteria whose levels have no order, median and trimmed mean are "
        "votes.",
        choices=get_args(Combination),
    )
    quorum: int = _setting(2, "Members that must have rated an item; with fewer it gets no rating.", least=1)
    trim: float = _setting(0.25, "Share that a trimmed mean leaves out at each end.", least=0, most=0.49)


@dataclass(frozen=True)
class Kind:
    """A kind of judge that people can configure.

    Attributes:
        settings: its dataclass; `settings_of` describes the fields.
        asks: whether it asks a language model, and so takes an engine, sampling, a template and examples.
        has_members: whether it is made of other judges.
        wants_groups: whether it needs all items of a group together.
    """

    kind: JudgeKind
    title: str
    summary: str
    settings: type[Any]
    asks: bool = True
    has_members: bool = False
    wants_groups: bool = False

    def describe(self) -> tuple[Setting, ...]:
        """Its own settings, in the order of the dataclass."""
        described: list[Setting] = []
        for one in fields(self.settings):
            default: Any = one.default
            described.append(Setting(one.name, default, **one.metadata))
        return tuple(described)


KINDS: Final[Mapping[JudgeKind, Kind]] = {
    kind.kind: kind
    for kind in (
        Kind(
            JudgeKind.POINTWISE,
            "Pointwise",
            "One structured reply for all criteria of an item, with a rationale for each.",
            PointwiseSettings,
        ),
        Kind(
            JudgeKind.PER_CRITERION,
            "Per criterion",
            "One question a criterion, answered by a letter; the level comes with its distribution.",
            PerCriterionSettings,
        ),
        Kind(
            JudgeKind.SENIOR_REVIEWER,
            "Senior reviewer",
            "Judges every dimension by itself, then sets the tier: any defect is the worst one, many best levels the "
            "best one.",
            SeniorReviewerSettings,
        ),
        Kind(
            JudgeKind.PAIRWISE,
            "Pairwise",
            "Two candidates in both orders; what changes with the order is a tie, and is counted.",
            PairwiseSettings,
        ),
        Kind(
            JudgeKind.LISTWISE,
            "List-wise",
            "All candidates of a group side by side in one prompt, in an order drawn by lot.",
            ListwiseSettings,
            wants_groups=True,
        ),
        Kind(
            JudgeKind.JURY,
            "Jury",
            "Several judges of the project, their ratings combined.",
            JurySettings,
            asks=False,
            has_members=True,
        ),
    )
}


def read_protocol(kind: str, values: Mapping[str, Any]) -> Any:
    """The settings of a kind from JSON values; what is not given has its default.

    Raises: JudgeError, if the kind has no such setting or a value may not stand in it.
    """
    described = KINDS[JudgeKind(kind)]
    known = {setting.name: setting for setting in described.describe()}
    unknown = sorted(set(values) - set(known))
    if unknown:
        has = ", ".join(known) or _("none")
        raise JudgeError(
            _(
                "a judge of kind %(kind)s has no setting %(unknown)s; it has %(known)s",
                kind=kind,
                unknown=", ".join(unknown),
                known=has,
            )
        )
    return described.settings(**{name: known[name].read(value) for name, value in values.items()})
