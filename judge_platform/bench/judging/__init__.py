"""Measured rates of judging: `python -m judge_platform.bench.judging`, or `make bench-judge`.

Every benchmark runs in a process of its own on a database of its own, and everything that judges is as it is in
production: the worker program that `manage.py start` runs, Celery's clock, messages, leases, and a served model that is
the stub (`judge_platform.bench.stub`) or a real vLLM with a tiny model. Ratios are to a bare client in the same run.
"""
