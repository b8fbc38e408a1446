"""How alike raters are, people and judges in one table: statistics with intervals and what was left out.

Pure and vectorised: a statistic takes distinct patterns of ratings with weights, so that its value and its
value in every resample of the items come from the same few lines. `METRICS` lists them all.
"""

from annotations.agreement.estimate import Estimate, Sample, estimate_of
from annotations.agreement.judge_report import JudgeReport
from annotations.agreement.leave_one_out import Comparison, JudgedPatterns, LeaveOneOut, judged_patterns, leave_one_out
from annotations.agreement.level_weights import agreement_weights
from annotations.agreement.metrics import METRIC, METRICS, Family, Metric, sample_of
from annotations.agreement.ordered_pairs import (
    RANKING_FIGURES,
    OrderedPairs,
    PairAnswer,
    RankedGroups,
    compared_among,
    compared_with,
    ordered_pairs,
    ranked_groups,
)
from annotations.agreement.patterns import (
    Contingency,
    CountPatterns,
    RatingPatterns,
    ScorePatterns,
    contingency,
    contingency_of,
    count_patterns,
    rating_patterns,
    score_patterns,
)
from annotations.agreement.people_report import PairReport, PeopleReport
from annotations.agreement.plain import as_plain
from annotations.agreement.ranking_report import MIN_GROUPS, JudgeRankings, PairAgreement, RankingReport
from annotations.agreement.ratings import (
    OUTCOMES,
    QUALIFIED,
    Dimension,
    PeopleRatings,
    RaterFacts,
    Ratings,
    criteria_of,
    dimensions,
    level_counts,
    levels_of,
    majority_levels,
    pass_positions,
    people_ratings,
    positions_of,
    qualified_levels,
    reference_of,
)
from annotations.agreement.report import AgreementReport, CriterionReport, agreement_report, items_in_cell
from annotations.agreement.text import as_text, figure_name

__all__ = [
    "METRIC",
    "METRICS",
    "MIN_GROUPS",
    "OUTCOMES",
    "QUALIFIED",
    "RANKING_FIGURES",
    "AgreementReport",
    "Comparison",
    "Contingency",
    "CountPatterns",
    "CriterionReport",
    "Dimension",
    "Estimate",
    "Family",
    "JudgeRankings",
    "JudgeReport",
    "JudgedPatterns",
    "LeaveOneOut",
    "Metric",
    "OrderedPairs",
    "PairAgreement",
    "PairAnswer",
    "PairReport",
    "PeopleRatings",
    "PeopleReport",
    "RankedGroups",
    "RankingReport",
    "RaterFacts",
    "RatingPatterns",
    "Ratings",
    "Sample",
    "ScorePatterns",
    "agreement_report",
    "agreement_weights",
    "as_plain",
    "as_text",
    "compared_among",
    "compared_with",
    "contingency",
    "contingency_of",
    "count_patterns",
    "criteria_of",
    "dimensions",
    "estimate_of",
    "figure_name",
    "items_in_cell",
    "judged_patterns",
    "leave_one_out",
    "level_counts",
    "levels_of",
    "majority_levels",
    "ordered_pairs",
    "pass_positions",
    "people_ratings",
    "positions_of",
    "qualified_levels",
    "ranked_groups",
    "rating_patterns",
    "reference_of",
    "sample_of",
    "score_patterns",
]
