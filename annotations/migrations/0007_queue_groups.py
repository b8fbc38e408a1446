"""Groups that are queued as one, and the order in which their candidates were shown."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0006_rank_candidates")]

    operations = [
        migrations.AddField(
            model_name="draw",
            name="left_out",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="assignment",
            name="shown_order",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, null=True, size=None
            ),
        ),
        migrations.CreateModel(
            name="QueuedCandidate",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="queued_candidate",
                        serialize=False,
                        to="annotations.item",
                    ),
                ),
                (
                    "queued",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidates",
                        to="annotations.queueditem",
                    ),
                ),
            ],
        ),
    ]
