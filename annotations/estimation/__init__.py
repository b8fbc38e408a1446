"""How sure a number is: intervals of statistics computed on items.

Everything that resamples resamples items, never single ratings: ratings of one item belong together.
"""

from annotations.estimation.arrays import FloatArray, IntArray
from annotations.estimation.bootstrap import Resamples, resample_items
from annotations.estimation.interval import Interval
from annotations.estimation.newcombe import newcombe_interval
from annotations.estimation.wilson import wilson_interval

__all__ = ["FloatArray", "IntArray", "Interval", "Resamples", "newcombe_interval", "resample_items", "wilson_interval"]
