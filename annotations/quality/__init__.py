"""How well people work, told from what they answered: figures with intervals, and tests that say when to pause.

Pure: arrays and numbers in and out. A single figure never condemns: speed alone says nothing of a person who is right,
and agreement with others nothing where the others are wrong. Whether somebody follows the judge is read from the lots
that decided whether a verdict was shown.
"""

from annotations.quality.drift import HourOfSitting, by_hour, hours_of_sitting, relative_slope, slope
from annotations.quality.matching import as_levels, errs, gold_accuracy, gold_accuracy_by_criterion, is_hit, matches
from annotations.quality.mix import CriterionMix, LevelShare, class_mix, draw_in_mix, joint_classes
from annotations.quality.others import WithOthers, with_others
from annotations.quality.pace import Pace, Timed, pace
from annotations.quality.person import Answers, PersonSignals, person_signals
from annotations.quality.reliance import FEWEST_TURNS, ModeTurns, Reliance, SecondLooks, reliance, second_looks
from annotations.quality.sequential import Decision, SequentialTest, TestState, run_test
from annotations.quality.signal import Signal, share, undefined
from annotations.quality.streaks import Streak, chance_of_run, longest_streak

__all__ = [
    "FEWEST_TURNS",
    "Answers",
    "CriterionMix",
    "Decision",
    "HourOfSitting",
    "LevelShare",
    "ModeTurns",
    "Pace",
    "PersonSignals",
    "Reliance",
    "SecondLooks",
    "SequentialTest",
    "Signal",
    "Streak",
    "TestState",
    "Timed",
    "WithOthers",
    "as_levels",
    "by_hour",
    "chance_of_run",
    "class_mix",
    "draw_in_mix",
    "errs",
    "gold_accuracy",
    "gold_accuracy_by_criterion",
    "hours_of_sitting",
    "is_hit",
    "joint_classes",
    "longest_streak",
    "matches",
    "pace",
    "person_signals",
    "relative_slope",
    "reliance",
    "run_test",
    "second_looks",
    "share",
    "slope",
    "undefined",
    "with_others",
]
