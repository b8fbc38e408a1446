"""Measured rates of the whole platform: `python -m judge_platform.bench`, or `make bench`.

Every measurement runs in a process of its own (so its peak memory is its own) on a database of its own, beside a bare
baseline that does no more than it must: the ratio tells what the platform adds on this machine.
"""
