"""LLM judges, their runs and verdicts, and the data sets and rewards made from judgements."""

__version__ = "0.1.0"
"""Of the whole distribution; it stands here because data sets name it in their manifests."""
