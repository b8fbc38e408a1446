"""The keys of the review page as a person wants them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0025_ask_for_rationales")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="review_keys",
            field=models.JSONField(blank=True, default=dict, help_text="Keys that are not the usual, by action."),
        ),
        migrations.AddField(
            model_name="user",
            name="submits_alone",
            field=models.BooleanField(
                blank=True, help_text="The last open choice submits; null: where it is the only one.", null=True
            ),
        ),
    ]
