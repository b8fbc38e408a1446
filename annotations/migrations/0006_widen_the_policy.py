"""What a policy can say, and what that leaves in turns, answers, gold and the queue."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.math
from django.db import migrations, models

import annotations.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0005_claim_in_the_database"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="assignment",
            name="one_assignment_per_item_and_place",
        ),
        migrations.RemoveConstraint(
            model_name="judgement",
            name="one_live_judgement_per_rater_and_item",
        ),
        migrations.RemoveIndex(
            model_name="assignment",
            name="furthest_place_of_a_rater",
        ),
        migrations.RemoveIndex(
            model_name="queueditem",
            name="open_queue",
        ),
        migrations.RemoveField(
            model_name="reviewpolicy",
            name="reveal_after",
        ),
        migrations.AddField(
            model_name="assignment",
            name="mode_probability",
            field=models.FloatField(default=1),
        ),
        migrations.AddField(
            model_name="assignment",
            name="purpose",
            field=models.CharField(
                choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("second", "Second")],
                default=annotations.choices.Purpose["WORK"],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="second_look",
            field=models.CharField(
                blank=True, choices=[("", ""), ("kept", "Kept"), ("revised", "Revised")], max_length=8
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="shown",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.judgement",
            ),
        ),
        migrations.AddField(
            model_name="gold",
            name="explanation",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="gold",
            name="lot",
            field=models.FloatField(db_default=django.db.models.functions.math.Random()),
        ),
        migrations.AddField(
            model_name="gold",
            name="use",
            field=models.CharField(
                choices=[("known", "Known"), ("hidden", "Hidden"), ("training", "Training")],
                db_default=annotations.choices.GoldUse["KNOWN"],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="guideline",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.guideline",
            ),
        ),
        migrations.AddField(
            model_name="judgement",
            name="highlights",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="judgement",
            name="purpose",
            field=models.CharField(
                choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("second", "Second")],
                db_default=annotations.choices.Purpose["WORK"],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="is_reserved",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="skill",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="urgency",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="rater",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rater",
            name="qualified_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rater",
            name="skills",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="assist_share",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="blind_share",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="challenge_share",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="daily_target",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="gold_acceptable",
            field=models.FloatField(default=0.9),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="gold_bad",
            field=models.FloatField(default=0.7),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="gold_error",
            field=models.FloatField(default=0.05),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="gold_feedback",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="gold_share",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="may_skip",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="more_overlap",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="more_overlap_share",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="most_overlap",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="order",
            field=models.CharField(
                choices=[
                    ("random", "Random"),
                    ("given", "Given"),
                    ("priority", "Priority"),
                    ("uncertainty", "Uncertainty"),
                    ("disagreement", "Disagreement"),
                    ("coverage", "Coverage"),
                ],
                default=annotations.choices.Order["RANDOM"],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="reveal_share",
            field=models.FloatField(default=1),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="seed",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="shows_gold_accuracy",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="skill_slice",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="slice_key",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="slice_least",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="training_pass",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="reviewpolicy",
            name="uniform_share",
            field=models.FloatField(default=0.2),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="mode",
            field=models.CharField(
                choices=[("blind", "Blind"), ("reveal", "Reveal"), ("assist", "Assist"), ("challenge", "Challenge")],
                default=annotations.choices.Mode["BLIND"],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reviewpolicy",
            name="lease_s",
            field=models.PositiveIntegerField(default=900),
        ),
        migrations.AlterField(
            model_name="reviewpolicy",
            name="overlap",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("purpose", annotations.choices.Purpose["WORK"])),
                fields=["rater", "-position"],
                name="furthest_place_of_a_rater",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("purpose", annotations.choices.Purpose["WORK"]), _negated=True),
                fields=["rater", "position"],
                name="gold_and_training_of_a_rater",
            ),
        ),
        migrations.AddIndex(
            model_name="gold",
            index=models.Index(
                condition=models.Q(("use", annotations.choices.GoldUse["KNOWN"]), _negated=True),
                fields=["rubric", "use", "lot"],
                name="gold_in_use_by_lot",
            ),
        ),
        migrations.AddIndex(
            model_name="queueditem",
            index=models.Index(
                condition=models.Q(("is_reserved", False), ("state", annotations.choices.QueueState["OPEN"])),
                fields=["project", "skill", "position"],
                name="open_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="queueditem",
            index=models.Index(
                condition=models.Q(
                    ("is_reserved", False), ("state", annotations.choices.QueueState["OPEN"]), ("urgency__gt", 0)
                ),
                fields=["project", "-urgency", "position"],
                name="urgent_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("purpose", annotations.choices.Purpose["WORK"]),
                    (
                        "status__in",
                        [annotations.choices.AssignmentStatus["LEASED"], annotations.choices.AssignmentStatus["DONE"]],
                    ),
                ),
                fields=("item", "place"),
                name="one_assignment_per_item_and_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("superseded_at__isnull", True),
                    models.Q(("purpose", annotations.choices.Purpose["SECOND"]), _negated=True),
                ),
                fields=("rater", "item"),
                name="one_live_judgement_per_rater_and_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purpose", annotations.choices.Purpose["SECOND"]), ("superseded_at__isnull", True)),
                fields=("rater", "item"),
                name="one_second_look_per_rater_and_item",
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reservations", to="annotations.queueditem"
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="rater",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotations.rater"
            ),
        ),
        migrations.AddIndex(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("taken_at__isnull", True)), fields=["rater", "position"], name="open_reservations"
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(fields=("rater", "item"), name="one_reservation_per_rater_and_item"),
        ),
    ]
