"""What somebody asked to be exported, in a form that a manifest can keep and a rebuild can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from annotations.sentences import sentence as _
from models_llm.choices import FileFormat, Labels, Shape
from models_llm.errors import DatasetError


@dataclass(frozen=True)
class Query:
    """One export, asked for.

    Attributes:
        judge: `NAME` or `NAME@VERSION`; None where no judge is chosen.
        slices: (key, value) pairs that an item must all have.
        rubric: version whose judgements count; None for the newest.
        max_per_prompt: most rows of one prompt; None takes the shape's own limit, 0 means no limit.
        is_calibrated: whether judges' probabilities stand in it, as given and calibrated.
        calibrations: ids of those to apply; None for the newest of each judge.
    """

    shape: Shape
    format: FileFormat = FileFormat.PARQUET
    labels: Labels = Labels.PEOPLE
    judge: str | None = None
    slices: tuple[tuple[str, str], ...] = ()
    rubric: int | None = None
    max_per_prompt: int | None = None
    is_calibrated: bool = False
    calibrations: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "slices", tuple(sorted(self.slices)))
        if self.max_per_prompt is not None and self.max_per_prompt < 0:
            raise DatasetError(
                _(
                    "expected a limit of rows per prompt of 0 (none) or more, got %(came)s",
                    came=self.max_per_prompt,
                )
            )

    def as_dict(self) -> dict[str, Any]:
        return {
            "shape": str(self.shape),
            "format": str(self.format),
            "labels": str(self.labels),
            "judge": self.judge,
            "slices": [list(pair) for pair in self.slices],
            "rubric": self.rubric,
            "max_per_prompt": self.max_per_prompt,
            "is_calibrated": self.is_calibrated,
            "calibrations": None if self.calibrations is None else list(self.calibrations),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """The query that `as_dict` gave.

        Raises: DatasetError, if it is not one.
        """
        try:
            return cls(
                shape=Shape(content["shape"]),
                format=FileFormat(content["format"]),
                labels=Labels(content["labels"]),
                judge=content["judge"],
                slices=tuple((key, value) for key, value in content["slices"]),
                rubric=content["rubric"],
                max_per_prompt=content["max_per_prompt"],
                is_calibrated=content["is_calibrated"],
                calibrations=None if content["calibrations"] is None else tuple(content["calibrations"]),
            )
        except (KeyError, TypeError, ValueError) as err:
            raise DatasetError(_("expected a query as a manifest keeps it, got %(came)s", came=content)) from err


def parse_slice(text: str) -> tuple[str, str]:
    """`key=value` as a pair.

    Raises: DatasetError.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise DatasetError(_("expected a slice as key=value, got “%(came)s”", came=text))
    return key, value
