from __future__ import annotations

from hashlib import md5

import numpy as np
import pytest
from django.db import connection

from annotations.allocation import lot


def test_a_lot_is_the_digest_of_its_parts() -> None:
    first_52_bits = int(md5(b"7/mode/3/41", usedforsecurity=False).hexdigest()[:13], 16)
    assert lot(7, "mode", 3, 41) == first_52_bits / 2**52


@pytest.mark.django_db
def test_the_database_draws_the_same_lots() -> None:
    asked = [(seed, what, 3, item) for seed in (-1, 0, 2**40) for what in ("mode", "gold") for item in (1, 2**33)]
    with connection.cursor() as cursor:
        for seed, what, rater, item in asked:
            cursor.execute("SELECT annotations_lot(%s, %s, %s, %s)", [seed, what, rater, item])
            assert cursor.fetchone() == (lot(seed, what, rater, item),)


def test_lots_are_uniform_and_those_of_two_questions_independent() -> None:
    n = 4_000
    modes = np.array([lot(1, "mode", 5, item) for item in range(n)])
    golds = np.array([lot(1, "gold", 5, item) for item in range(n)])
    # Of n uniform numbers the share in each tenth has a standard error of sqrt(.09 / n) = .0047.
    shares = np.histogram(modes, bins=10, range=(0, 1))[0] / n
    assert np.abs(shares - 0.1).max() < 4 * 0.0047
    assert abs(np.corrcoef(modes, golds)[0, 1]) < 4 / np.sqrt(n)
