"""Everything that reads across tables. Selectors change nothing."""
