"""Forms about annotators and gold."""

from __future__ import annotations

import re
from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

from annotations.choices import GoldUse
from annotations.selectors.gold import FEWEST_FOR_CONSENSUS

LONGEST_NOTE: Final = 2000
LONGEST_SKILL: Final = 120
GOLD_USES: Final = (
    (GoldUse.HIDDEN, _("hidden among the work")),
    (GoldUse.TRAINING, _("training, shown with its explanation")),
    (GoldUse.KNOWN, _("known only, given to nobody")),
)


class PauseForm(forms.Form):
    note = forms.CharField(max_length=LONGEST_NOTE, label=_("Reason"), help_text=_("The annotator reads it."))


class ResumeForm(forms.Form):
    note = forms.CharField(max_length=LONGEST_NOTE, required=False, label=_("Note"))


class SkillsForm(forms.Form):
    skills = forms.CharField(
        required=False, label=_("Skills"), help_text=_("Values of the policy’s skill slice, with commas between them.")
    )

    def clean_skills(self) -> list[str]:
        skills = [skill.strip() for skill in re.split(r"[,，、\n]", self.cleaned_data["skills"]) if skill.strip()]
        if any(len(skill) > LONGEST_SKILL for skill in skills):
            raise forms.ValidationError(_("A skill is at most 120 characters long."))
        return skills


class DrawGoldForm(forms.Form):
    n = forms.IntegerField(min_value=1, max_value=1000, initial=20, label=_("Items"))
    least = forms.IntegerField(
        min_value=FEWEST_FOR_CONSENSUS,
        max_value=50,
        initial=FEWEST_FOR_CONSENSUS,
        label=_("Answers that agree, at least"),
    )
    use = forms.ChoiceField(choices=GOLD_USES, label=_("Used as"))
    seed = forms.IntegerField(min_value=0, initial=0, label=_("Seed"))


class GoldForm(forms.Form):
    use = forms.ChoiceField(choices=GOLD_USES, label=_("Used as"))
    explanation = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=LONGEST_NOTE, label=_("Explanation")
    )
