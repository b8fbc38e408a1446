from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.models import Project
from annotations.selectors.items import slice_values
from annotations.selectors.ratings import ItemSlice


class AgreementForm(forms.Form):
    slice = forms.ChoiceField(required=False, label=_("Slice"))

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slices = [(f"{name}={value}", f"{name}: {value}") for name, value in slice_values(project)]
        self.fields["slice"].choices = [("", _("all items")), *slices]  # type: ignore[attr-defined]

    def item_slice(self) -> ItemSlice | None:
        """The slice chosen; one that does not occur counts as none."""
        chosen = self.cleaned_data.get("slice")
        return ItemSlice.parse(chosen) if chosen else None
