"""Which candidate of a pair an annotator sees first: by lot, whoever makes the turn."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan


class Migration(migrations.Migration):
    dependencies = [("annotations", "0027_note_guidelines_read")]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="is_swapped",
            field=models.GeneratedField(
                db_persist=True,
                expression=LessThan(
                    models.Func(
                        Coalesce(models.F("seed"), 0),
                        models.Value("side"),
                        models.F("rater"),
                        models.F("item"),
                        function="annotations_lot",
                        output_field=models.FloatField(),
                    ),
                    0.5,
                ),
                output_field=models.BooleanField(),
            ),
        ),
    ]
