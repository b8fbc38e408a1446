"""Whoever did not pass the training may have each of its items once more."""

from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0009_retire_gold"),
    ]

    operations = [
        migrations.AddField(
            model_name="rater",
            name="training_attempt",
            field=models.PositiveSmallIntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name="assignment",
            name="attempt",
            field=models.PositiveSmallIntegerField(db_default=1),
        ),
        migrations.RemoveConstraint(
            model_name="assignment",
            name="once_per_annotator_and_item",
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", annotations.choices.AssignmentStatus["EXPIRED"]), _negated=True),
                fields=("rater", "item", "attempt"),
                name="once_per_annotator_and_item",
            ),
        ),
    ]
