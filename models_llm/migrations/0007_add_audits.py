import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import models_llm.choices


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0003_index_turns_of_a_rater"),
        ("models_llm", "0006_meter_runs_and_keep_calls"),
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
                        ],
                        default=models_llm.choices.WorkState["WAITING"],
                        max_length=8,
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
                ("started_at", models.DateTimeField(blank=True, null=True)),
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
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="audits", to="models_llm.judgeversion"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="audits", to="annotations.project"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                (models_llm.choices.WorkState["WAITING"], models_llm.choices.WorkState["RUNNING"]),
                            )
                        ),
                        fields=("judge_version", "seed", "most_items", "checks"),
                        name="one_unfinished_audit_per_request",
                    )
                ],
            },
        ),
    ]
