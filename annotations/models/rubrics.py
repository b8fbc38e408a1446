"""Versioned rubrics. A rubric is locked by its first rating, so a level's position means the same for ever."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from annotations.choices import RationaleNeed, Scale
from annotations.models.fields import choices_of
from annotations.models.projects import Project
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec

_locked_specs: dict[tuple[int, str], RubricSpec] = {}
"""Specs of locked rubrics by key and digest. A locked rubric never changes, so no process can hold a stale one."""


class Rubric(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rubrics")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    n_criteria = models.PositiveSmallIntegerField()
    locked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_rubric_per_project_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def spec(self) -> RubricSpec:
        """The rubric as plain data; two queries, and none where this process has read the locked rubric before."""
        if self.locked_at is not None and (self.pk, self.digest) in _locked_specs:
            return _locked_specs[self.pk, self.digest]
        criteria = self.criteria.order_by("position").prefetch_related(
            models.Prefetch("levels", queryset=Level.objects.order_by("position"))
        )
        spec = RubricSpec(name=self.name, criteria=tuple(criterion.spec() for criterion in criteria))
        if self.locked_at is not None:
            _locked_specs[self.pk, self.digest] = spec
        return spec


class Criterion(models.Model):
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60, allow_unicode=True)
    name = models.CharField(max_length=120)
    definition = models.TextField(blank=True)
    scale = models.CharField(max_length=12, choices=choices_of(Scale))
    passing_example = models.TextField(blank=True)
    failing_example = models.TextField(blank=True)
    rationale = models.CharField(max_length=24, choices=choices_of(RationaleNeed), db_default=RationaleNeed.OPTIONAL)
    is_ranking = models.BooleanField(db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric", "position"], name="one_criterion_per_rubric_and_position"),
            models.UniqueConstraint(fields=["rubric", "key"], name="one_criterion_per_rubric_and_key"),
        ]

    def __str__(self) -> str:
        return self.name

    def spec(self) -> CriterionSpec:
        return CriterionSpec(
            key=self.key,
            name=self.name,
            scale=Scale(self.scale),
            levels=tuple(level.spec() for level in self.levels.all()),
            definition=self.definition,
            passing_example=self.passing_example,
            failing_example=self.failing_example,
            rationale=RationaleNeed(self.rationale),
            is_ranking=self.is_ranking,
        )


class Level(models.Model):
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    value = models.FloatField(null=True, blank=True)
    passes = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criterion", "position"], name="one_level_per_criterion_and_position"),
            models.UniqueConstraint(fields=["criterion", "key"], name="one_level_per_criterion_and_key"),
        ]

    def __str__(self) -> str:
        return self.label

    def spec(self) -> LevelSpec:
        return LevelSpec(
            key=self.key, label=self.label, value=self.value, passes=self.passes, description=self.description
        )
