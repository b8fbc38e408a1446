"""Items of the queue that are open and kept for people: whether there is one costs the same at any number."""

from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0020_claim_what_stands_now"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="queueditem",
            index=models.Index(
                condition=models.Q(("is_reserved", True), ("state", annotations.choices.QueueState["OPEN"])),
                fields=["project"],
                name="open_reserved_queue",
            ),
        ),
    ]
