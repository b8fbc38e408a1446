from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


@pytest.mark.django_db
def test_health_is_good_with_a_database_that_has_every_migration() -> None:
    response = Client().get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok"}


@pytest.mark.django_db
def test_health_is_bad_while_a_migration_is_missing() -> None:
    [(app, newest)] = MigrationLoader(connection).graph.leaf_nodes("models_llm")
    MigrationRecorder(connection).record_unapplied(app, newest)
    response = Client().get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "migrations": "1 to apply"}
