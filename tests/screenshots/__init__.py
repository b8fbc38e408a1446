"""Every page of the demonstration, looked at: `make screenshots`, or `python -m tests.screenshots`."""
