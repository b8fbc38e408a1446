"""What every check says of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models_llm.bias.report import Figure
from models_llm.bias.sample import Done, Sample, Subject, Trial


@dataclass(frozen=True)
class Check(ABC):
    """One way in which a judge may be swayed. What it must satisfy are its fields, so that they are data.

    Attributes:
        key: its name in reports and requests.
        title: its name for people.
        about: what is changed, in one sentence.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]

    @abstractmethod
    def n_judgings(self, n_items: int, subject: Subject) -> int:
        """How many altered items it has judged, at most, beside the items as they are."""

    @abstractmethod
    def obstacle(self, sample: Sample) -> str:
        """Why it does not apply to this judge and these items; empty where it does."""

    @abstractmethod
    def trials(self, sample: Sample) -> list[Trial]:
        """The altered items that it wants judged; empty where the verdicts on the items as they are suffice."""

    @abstractmethod
    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        """What the rated trials show.

        Args:
            rng: draws the resamples of intervals.
        """

    def badness(self, sample: Sample, done: Done) -> float:
        """How far a trial is from what it should be; 0: not at all. The worst are shown."""
        del sample, done
        return 0.0
