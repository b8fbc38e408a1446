"""Many ratings of an item to one level, or to a share of each level."""

from annotations.aggregation.majority import majority, vote_shares

__all__ = ["majority", "vote_shares"]
