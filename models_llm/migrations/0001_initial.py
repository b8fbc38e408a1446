"""All tables."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import annotations.choices
import annotations.models.fields
import models_llm.choices


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("annotations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("seed", models.PositiveIntegerField(default=0)),
                ("most_items", models.PositiveIntegerField(help_text="Items to draw, where the project has so many.")),
                (
                    "checks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        help_text="Keys of the checks, in the order of the suite.",
                        size=None,
                    ),
                ),
                (
                    "n_done",
                    models.PositiveIntegerField(default=0, help_text="Items judged so far, as they are and altered."),
                ),
                (
                    "n_trials",
                    models.PositiveIntegerField(default=0, help_text="Items to judge, as they are and altered."),
                ),
                (
                    "report",
                    models.JSONField(
                        blank=True,
                        help_text="`models_llm.bias.AuditReport` as JSON, once the state is ready.",
                        null=True,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Dataset",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "shape",
                    models.CharField(
                        choices=[("judged", "Judged"), ("sft", "Sft"), ("kto", "Kto"), ("dpo", "Dpo")], max_length=8
                    ),
                ),
                ("format", models.CharField(choices=[("parquet", "Parquet"), ("jsonl", "Jsonl")], max_length=8)),
                ("params", models.JSONField(default=dict)),
                ("manifest", models.JSONField(blank=True, null=True)),
                ("digest", models.CharField(blank=True, help_text="SHA-256 of the manifest.", max_length=64)),
                ("n_rows", models.PositiveBigIntegerField(default=0)),
                (
                    "directory",
                    models.CharField(
                        blank=True, help_text="Under EXPORT_ROOT; whole once it is there.", max_length=500
                    ),
                ),
                (
                    "n_items",
                    models.PositiveBigIntegerField(default=0, help_text="Items to read, known once it is being built."),
                ),
                ("n_read", models.PositiveBigIntegerField(default=0)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Judge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pointwise", "Pointwise"),
                            ("baseline", "Baseline"),
                            ("per_criterion", "Per_criterion"),
                            ("senior_reviewer", "Senior_reviewer"),
                            ("pairwise", "Pairwise"),
                            ("listwise", "Listwise"),
                            ("jury", "Jury"),
                            ("reward_model", "Reward_model"),
                            ("recorded", "Recorded"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judges", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JudgedTrial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="SHA-256 of what was asked.", max_length=64)),
                ("verdict", models.JSONField()),
                (
                    "audit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judged", to="models_llm.audit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JudgeVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("engine", models.CharField(blank=True, max_length=40)),
                ("model", models.CharField(blank=True, max_length=200)),
                ("revision", models.CharField(blank=True, max_length=200)),
                ("config", models.JSONField(default=dict, help_text="Sampling, engine address, prompt template.")),
                ("prompt_digest", models.CharField(blank=True, max_length=64)),
                (
                    "digest",
                    models.CharField(
                        blank=True,
                        db_index=True,
                        help_text="SHA-256 of all that decides a verdict: equal versions judge alike.",
                        max_length=64,
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        choices=[("judge", "Judge"), ("engine", "Engine")],
                        default=models_llm.choices.Queue["JUDGE"],
                        max_length=8,
                    ),
                ),
                ("artifact", models.BinaryField(blank=True, help_text="A fitted judge's parameters.", null=True)),
                ("artifact_digest", models.CharField(blank=True, max_length=64)),
                (
                    "evaluation",
                    models.JSONField(blank=True, help_text="Held-out figures and what they were made on.", null=True),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "judge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="models_llm.judge"
                    ),
                ),
                (
                    "rater",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judge_version",
                        to="annotations.rater",
                    ),
                ),
                (
                    "rubric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotations.rubric"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Fit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("name", models.CharField(help_text="Of the judge whose next version it makes.", max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pointwise", "Pointwise"),
                            ("baseline", "Baseline"),
                            ("per_criterion", "Per_criterion"),
                            ("senior_reviewer", "Senior_reviewer"),
                            ("pairwise", "Pairwise"),
                            ("listwise", "Listwise"),
                            ("jury", "Jury"),
                            ("reward_model", "Reward_model"),
                            ("recorded", "Recorded"),
                        ],
                        default=models_llm.choices.JudgeKind["BASELINE"],
                        max_length=20,
                    ),
                ),
                (
                    "params",
                    models.JSONField(
                        default=dict, help_text="What this kind of judge is asked for beside seed and share."
                    ),
                ),
                ("seed", models.PositiveIntegerField()),
                ("held_out_share", models.FloatField()),
                ("step", models.TextField(blank=True, help_text="What the worker is at.")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fit",
                        to="models_llm.judgeversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DraftTrial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "content",
                    models.JSONField(
                        blank=True,
                        help_text="Context and candidates that were typed in, instead of an item.",
                        null=True,
                    ),
                ),
                (
                    "document",
                    models.JSONField(help_text="The draft as it was asked, as `services.judge_documents` reads it."),
                ),
                ("settings", models.JSONField(help_text="What the draft would freeze.")),
                ("queue", models.CharField(choices=[("judge", "Judge"), ("engine", "Engine")], max_length=8)),
                (
                    "result",
                    models.JSONField(
                        blank=True, help_text="Verdicts of `draft` and `saved`, once it is ready.", null=True
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotations.item",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft_trials",
                        to="models_llm.judgeversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Calibration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "seed",
                    models.PositiveIntegerField(
                        default=0, help_text="Deals the groups into folds and draws the resamples."
                    ),
                ),
                (
                    "document",
                    models.JSONField(
                        blank=True, help_text="Maps and figures by criterion, once it is ready.", null=True
                    ),
                ),
                (
                    "examples",
                    models.BinaryField(
                        blank=True,
                        help_text="The items with both probabilities of each, as a NumPy archive.",
                        null=True,
                    ),
                ),
                (
                    "examples_digest",
                    models.CharField(blank=True, help_text="SHA-256 of what it was fitted on.", max_length=64),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calibrations",
                        to="models_llm.judgeversion",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="audit",
            name="judge_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="audits", to="models_llm.judgeversion"
            ),
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "Preparing"),
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("cancelled", "Cancelled"),
                            ("complete", "Complete"),
                        ],
                        default=models_llm.choices.RunState["PREPARING"],
                        max_length=10,
                    ),
                ),
                ("selection", models.JSONField(default=dict, help_text="Which items were chosen, as it was asked.")),
                (
                    "n_items",
                    models.PositiveBigIntegerField(blank=True, help_text="Empty until they are drawn.", null=True),
                ),
                ("shard_size", models.PositiveIntegerField(help_text="Items that a worker leases at once.")),
                ("seed", models.BigIntegerField(default=0)),
                (
                    "priority",
                    models.SmallIntegerField(
                        default=0, help_text="Of runs that wait for the same workers, higher first."
                    ),
                ),
                (
                    "most_tokens",
                    models.PositiveBigIntegerField(blank=True, help_text="Budget; empty: none.", null=True),
                ),
                (
                    "most_cost",
                    models.FloatField(blank=True, help_text="Budget, in the price list's currency.", null=True),
                ),
                (
                    "most_gpu_s",
                    models.FloatField(blank=True, help_text="Budget, in seconds of an accelerator.", null=True),
                ),
                ("note", models.TextField(blank=True, help_text="Why it stands still, where nobody paused it.")),
                (
                    "retry_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it goes on by itself after an outage; empty: it does not.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "leased_by",
                    models.CharField(blank=True, help_text="Who prepares it; empty: nobody yet.", max_length=120),
                ),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that prepares it, is waited for.",
                        null=True,
                    ),
                ),
                (
                    "prepared_at",
                    models.DateTimeField(blank=True, help_text="When all its shards were there.", null=True),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="models_llm.judgeversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Retry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default=annotations.choices.WorkState["WAITING"],
                        max_length=9,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Times a worker took it.")),
                (
                    "lease_expires_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Until when its message, or the worker that builds it, is waited for.",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, help_text="When a worker took it last.", null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcomes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("rated", "Rated"),
                                ("unparsed", "Unparsed"),
                                ("refused", "Refused"),
                                ("truncated", "Truncated"),
                                ("failed", "Failed"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                    ),
                ),
                (
                    "item_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        help_text="Only these; empty: all.",
                        null=True,
                        size=None,
                    ),
                ),
                (
                    "n_items",
                    models.PositiveBigIntegerField(blank=True, help_text="How many are judged again.", null=True),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="retries", to="models_llm.run"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Shard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prompt_tokens", models.BigIntegerField(blank=True, null=True)),
                ("cached_tokens", models.BigIntegerField(blank=True, null=True)),
                ("completion_tokens", models.BigIntegerField(blank=True, null=True)),
                ("queue_s", models.FloatField(default=0)),
                ("engine_s", models.FloatField(default=0)),
                ("gpu_s", models.FloatField(default=0)),
                ("cost", models.FloatField(blank=True, null=True)),
                ("number", models.PositiveIntegerField()),
                ("item_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "redo_before",
                    models.DateTimeField(
                        blank=True,
                        help_text="Verdicts made before this are superseded; empty: items with one are left.",
                        null=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("leased", "Leased"), ("done", "Done")],
                        default=models_llm.choices.ShardState["WAITING"],
                        max_length=8,
                    ),
                ),
                ("leased_by", models.CharField(blank=True, max_length=120)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "sent_at",
                    models.DateTimeField(blank=True, help_text="When it was given out; empty: it waits.", null=True),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True, help_text="What ended the last attempt.")),
                ("n_rated", models.IntegerField(default=0)),
                ("n_unparsed", models.IntegerField(default=0)),
                ("n_refused", models.IntegerField(default=0)),
                ("n_truncated", models.IntegerField(default=0)),
                ("n_failed", models.IntegerField(default=0)),
                ("n_copied", models.IntegerField(default=0, help_text="Of these, taken over from an equal item.")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shards", to="models_llm.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                ("prompt_tokens", models.BigIntegerField(blank=True, null=True)),
                ("cached_tokens", models.BigIntegerField(blank=True, null=True)),
                ("completion_tokens", models.BigIntegerField(blank=True, null=True)),
                ("queue_s", models.FloatField(default=0)),
                ("engine_s", models.FloatField(default=0)),
                ("gpu_s", models.FloatField(default=0)),
                ("cost", models.FloatField(blank=True, null=True)),
                (
                    "judgement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="verdict",
                        serialize=False,
                        to="annotations.judgement",
                    ),
                ),
                ("calls", models.JSONField(default=list)),
                (
                    "masses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=annotations.models.fields.RealField(null=True), blank=True, null=True, size=None
                    ),
                ),
                ("error", models.TextField(blank=True)),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("low_mass", "Low_mass"),
                                ("resampled", "Resampled"),
                                ("no_rationale", "No_rationale"),
                                ("orders_disagree", "Orders_disagree"),
                                ("member_left_out", "Member_left_out"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "copied_from",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="The verdict on an equal item that this one repeats at no cost.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="models_llm.verdict",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="verdicts",
                        to="models_llm.run",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="judge",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="one_judge_per_project_and_name"),
        ),
        migrations.AddConstraint(
            model_name="judgedtrial",
            constraint=models.UniqueConstraint(fields=("audit", "key"), name="one_verdict_per_audit_and_key"),
        ),
        migrations.AddConstraint(
            model_name="judgeversion",
            constraint=models.UniqueConstraint(fields=("judge", "number"), name="one_version_per_judge_and_number"),
        ),
        migrations.AddConstraint(
            model_name="fit",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", (annotations.choices.WorkState["WAITING"], annotations.choices.WorkState["RUNNING"]))
                ),
                fields=("project", "name", "kind", "params", "seed", "held_out_share"),
                name="one_unfinished_fit_per_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="calibration",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", (annotations.choices.WorkState["WAITING"], annotations.choices.WorkState["RUNNING"]))
                ),
                fields=("judge_version", "seed"),
                name="one_unfinished_calibration_per_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="audit",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", (annotations.choices.WorkState["WAITING"], annotations.choices.WorkState["RUNNING"]))
                ),
                fields=("judge_version", "seed", "most_items", "checks"),
                name="one_unfinished_audit_per_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            models_llm.choices.RunState["PREPARING"],
                            models_llm.choices.RunState["PAUSED"],
                            models_llm.choices.RunState["CANCELLED"],
                        ],
                    ),
                    models.Q(("n_items__isnull", False), ("prepared_at__isnull", False)),
                    _connector="OR",
                ),
                name="run_is_prepared_before_it_judges",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retry_at__isnull", True), ("state", models_llm.choices.RunState["PAUSED"]), _connector="OR"
                ),
                name="run_is_retried_where_it_is_paused",
            ),
        ),
        migrations.AddIndex(
            model_name="shard",
            index=models.Index(
                condition=models.Q(("state", models_llm.choices.ShardState["DONE"]), _negated=True),
                fields=["run", "number"],
                name="open_shards",
            ),
        ),
        migrations.AddIndex(
            model_name="shard",
            index=models.Index(
                condition=models.Q(
                    models.Q(("state", models_llm.choices.ShardState["DONE"]), _negated=True),
                    ("sent_at__isnull", False),
                ),
                fields=["run"],
                name="shards_on_their_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="shard",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="one_shard_per_run_and_number"),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(
                condition=models.Q(("flags", []), _negated=True), fields=["run"], name="flagged_verdicts"
            ),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(fields=["run", "judgement"], name="verdicts_of_a_run"),
        ),
        migrations.AddIndex(
            model_name="verdict",
            index=models.Index(
                condition=models.Q(("error", ""), _negated=True), fields=["run", "judgement"], name="unrated_verdicts"
            ),
        ),
    ]
