from __future__ import annotations

from typing import Any

from django import forms

from annotations.choices import Outcome
from annotations.models import Project
from annotations.models.fields import choices_of
from annotations.selectors.items import CellFilter, ItemFilter, slice_values

ANY = [("", "any")]


class ItemFilterForm(forms.Form):
    text = forms.CharField(
        required=False, label="Text or id", max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    slice = forms.ChoiceField(required=False, label="Slice")
    batch = forms.ChoiceField(required=False, label="Import")
    queue = forms.ChoiceField(
        required=False, label="Queue", choices=[*ANY, ("open", "open"), ("full", "full"), ("none", "not queued")]
    )
    people = forms.ChoiceField(required=False, label="People", choices=[*ANY, ("yes", "judged"), ("no", "not judged")])
    outcome = forms.ChoiceField(
        required=False, label="Outcome", choices=[*ANY, *((value, value) for value, _ in choices_of(Outcome))]
    )
    # behind a figure of the agreement page
    criterion = forms.CharField(required=False, widget=forms.HiddenInput)
    judge = forms.IntegerField(required=False, widget=forms.HiddenInput)
    judge_level = forms.RegexField(r"^(\d+|unread)$", required=False, widget=forms.HiddenInput)
    people_level = forms.IntegerField(required=False, widget=forms.HiddenInput)
    after = forms.CharField(required=False, widget=forms.HiddenInput)
    before = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slices = [(f"{name}={value}", f"{name}: {value}") for name, value in slice_values(project)]
        batches = project.batches.order_by("-pk").values_list("pk", "source_name")[:100]
        self.fields["slice"].choices = [*ANY, *slices]  # type: ignore[attr-defined]
        self.fields["batch"].choices = [*ANY, *batches]  # type: ignore[attr-defined]

    def wanted(self) -> ItemFilter:
        """The filter; fields with a fault count as left empty."""
        values = self.cleaned_data
        name, _, value = values.get("slice", "").partition("=")
        return ItemFilter(
            text=values.get("text", "").strip(),
            slice=(name, value) if name else None,
            batch_id=int(values["batch"]) if values.get("batch") else None,
            queue=values.get("queue") or None,
            has_people={"yes": True, "no": False}.get(values.get("people", "")),
            outcome=Outcome(values["outcome"]) if values.get("outcome") else None,
            cell=self._cell(),
        )

    def cell_fields(self) -> list[forms.BoundField]:
        """The hidden fields to keep when the visible ones are changed."""
        return [self[name] for name in ("criterion", "judge", "judge_level", "people_level") if self.data.get(name)]

    def _cell(self) -> CellFilter | None:
        values = self.cleaned_data
        if not values.get("criterion"):
            return None
        level = values.get("judge_level", "")
        return CellFilter(
            criterion=values["criterion"],
            judge=values.get("judge"),
            judge_level=int(level) if level.isdigit() else "unread" if level else None,
            people_level=values.get("people_level"),
        )
