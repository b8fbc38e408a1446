"""Words for what closed vocabularies and pure rooms hold, which know no language."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.translation import gettext_noop as _

from annotations.wording import say_stored

register = template.Library()

WORDS: Final = (
    # roles
    _("annotator"), _("adjudicator"), _("lead"), _("trainer"),
    # kinds of project, scales of criteria
    _("interest"), _("tag"), _("explanation"), _("preference"), _("custom"),
    _("binary"), _("ordinal"), _("nominal"),
    # outcomes of judgements
    _("rated"), _("unparsed"), _("refused"), _("truncated"), _("failed"),
    # where gold comes from, and what it is used as
    _("imported"), _("ruling"), _("consensus"), _("known"), _("hidden"), _("training"),
    # modes
    _("blind"), _("reveal"), _("assist"), _("challenge"),
    # what an import brings
    _("items"), _("judgements"), _("gold"),
    # orders of a draw
    _("random"), _("given"), _("priority"), _("uncertainty"), _("disagreement"), _("coverage"),
    # what cannot be ranked
    _("items without a group"),
    _("groups of one"),
    _("groups with more candidates than the rubric has places"),
    _("groups whose items have different evidence"),
    _("groups with items of more than one candidate"),
    # why a figure is not there, or not to be relied on, and what it is of
    _("no item was also rated by other people whose ratings have a majority"),
    _("no gold in use"),
    _("no item that people agree on"),
    _("no answer yet"),
    _("only one answer was ever given"),
    _("no verdict was revealed that differed"),
    _("no answer on gold yet"),
    _("no answer"),
    _("no turn yet"),
    _("nobody has had it yet"),
    _("too few answers for an interval"),
    _("too few turns"),
    _("one side gave the same number throughout"),
    _("the judge never gave this level"),
    _("people never gave this level"),
    _("no item was rated by two raters"),
    _("all ratings are at one level, so agreement by chance is complete"),
    _("items where people tie"),
    # statistics
    _("Percent agreement"), _("Fleiss' kappa"), _("Krippendorff's alpha, nominal"), _("Krippendorff's alpha, ordinal"),
    _("Krippendorff's alpha, interval"), _("Krippendorff's alpha, ratio"), _("Gwet's AC1"), _("Gwet's AC2, linear"),
    _("Gwet's AC2, quadratic"), _("Gwet's AC2, ordinal"), _("Brennan-Prediger"), _("Cohen's kappa, nominal"),
    _("Cohen's kappa, linear"), _("Cohen's kappa, quadratic"), _("Scott's pi"), _("Accuracy"), _("Majority baseline"),
    _("Precision"), _("Recall"), _("Specificity"), _("F1"), _("Macro precision"), _("Macro recall"), _("Macro F1"),
    _("Weighted precision"), _("Weighted F1"), _("Pearson's r"), _("Spearman's rho"), _("Kendall's tau-b"),
    _("Mean difference"), _("Root mean square difference"), _("Conger's kappa"), _("always the commonest level"),
    _("agrees with the majority"),
    _("always pass"), _("pairs in the same order"), _("pairs with the same answer, ties included"),
)  # fmt: skip
"""Written out, so that catalogues have them: a value comes from a table and stands in no source."""


@register.filter
def in_words(value: str) -> str:
    """A value of a vocabulary, or what a pure room or a service said, in the reader's language; else as it stands."""
    return say_stored(value)
