"""Whether a criterion asks people for a rationale."""

from __future__ import annotations

from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [("annotations", "0024_tell_of_answers")]

    operations = [
        migrations.AddField(
            model_name="criterion",
            name="rationale",
            field=models.CharField(
                choices=[
                    ("optional", "Optional"),
                    ("required_when_failing", "Required_when_failing"),
                    ("required", "Required"),
                ],
                db_default=annotations.choices.RationaleNeed["OPTIONAL"],
                max_length=24,
            ),
        ),
    ]
