"""LLM judges, their runs and verdicts, and the data sets and rewards made from judgements."""
