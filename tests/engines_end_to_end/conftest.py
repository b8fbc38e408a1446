from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def short_leases(settings: Any) -> None:
    """Workers of another broker hear nothing of what is asked here: they find it when its lease has run out."""
    settings.LEASE_S = 2
