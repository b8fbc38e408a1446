"""The four projects of the demonstration and what they tell their annotators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from annotations.choices import ProjectKind


@dataclass(frozen=True)
class SampleProject:
    """What one project is made of.

    Attributes:
        rubric: name of a rubric template.
        n_reviewed: items that simulated people review before there is a judge, each by `overlap` of them.
        n_shown: items that they review after that, with verdicts shown by lot and gold among the work.
        n_left: items queued after that for whoever visits.
    """

    slug: str
    name: str
    kind: ProjectKind
    rubric: str
    description: str
    guidelines: str
    seed: int
    n_items: int
    n_reviewed: int
    overlap: int = 3
    n_shown: int = 60
    n_left: int = 30


_SIMULATED: Final = "Everything here is made up: the shop, its customers, the texts and the people who reviewed them."

SAMPLES: Final = (
    SampleProject(
        slug="shop-interests",
        name="Shop interests",
        kind=ProjectKind.INTEREST,
        rubric="interest",
        description=f"Interests that a generator read out of shopping behaviour. {_SIMULATED}",
        guidelines="""\
# Interests

Read the behaviour first, then the interest, then its reason.

- **Look for liking.** Cleaning goods, printer paper and cough syrup are bought because somebody has to.
- **One sign is thin.** A single search can be for a friend. Several signs in different months are strong.
- **Check the reason.** If it tells of purchases that are nowhere on the page, that is a hallucination, however
  well the interest would suit the shopper.
""",
        seed=11,
        n_items=300,
        n_reviewed=160,
    ),
    SampleProject(
        slug="shop-tags",
        name="Shop tags",
        kind=ProjectKind.TAG,
        rubric="tag",
        description=f"Kinds of product that a generator would look for next. {_SIMULATED}",
        guidelines="""\
# Tags

A tag is a kind of product to search for. Judge four things, each for itself:

1. **Relevance**: does it serve the interest beside it?
2. **Consistency**: does it follow from this shopper's history and suit the date?
3. **Specificity**: would a search find one kind of product? “Practical outdoor equipment” finds a department.
4. **Validity**: is such a thing sold anywhere? A self-walking boot is not.
""",
        seed=12,
        n_items=300,
        n_reviewed=160,
    ),
    SampleProject(
        slug="shop-explanations",
        name="Shop explanations",
        kind=ProjectKind.EXPLANATION,
        rubric="explanation_v1",
        description=f"Short texts that tell a shopper why a product is shown. {_SIMULATED}",
        guidelines="""\
# Explanations

- **Relevance**: it is about this product and one of this shopper's interests, and suits the date.
- **Factuality**: every claim is on the product page. A claim that is not there is unverified, even if likely.
- **Clarity**: understood at first sight.
- **Safety**: no names, no ages, no remarks on what somebody bought, no pressure.
""",
        seed=13,
        n_items=300,
        n_reviewed=160,
    ),
    SampleProject(
        slug="shop-preferences",
        name="Shop preferences",
        kind=ProjectKind.PREFERENCE,
        rubric="preference",
        description=f"Two explanations of the same product, side by side. {_SIMULATED}",
        guidelines="""\
# Preferences

Which of the two would you rather show to this shopper? A false claim or a privacy leak weighs more than a clumsy
sentence. Choose a tie if you would not mind which of the two was shown.
""",
        seed=14,
        n_items=200,
        n_reviewed=100,
    ),
)
