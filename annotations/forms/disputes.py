"""Rulings, flags and comments, as they come from pages."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotations.choices import Cause, DisputeState, FlagReason
from annotations.forms.review import LONGEST_NOTE, Answer
from annotations.rubrics import RubricSpec
from annotations.services.rulings import NewRuling
from annotations.services.threads import LONGEST_COMMENT

CAUSES = {
    Cause.GUIDELINE_UNCLEAR: _("The guidelines are unclear"),
    Cause.CARELESS: _("Somebody was careless"),
    Cause.AMBIGUOUS_ITEM: _("The item can be read both ways"),
    Cause.JUDGE_WRONG: _("A judge is wrong"),
    Cause.EVIDENCE_MISSING: _("The evidence does not say"),
    Cause.OTHER: _("Something else"),
}
STATES = {
    DisputeState.OPEN: _("open"),
    DisputeState.RULED: _("ruled"),
    DisputeState.DROPPED: _("dropped"),
}
FLAG_REASONS = {
    FlagReason.BROKEN: _("Something is missing or broken"),
    FlagReason.UNSAFE: _("It is unsafe or offends"),
    FlagReason.PRIVATE: _("It tells who somebody is"),
    FlagReason.GUIDELINE: _("The guidelines do not cover it"),
    FlagReason.OTHER: _("Something else"),
}


class RulingForm(forms.Form):
    """The fields beside the levels; those are read as any answer is."""

    cause = forms.ChoiceField(choices=tuple(CAUSES.items()), error_messages={"required": _("Say why they differ.")})
    criterion = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    reason = forms.CharField(required=False, max_length=LONGEST_NOTE)
    is_gold = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict | None, *, spec: RubricSpec) -> None:
        super().__init__(data)
        self.spec = spec
        positions = [("", ""), *((str(n), criterion.name) for n, criterion in enumerate(spec.criteria))]
        self.fields["criterion"].choices = positions  # type: ignore[attr-defined]

    @property
    def answer(self) -> Answer:
        return Answer.read(self.spec, self.data)

    def ruling(self) -> NewRuling:
        """What the form says; a criterion named for another cause than the guidelines is not meant."""
        values = self.cleaned_data
        cause = Cause(values["cause"])
        data = self.data
        shown = data.getlist("shown") if isinstance(data, QueryDict) else []
        return NewRuling(
            levels=self.answer.levels,
            cause=cause,
            reason=values["reason"].strip(),
            criterion=values["criterion"] if cause == Cause.GUIDELINE_UNCLEAR else None,
            shown=tuple(int(pk) for pk in shown if pk.isdecimal()),
            seconds=self.answer.seconds,
            is_gold=values["is_gold"],
        )


class DisputeFilterForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("any")), *((s.value, STATES[s]) for s in DisputeState)]
    )
    cause = forms.ChoiceField(
        label=_("Cause"), required=False, choices=[("", _("any")), *((c.value, CAUSES[c]) for c in Cause)]
    )


class FlagForm(forms.Form):
    reason = forms.ChoiceField(label=_("What is the matter"), choices=tuple(FLAG_REASONS.items()))
    note = forms.CharField(label=_("Note"), required=False, max_length=LONGEST_NOTE)


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea)
    reply_to = forms.IntegerField(required=False)
