"""A sample shop to look at: five simulated projects, people who reviewed part of them, judges and a data set.

Everything goes through the same services as real work. Every step looks first at what is there, so building again
goes on where it stopped and, when all is there, does nothing.
"""

from judge_platform.demo.accounts import ROLES, account_lines, ensure_password
from judge_platform.demo.build import build_demo
from judge_platform.demo.judging import ServedModel
from judge_platform.demo.ranking import RANKED, RankedSample
from judge_platform.demo.sample import SAMPLES, SampleProject

__all__ = [
    "RANKED",
    "ROLES",
    "SAMPLES",
    "RankedSample",
    "SampleProject",
    "ServedModel",
    "account_lines",
    "build_demo",
    "ensure_password",
]
