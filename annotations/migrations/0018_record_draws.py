"""Draws of items for people, stored so that they can be repeated."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0017_say_who_changed_a_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order",
                    models.CharField(
                        choices=[
                            ("random", "Random"),
                            ("given", "Given"),
                            ("priority", "Priority"),
                            ("uncertainty", "Uncertainty"),
                            ("disagreement", "Disagreement"),
                            ("coverage", "Coverage"),
                        ],
                        max_length=12,
                    ),
                ),
                ("uniform_share", models.FloatField()),
                ("slice_key", models.CharField(blank=True, max_length=60)),
                ("slice_least", models.PositiveIntegerField()),
                ("n_wanted", models.PositiveBigIntegerField(blank=True, null=True)),
                ("seed", models.BigIntegerField()),
                ("n_items", models.PositiveBigIntegerField()),
                ("n_drawn", models.PositiveBigIntegerField()),
                ("n_added", models.PositiveBigIntegerField()),
                ("least_probability", models.FloatField()),
                ("most_probability", models.FloatField()),
                ("stream", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "drawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DrawnFrom",
            fields=[
                (
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="drawn_from",
                        serialize=False,
                        to="annotations.draw",
                    ),
                ),
                ("items", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), blank=True, null=True, size=None
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="draw",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.reviewpolicy",
            ),
        ),
        migrations.AddField(
            model_name="draw",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="draws", to="annotations.project"
            ),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="draw",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="added",
                to="annotations.draw",
            ),
        ),
    ]
