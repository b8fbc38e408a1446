"""What came of items on which people differ, and which answers are still to be compared."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0012_know_a_wrong_verdict"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("ruled", "Ruled"), ("dropped", "Dropped")],
                        default=annotations.choices.DisputeState["OPEN"],
                        max_length=8,
                    ),
                ),
                (
                    "criteria",
                    django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None),
                ),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("waits_since", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                ("saw_names", models.BooleanField(default=False)),
                ("saw_verdicts", models.BooleanField(default=False)),
                ("reopened_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("overlap", models.PositiveSmallIntegerField()),
                (
                    "criteria",
                    django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None),
                ),
                ("reason", models.TextField()),
                ("compared", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("levels", django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ("reason", models.TextField(blank=True)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("guideline_unclear", "Guideline_unclear"),
                            ("careless", "Careless"),
                            ("ambiguous_item", "Ambiguous_item"),
                            ("judge_wrong", "Judge_wrong"),
                            ("evidence_missing", "Evidence_missing"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("criterion", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("shown", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("saw_names", models.BooleanField()),
                ("saw_verdicts", models.BooleanField()),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("dealt_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="queueditem",
            name="settled_overlap",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="queueditem",
            index=models.Index(
                condition=models.Q(
                    ("overlap__gt", 1),
                    ("state", annotations.choices.QueueState["FULL"]),
                    models.Q(
                        ("settled_overlap__isnull", True),
                        models.Q(("settled_overlap", models.F("overlap")), _negated=True),
                        _connector="OR",
                    ),
                ),
                fields=["item"],
                name="unsettled_queue",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="holder",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="disputes",
                to="annotations.item",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="disputes",
                to="annotations.project",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="reopened_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="rubric",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotations.rubric"
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalations",
                to="annotations.item",
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotations.project"
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="adjudicator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="dealt_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="dispute",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rulings", to="annotations.dispute"
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rulings",
                to="annotations.item",
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="rubric",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotations.rubric"
            ),
        ),
        migrations.AddField(
            model_name="ruling",
            name="supersedes",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.ruling",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("state", annotations.choices.DisputeState["OPEN"])),
                fields=["project", "waits_since"],
                name="open_disputes",
            ),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["project", "state", "-id"], name="disputes_by_state"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(fields=("item", "rubric"), name="one_dispute_per_item_and_rubric"),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("holder__isnull", False)),
                fields=("project", "holder"),
                name="one_dispute_in_the_hands_of_an_adjudicator",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", annotations.choices.DisputeState["OPEN"]), ("holder__isnull", True), _connector="OR"
                ),
                name="only_open_disputes_are_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(fields=("item", "overlap"), name="one_escalation_per_item_and_overlap"),
        ),
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(
                condition=models.Q(("cause", annotations.choices.Cause["GUIDELINE_UNCLEAR"])),
                fields=["rubric", "criterion"],
                name="unclear_guidelines",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=("item", "rubric"),
                name="one_live_ruling_per_item_and_rubric",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", annotations.choices.Cause["GUIDELINE_UNCLEAR"]), ("criterion__isnull", False)),
                    models.Q(
                        models.Q(("cause", annotations.choices.Cause["GUIDELINE_UNCLEAR"]), _negated=True),
                        ("criterion__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="unclear_guidelines_name_their_criterion",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(("seconds__isnull", True), ("seconds__gte", 0), _connector="OR"),
                name="ruling_seconds_are_not_negative",
            ),
        ),
    ]
