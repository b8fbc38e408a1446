"""Rubrics under which the candidates of a group are ranked."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0005_add_chores")]

    operations = [
        migrations.AddField(
            model_name="criterion",
            name="is_ranking",
            field=models.BooleanField(db_default=False),
        ),
    ]
