"""Gold that turned out to be wrong is retired and not deleted: answers were held to it."""

from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0008_note_pauses"),
    ]

    operations = [
        migrations.AddField(
            model_name="gold",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="gold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True), ("use", annotations.choices.GoldUse["KNOWN"]), _connector="OR"
                ),
                name="retired_gold_is_not_in_use",
            ),
        ),
    ]
