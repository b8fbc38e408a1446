"""Which version of the guidelines a person has confirmed to have read."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0026_bind_keys_of_a_person")]

    operations = [
        migrations.AddField(
            model_name="rater",
            name="guideline_read",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.guideline",
            ),
        ),
    ]
