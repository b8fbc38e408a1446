"""All tables, and the drawing of lots that a column of them is computed with."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.math
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import annotations.choices
import annotations.models.fields

# `annotations.allocation.lot` gives the same.
LOT = """
CREATE FUNCTION annotations_lot(seed bigint, what text, VARIADIC parts bigint[])
RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT ('x' || substr(md5(seed || '/' || what || '/' || array_to_string(parts, '/')), 1, 13))::bit(52)::bigint
        / 4503599627370496.0::double precision
$$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunSQL(LOT, "DROP FUNCTION annotations_lot(bigint, text, bigint[])"),
        migrations.CreateModel(
            name="Chore",
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
                ("action", models.CharField(max_length=12)),
                ("values", models.JSONField(default=dict)),
                ("wanted", models.JSONField(default=dict)),
                ("newest", models.BigIntegerField(blank=True, null=True)),
                ("query", models.TextField(blank=True)),
                ("n_agreed", models.PositiveBigIntegerField(blank=True, null=True)),
                ("n_found", models.PositiveBigIntegerField(default=0)),
                ("n_chosen", models.PositiveBigIntegerField(blank=True, null=True)),
                ("n_items", models.PositiveBigIntegerField(blank=True, null=True)),
                ("n_done", models.PositiveBigIntegerField(default=0)),
                ("n_changed", models.PositiveBigIntegerField(default=0)),
                (
                    "step",
                    models.CharField(
                        blank=True, choices=[("reading", "Reading"), ("queueing", "Queueing")], max_length=8
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order",
                    models.CharField(
                        choices=[
                            ("random", "Random"),
                            ("given", "Given"),
                            ("priority", "Priority"),
                            ("uncertainty", "Uncertainty"),
                            ("disagreement", "Disagreement"),
                            ("coverage", "Coverage"),
                        ],
                        max_length=12,
                    ),
                ),
                ("uniform_share", models.FloatField()),
                ("slice_key", models.CharField(blank=True, max_length=60)),
                ("slice_least", models.PositiveIntegerField()),
                ("n_wanted", models.PositiveBigIntegerField(blank=True, null=True)),
                ("seed", models.BigIntegerField()),
                ("n_items", models.PositiveBigIntegerField()),
                ("n_drawn", models.PositiveBigIntegerField()),
                ("n_added", models.PositiveBigIntegerField()),
                ("least_probability", models.FloatField()),
                ("most_probability", models.FloatField()),
                ("stream", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("left_out", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=200)),
                ("context", models.JSONField(default=dict)),
                ("candidates", models.JSONField(default=list)),
                ("slices", models.JSONField(default=dict)),
                ("group", models.CharField(blank=True, max_length=200, null=True)),
                ("content_digest", models.BinaryField(max_length=16)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("display_name", models.CharField(blank=True, max_length=120)),
                ("is_simulated", models.BooleanField(default=False, help_text="A program that plays a person.")),
                (
                    "theme",
                    models.CharField(
                        choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")], default="auto", max_length=10
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=10)),
                (
                    "review_keys",
                    models.JSONField(blank=True, default=dict, help_text="Keys that are not the usual, by action."),
                ),
                (
                    "submits_alone",
                    models.BooleanField(
                        blank=True, help_text="The last open choice submits; null: where it is the only one.", null=True
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("prefix", models.CharField(max_length=12)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("items", "Items"), ("judgements", "Judgements"), ("gold", "Gold")], max_length=12
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("complete", "Complete"),
                            ("failed", "Failed"),
                        ],
                        default=annotations.choices.BatchState["WAITING"],
                        max_length=12,
                    ),
                ),
                ("source_name", models.CharField(max_length=255)),
                (
                    "stored_path",
                    models.CharField(blank=True, help_text="An upload's place under MEDIA_ROOT.", max_length=500),
                ),
                ("file_digest", models.CharField(blank=True, max_length=64)),
                (
                    "mapping",
                    models.TextField(
                        blank=True, help_text="The mapping file as it was used; empty for the native shape."
                    ),
                ),
                (
                    "producer",
                    models.CharField(blank=True, help_text="Which model made the candidates.", max_length=200),
                ),
                ("round", models.PositiveIntegerField(blank=True, null=True)),
                ("is_strict", models.BooleanField(default=False)),
                ("n_read", models.PositiveBigIntegerField(default=0)),
                ("n_items", models.PositiveBigIntegerField(default=0)),
                ("n_judgements", models.PositiveBigIntegerField(default=0)),
                ("n_gold", models.PositiveBigIntegerField(default=0)),
                ("n_unchanged", models.PositiveBigIntegerField(default=0)),
                ("n_refused", models.PositiveBigIntegerField(default=0)),
                (
                    "unmapped",
                    models.JSONField(default=dict, help_text="Values that map to no level: how many, by reason."),
                ),
                ("error", models.TextField(blank=True)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
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
            ],
        ),
        migrations.CreateModel(
            name="ChoreItems",
            fields=[
                (
                    "chore",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="items",
                        serialize=False,
                        to="annotations.chore",
                    ),
                ),
                ("items", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.AddField(
            model_name="chore",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="DrawnFrom",
            fields=[
                (
                    "draw",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="drawn_from",
                        serialize=False,
                        to="annotations.draw",
                    ),
                ),
                ("items", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(), blank=True, null=True, size=None
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="draw",
            name="drawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="chore",
            name="draw",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.draw",
            ),
        ),
        migrations.CreateModel(
            name="QueuedItem",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="queued",
                        serialize=False,
                        to="annotations.item",
                    ),
                ),
                ("position", models.BigIntegerField()),
                ("overlap", models.PositiveSmallIntegerField()),
                ("skill", models.CharField(blank=True, db_default="", max_length=120)),
                ("urgency", models.PositiveSmallIntegerField(db_default=0)),
                ("is_reserved", models.BooleanField(db_default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("full", "Full")],
                        default=annotations.choices.QueueState["OPEN"],
                        max_length=6,
                    ),
                ),
                ("settled_overlap", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("probability", models.FloatField()),
                ("seed", models.BigIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="annotations.batch",
            ),
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("interest", "Interest"),
                            ("tag", "Tag"),
                            ("explanation", "Explanation"),
                            ("preference", "Preference"),
                            ("custom", "Custom"),
                        ],
                        max_length=12,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("is_simulated", models.BooleanField(default=False, help_text="Items or people are made up.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="items",
                to="annotations.project",
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("annotator", "Annotator"),
                            ("adjudicator", "Adjudicator"),
                            ("lead", "Lead"),
                            ("trainer", "Trainer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="annotations.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Guideline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="guidelines", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("broken", "Broken"),
                            ("unsafe", "Unsafe"),
                            ("private", "Private"),
                            ("guideline", "Guideline"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="flags",
                        to="annotations.item",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="flags",
                        to="annotations.project",
                    ),
                ),
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
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalations",
                        to="annotations.item",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="draw",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="draws", to="annotations.project"
            ),
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("is_by_lead", models.BooleanField(help_text="Whether the author was a lead of the project then.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reply_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replies",
                        to="annotations.comment",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="annotations.item"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="chore",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="%(class)ss", to="annotations.project"
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="batches", to="annotations.project"
            ),
        ),
        migrations.CreateModel(
            name="Rater",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "Person"), ("people", "People"), ("judge", "Judge")], max_length=8
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("is_simulated", models.BooleanField(default=False)),
                (
                    "skills",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list, size=None
                    ),
                ),
                ("qualified_at", models.DateTimeField(blank=True, null=True)),
                ("training_attempt", models.PositiveSmallIntegerField(db_default=1)),
                ("paused_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "guideline_read",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.guideline",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="raters", to="annotations.project"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="raters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[("gold", "Gold"), ("training", "Training"), ("lead", "Lead")], max_length=8
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("evidence", models.JSONField(blank=True, default=dict)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_note", models.TextField(blank=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="annotations.rater"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Judgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("rated", "Rated"),
                            ("unparsed", "Unparsed"),
                            ("refused", "Refused"),
                            ("truncated", "Truncated"),
                            ("failed", "Failed"),
                        ],
                        default=annotations.choices.Outcome["RATED"],
                        max_length=10,
                    ),
                ),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(null=True), size=None
                    ),
                ),
                (
                    "scores",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.FloatField(null=True), blank=True, null=True, size=None
                    ),
                ),
                (
                    "distributions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=annotations.models.fields.RealField(), blank=True, null=True, size=None
                    ),
                ),
                ("rationale", models.TextField(blank=True)),
                (
                    "rationales",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(blank=True), blank=True, null=True, size=None
                    ),
                ),
                ("seconds", models.FloatField(blank=True, null=True)),
                (
                    "visible",
                    models.CharField(
                        choices=[("blind", "Blind"), ("assisted", "Assisted"), ("unknown", "Unknown")],
                        default=annotations.choices.Visible["UNKNOWN"],
                        max_length=10,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("second", "Second")],
                        db_default=annotations.choices.Purpose["WORK"],
                        max_length=8,
                    ),
                ),
                ("highlights", models.JSONField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.batch",
                    ),
                ),
                (
                    "guideline",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.guideline",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="judgements", to="annotations.item"
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.judgement",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgements",
                        to="annotations.rater",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("overlap", models.PositiveSmallIntegerField(default=1)),
                ("more_overlap", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("more_overlap_share", models.FloatField(default=0)),
                (
                    "order",
                    models.CharField(
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
                ("uniform_share", models.FloatField(default=0.2)),
                ("slice_key", models.CharField(blank=True, max_length=60)),
                ("slice_least", models.PositiveIntegerField(default=0)),
                ("lease_s", models.PositiveIntegerField(default=900)),
                ("may_skip", models.BooleanField(default=True)),
                ("skill_slice", models.CharField(blank=True, max_length=60)),
                ("gold_share", models.FloatField(default=0)),
                ("gold_feedback", models.BooleanField(default=False)),
                ("shows_gold_accuracy", models.BooleanField(default=False)),
                ("gold_acceptable", models.FloatField(default=0.9)),
                ("gold_bad", models.FloatField(default=0.7)),
                ("gold_error", models.FloatField(default=0.05)),
                ("training_pass", models.FloatField(blank=True, null=True)),
                ("blind_share", models.FloatField(default=0)),
                ("reveal_share", models.FloatField(default=1)),
                ("assist_share", models.FloatField(default=0)),
                ("challenge_share", models.FloatField(default=0)),
                ("most_overlap", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("daily_target", models.PositiveIntegerField(blank=True, null=True)),
                ("seed", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="policies", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="draw",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.reviewpolicy",
            ),
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("place", models.PositiveSmallIntegerField()),
                ("overlap", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("leased", "Leased"),
                            ("done", "Done"),
                            ("skipped", "Skipped"),
                            ("expired", "Expired"),
                        ],
                        default=annotations.choices.AssignmentStatus["LEASED"],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("second", "Second")],
                        default=annotations.choices.Purpose["WORK"],
                        max_length=8,
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("blind", "Blind"),
                            ("reveal", "Reveal"),
                            ("assist", "Assist"),
                            ("challenge", "Challenge"),
                        ],
                        default=annotations.choices.Mode["BLIND"],
                        max_length=10,
                    ),
                ),
                ("mode_probability", models.FloatField(default=1)),
                (
                    "second_look",
                    models.CharField(
                        blank=True, choices=[("", ""), ("kept", "Kept"), ("revised", "Revised")], max_length=8
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(db_default=1)),
                ("probability", models.FloatField()),
                ("seed", models.BigIntegerField(blank=True, null=True)),
                (
                    "is_swapped",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.lookups.LessThan(
                            models.Func(
                                django.db.models.functions.comparison.Coalesce(models.F("seed"), 0),
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
                (
                    "shown_order",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, null=True, size=None
                    ),
                ),
                ("leased_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_expires_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("skip_reason", models.CharField(blank=True, max_length=40)),
                ("skip_note", models.TextField(blank=True)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="annotations.item",
                    ),
                ),
                (
                    "judgement",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignment",
                        to="annotations.judgement",
                    ),
                ),
                (
                    "shown",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.judgement",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotations.project",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="annotations.rater",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.reviewpolicy",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RowRefusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row_number", models.PositiveBigIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("message", models.TextField()),
                ("content", models.TextField(blank=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="refusals", to="annotations.batch"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rubric",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64)),
                ("n_criteria", models.PositiveSmallIntegerField()),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rubrics", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="judgement",
            name="rubric",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotations.rubric"
            ),
        ),
        migrations.CreateModel(
            name="Gold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "levels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(null=True), size=None
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("imported", "Imported"), ("ruling", "Ruling"), ("consensus", "Consensus")],
                        max_length=10,
                    ),
                ),
                (
                    "use",
                    models.CharField(
                        choices=[("known", "Known"), ("hidden", "Hidden"), ("training", "Training")],
                        db_default=annotations.choices.GoldUse["KNOWN"],
                        max_length=8,
                    ),
                ),
                ("explanation", models.TextField(blank=True, db_default="")),
                ("lot", models.FloatField(db_default=django.db.models.functions.math.Random())),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.batch",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="gold",
                        to="annotations.item",
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
                (
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disputes",
                        to="annotations.item",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disputes",
                        to="annotations.project",
                    ),
                ),
                (
                    "rubric",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.rubric",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("key", models.SlugField(allow_unicode=True, max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("definition", models.TextField(blank=True)),
                (
                    "scale",
                    models.CharField(
                        choices=[
                            ("binary", "Binary"),
                            ("ordinal", "Ordinal"),
                            ("nominal", "Nominal"),
                            ("preference", "Preference"),
                        ],
                        max_length=12,
                    ),
                ),
                ("passing_example", models.TextField(blank=True)),
                ("failing_example", models.TextField(blank=True)),
                (
                    "rationale",
                    models.CharField(
                        choices=[
                            ("optional", "Optional"),
                            ("required_when_failing", "Required_when_failing"),
                            ("required", "Required"),
                        ],
                        db_default=annotations.choices.RationaleNeed["OPTIONAL"],
                        max_length=24,
                    ),
                ),
                ("is_ranking", models.BooleanField(db_default=False)),
                (
                    "rubric",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="criteria", to="annotations.rubric"
                    ),
                ),
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
                (
                    "adjudicator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "dealt_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rulings", to="annotations.dispute"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rulings",
                        to="annotations.item",
                    ),
                ),
                (
                    "rubric",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.rubric",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="annotations.ruling",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField(blank=True)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="annotations.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.CharField(max_length=500)),
                ("seed", models.CharField(max_length=64)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("judgement", "Judgement"),
                                ("ruling", "Ruling"),
                                ("pause", "Pause"),
                                ("queue_complete", "Queue_complete"),
                                ("run_complete", "Run_complete"),
                                ("test", "Test"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("free_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("knows_complete", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="annotations.project"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("judgement", "Judgement"),
                            ("ruling", "Ruling"),
                            ("pause", "Pause"),
                            ("queue_complete", "Queue_complete"),
                            ("run_complete", "Run_complete"),
                            ("test", "Test"),
                        ],
                        max_length=20,
                    ),
                ),
                ("body", models.TextField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("status_code", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("reply", models.TextField(blank=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_attempt_at", models.DateTimeField(blank=True, null=True)),
                ("next_attempt_at", models.DateTimeField(blank=True, default=django.utils.timezone.now, null=True)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="annotations.webhook",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "rater",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotations.rater",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reservations",
                        to="annotations.queueditem",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="queueditem",
            name="draw",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="added",
                to="annotations.draw",
            ),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="annotations.reviewpolicy",
            ),
        ),
        migrations.AddField(
            model_name="queueditem",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="queue",
                to="annotations.project",
            ),
        ),
        migrations.CreateModel(
            name="QueuedCandidate",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="queued_candidate",
                        serialize=False,
                        to="annotations.item",
                    ),
                ),
                (
                    "queued",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidates",
                        to="annotations.queueditem",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Level",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("key", models.CharField(max_length=60)),
                ("label", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True)),
                ("value", models.FloatField(blank=True, null=True)),
                ("passes", models.BooleanField(blank=True, null=True)),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="levels", to="annotations.criterion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("criterion", "position"), name="one_level_per_criterion_and_position"
                    ),
                    models.UniqueConstraint(fields=("criterion", "key"), name="one_level_per_criterion_and_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "comment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="annotations.comment"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotations.project",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "project", "-id"], name="mentions_of_a_member"),
                    models.Index(
                        condition=models.Q(("seen_at__isnull", True)),
                        fields=["user", "project"],
                        name="unseen_mentions",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("comment", "user"), name="one_mention_per_comment_and_user")
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("annotator", "Annotator"),
                            ("adjudicator", "Adjudicator"),
                            ("lead", "Lead"),
                            ("trainer", "Trainer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="annotations.project",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "user"), name="one_membership_per_project_and_user")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("group__isnull", False)), fields=["project", "group"], name="item_by_group"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["project", "content_digest"], name="item_by_content"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                fields=("project", "external_id"), name="one_item_per_project_and_external_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="guideline",
            constraint=models.UniqueConstraint(
                fields=("project", "version"), name="one_guideline_per_project_and_version"
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["item"], name="flags_of_an_item"),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(
                condition=models.Q(("resolved_at__isnull", True)), fields=["project", "-id"], name="open_flags"
            ),
        ),
        migrations.AddIndex(
            model_name="flag",
            index=models.Index(fields=["project", "-id"], name="flags_of_a_project"),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at__isnull", True)),
                fields=("item", "user"),
                name="one_open_flag_per_item_and_user",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.UniqueConstraint(fields=("item", "overlap"), name="one_escalation_per_item_and_overlap"),
        ),
        migrations.AddConstraint(
            model_name="comment",
            constraint=models.CheckConstraint(
                condition=models.Q(("reply_to__isnull", True), ("resolved_at__isnull", True), _connector="OR"),
                name="only_threads_are_resolved",
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.UniqueConstraint(
                fields=("project", "kind", "name"), name="one_rater_per_project_kind_and_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)),
                fields=("project", "user"),
                name="one_rater_per_project_and_user",
            ),
        ),
        migrations.AddConstraint(
            model_name="rater",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("user__isnull", True), ("kind", annotations.choices.RaterKind["PERSON"]), _connector="OR"
                ),
                name="only_a_person_has_a_user",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)), fields=("rater",), name="one_running_pause_per_rater"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.UniqueConstraint(
                fields=("project", "version"), name="one_policy_per_project_and_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("overlap__gte", 1)), name="policy_overlap_is_at_least_one"
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status", annotations.choices.AssignmentStatus["LEASED"])),
                fields=["project", "lease_expires_at"],
                name="running_leases",
            ),
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
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status", annotations.choices.AssignmentStatus["LEASED"])),
                fields=["rater"],
                name="leases_of_a_rater",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("status", annotations.choices.AssignmentStatus["DONE"])),
                fields=["rater", "-finished_at"],
                name="finished_work_of_a_rater",
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
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", annotations.choices.AssignmentStatus["EXPIRED"]), _negated=True),
                fields=("rater", "item", "attempt"),
                name="once_per_annotator_and_item",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("place__lt", models.F("overlap"))), name="place_is_below_overlap"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("judgement__isnull", False), ("status", annotations.choices.AssignmentStatus["DONE"])),
                    models.Q(
                        models.Q(("status", annotations.choices.AssignmentStatus["DONE"]), _negated=True),
                        ("judgement__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="done_means_judged",
            ),
        ),
        migrations.AddConstraint(
            model_name="rubric",
            constraint=models.UniqueConstraint(
                fields=("project", "version"), name="one_rubric_per_project_and_version"
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
        migrations.AddConstraint(
            model_name="judgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("seconds__isnull", True), ("seconds__gte", 0), _connector="OR"),
                name="judgement_seconds_are_not_negative",
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
        migrations.AddConstraint(
            model_name="gold",
            constraint=models.UniqueConstraint(fields=("item", "rubric"), name="one_gold_per_item_and_rubric"),
        ),
        migrations.AddConstraint(
            model_name="gold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("retired_at__isnull", True), ("use", annotations.choices.GoldUse["KNOWN"]), _connector="OR"
                ),
                name="retired_gold_is_not_in_use",
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
            model_name="criterion",
            constraint=models.UniqueConstraint(
                fields=("rubric", "position"), name="one_criterion_per_rubric_and_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.UniqueConstraint(fields=("rubric", "key"), name="one_criterion_per_rubric_and_key"),
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
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(
                fields=("project", "owner", "name"), name="one_saved_view_per_project_owner_and_name"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["webhook", "-id"], name="deliveries_of_a_webhook"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_attempt_at__isnull", False)),
                fields=["webhook", "next_attempt_at"],
                name="deliveries_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivered_at__isnull", True), ("next_attempt_at__isnull", True), _connector="OR"),
                name="what_is_delivered_is_not_sent_again",
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
        migrations.AddIndex(
            model_name="queueditem",
            index=models.Index(
                condition=models.Q(("is_reserved", True), ("state", annotations.choices.QueueState["OPEN"])),
                fields=["project"],
                name="open_reserved_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueditem",
            constraint=models.UniqueConstraint(fields=("project", "position"), name="one_queued_item_per_position"),
        ),
        migrations.AddConstraint(
            model_name="queueditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("probability__gt", 0), ("probability__lte", 1)),
                name="selection_probability_is_in_0_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("overlap__gte", 1)), name="queued_overlap_is_at_least_one"
            ),
        ),
    ]
