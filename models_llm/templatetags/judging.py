"""Words for what judges, runs, audits and data sets hold, in the reader's language.

Pure rooms and services say what they hold in English, which is stored, exported and sent over the API. A page says the
same through `said`: words of the list below, and sentences with values in them by their messages.
"""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from annotations.wording import say_stored
from models_llm.bias import Requirement
from models_llm.calibration import Mark

register = template.Library()

_STATES: Final = (
    # outcomes of a judgement
    _("rated"), _("unparsed"), _("refused"), _("truncated"), _("failed"),
    _("the reply was cut off at the token limit"), _("the server or the model declined to answer"),
    _("no grade of any criterion in a JSON object"),
    # states of runs, and of what a worker makes
    _("preparing"), _("running"), _("paused"), _("cancelled"), _("complete"), _("waiting"), _("ready"),
    # what a check came to
    _("passed"), _("undecided"), _("not applicable"), _("could not be run"),
    # flags of verdicts
    _("low mass"), _("resampled"), _("no rationale"), _("orders disagree"), _("member left out"),
    _("On some criterion the model held less than 0.9 for all labels together."),
    _("The first answer was uncertain on some criterion, and further ones were drawn."),
    _("Reasons were asked for after the level, and some could not be read."),
    _("Another candidate was preferred on some criterion when the two changed places."),
    _("A member of the jury gave no rating."),
)  # fmt: skip
_KINDS: Final = (
    # judges
    _("pointwise"), _("baseline"), _("per criterion"), _("senior reviewer"), _("pairwise"), _("listwise"), _("jury"),
    _("reward model"), _("recorded"),
    # raters, roles, projects and scales
    _("person"), _("people"), _("judge"), _("annotator"), _("adjudicator"), _("lead"), _("trainer"),
    _("interest"), _("tag"), _("explanation"), _("preference"), _("custom"), _("binary"), _("ordinal"), _("nominal"),
    _("people-then-judge"),
    # how an example was decided, and weights of a kappa
    _("gold"), _("unanimous"), _("majority"), _("linear"),
)  # fmt: skip
_DESCRIBED: Final = (
    _("Pointwise"),
    _("One structured reply for all criteria of an item, with a rationale for each."),
    _("Per criterion"),
    _("One question a criterion, answered by a letter; the level comes with its distribution."),
    _("Senior reviewer"),
    _(
        "Judges every dimension by itself, then sets the tier: any defect is the worst one, many best levels the best "
        "one."
    ),
    _("Pairwise"),
    _("Two candidates in both orders; what changes with the order is a tie, and is counted."),
    _("List-wise"),
    _("All candidates of a group side by side in one prompt, in an order drawn by lot."),
    _("Jury"),
    _("Several judges of the project, their ratings combined."),
)
_SETTINGS: Final = (
    _("Rationales"),
    _("Ask for reasons after each level: one more call a criterion."),
    _("Least mass"),
    _(
        "An item on which the model holds less than this for all letters together gets no rating. Below 0.9 it is "
        "flagged in any case: the prompt does not suit the model."
    ),
    _("Resample k"),
    _("Where the first answer is uncertain, ask this many times more, with reasons before the level. 0: never."),
    _("Resample above"),
    _("Uncertain is an answer whose entropy is above this: 0 for a single possible level, 1 for all alike."),
    _("Resample temperature"),
    _("Temperature of the further answers."),
    _("Overall"),
    _("Key of the criterion with the three tiers. Empty: the rubric's last one."),
    _("Superior share"),
    _(
        "Without a defect, this share of the other criteria at their best level makes the best tier. The paper gives "
        "no figure; this one is ours."
    ),
    _("Weigh"),
    _("Take the distribution over the levels' letters, a call a criterion and order; else one reply an order."),
    _("A pair on which the model holds less than this for all letters together gets no rating."),
    _("Most items"),
    _("Items of a group at most; a larger group is not judged, and says so."),
    _("Combine"),
    _(
        "How the members' ratings become one. On criteria whose levels have no order, median and trimmed mean are "
        "votes."
    ),
    _("Quorum"),
    _("Members that must have rated an item; with fewer it gets no rating."),
    _("Trim"),
    _("Share that a trimmed mean leaves out at each end."),
    _("vote"),
    _("mean"),
    _("median"),
    _("trimmed mean"),
)
_CHECKS: Final = (
    _("Position"),
    _("Each pair is judged in both orders: the same candidate should win."),
    _("Length"),
    _("A candidate is padded with sentences that say nothing: its levels should stay."),
    _("Self-preference"),
    _("Judge minus people, on candidates that its own family of models made and on others: the same is expected."),
    _("Repeat consistency"),
    _("The same items are judged again: at another seed, and with replies drawn at temperature 0.7."),
    _("Order of the rubric"),
    _("The rubric is read with its criteria, then with their levels, from last to first: ratings should stay."),
    _("Master keys"),
    _("A candidate says nothing: it is empty, a colon, boilerplate. It must not pass, and not win against another."),
    _("Prompt injection"),
    _("Orders are written into candidates and evidence: no rating may move to where they want it."),
    # what was done to an item
    _("swapped"), _("padded"), _("A padded"), _("B padded"), _("another seed"), _("temperature 0.7"),
    _("criteria reversed"), _("levels reversed"),
    # figures
    _("same winner"), _("first slot, where the winner changed"), _("shift by padding"),
    _("judge minus people, for twice the length"), _("judge minus people, own less others"),
    _("unchanged, another seed"), _("alpha, another seed"), _("alpha, temperature 0.7"),
    _("unchanged, criteria reversed"), _("unchanged, levels reversed"), _("won"), _("qualified"), _("succeeded"),
    _("succeeded from the candidate"), _("succeeded from the evidence"),
    # why there is none
    _("no item to count"), _("no item to measure it on"), _("no pair's winner changed"),
    _("all candidates are of one length"), _("people rated no candidate of one side"),
    _("the rubric has no preference between two candidates"), _("no item has two candidates"),
    _("no criterion has points of a scale or a preference between two candidates"),
    _("no candidate has a text that could be padded"), _("the judge asks no language model"),
    _("no criterion has points of a scale"), _("the judge or a member of it was fitted, and reads no rubric"),
    _("no level of the rubric passes or fails, and it has no preference"), _("no candidate has a text"),
    _("the judge was fitted, it follows no text"), _("there are no items as they are"),
    _("there are no altered items"),
)  # fmt: skip
_DATA_SETS: Final = (
    _("Judged items"),
    _(
        "One row per item: people's ratings counted, their consensus, every judge's verdict with its rationale, and "
        "whether the item qualifies. For analysis and for training a judge. Gold items are in it, marked."
    ),
    _("Supervised fine-tuning"),
    _(
        "Prompt and completion, only of items that qualify: rejection sampling. Of a ranked group, the candidate "
        "that its rankers put first. TRL's prompt-completion type."
    ),
    _("Good and bad completions"),
    _(
        "Prompt, completion and a label that says whether the item qualifies, or, in a ranked group, deserves a "
        "place. TRL's unpaired preference type."
    ),
    _("Preference pairs"),
    _(
        "Prompt, chosen and rejected: decided pairs of a preference rubric, or, in a group, a candidate that qualifies "
        "over one that does not, and of a ranked group one over another that more people put behind it. TRL's "
        "preference type."
    ),
)
_LEFT_OUT: Final = (
    # of data sets
    _("gold items, which never train"), _("not rated by the chosen source"),
    _("people disagree and no level has most of them"), _("a criterion has no rating"),
    _("the judge's reply could not be read"), _("the judge refused"), _("the judge's reply was cut off"),
    _("the judge could not be asked"), _("a criterion fails"),
    _("items with another number of candidates than one"), _("items with another number of candidates than two"),
    _("the same context and candidate again"), _("the same text judged both ways"),
    _("more of one prompt than the limit"), _("made with another rater's judgement in view"),
    _("made under another rubric version"), _("people's judgements without a rating"),
    _("published aggregates of people who are here themselves"),
    # of calibrations and agreement
    _("a tie, or criteria that prefer different candidates"), _("items of no group"),
    _("nobody ranked both, or their contexts differ"), _("both say the same"),
    _("candidates of a ranked group behind its first"),
    _("candidates of a group whose rankers agree on none as the first"),
    _("groups where all qualify or none does"), _("no partner of the same context in their group"),
    _("items where people tie"), _("verdicts without probabilities"),
    _("verdicts on items whose ratings by people the judge has seen"),
    _("items the judge did not rate on this criterion"), _("items people have not rated"),
    _("items that one person rated"), _("turns whose other people tie"), _("replies unparsed"), _("replies refused"),
    _("replies truncated"), _("replies failed"), _("no map came nearer to what people say than the judge itself"),
)  # fmt: skip
_SETTINGS_OF_CARDS: Final = (_("engine"), _("sampling"), _("seed"), _("held out share"))
_FIGURES: Final = (
    _("agrees with the majority"), _("always the commonest level"), _("always pass"), _("Percent agreement"),
    _("Accuracy"), _("Majority baseline"), _("Precision"), _("Recall"), _("Specificity"), _("Macro precision"),
    _("Macro recall"), _("Macro F1"), _("Weighted precision"), _("Weighted F1"), _("Mean difference"),
    _("Root mean square difference"),
)  # fmt: skip
_SPENT: Final = (
    _("prompt tokens"), _("of these from the cache"), _("reply tokens"), _("seconds in the engine’s queue"),
    _("seconds in the engine"), _("seconds of an accelerator"), _("cost, in the price list’s currency"),
)  # fmt: skip
WORDS: Final = frozenset(
    (
        *_STATES,
        *_KINDS,
        *_DESCRIBED,
        *_SETTINGS,
        *_CHECKS,
        *_DATA_SETS,
        *_LEFT_OUT,
        *_FIGURES,
        *_SPENT,
        *_SETTINGS_OF_CARDS,
    )
)  # fmt: skip


@register.filter
def said(words: object) -> str:
    """Words of the list, or a sentence that was stored, in the reader's language; anything else as it is."""
    text = str(words)
    return gettext(text) if text in WORDS else say_stored(text)


@register.filter
def wanted(requirement: Requirement | None) -> str:
    """Where the interval of a figure has to lie; empty where nothing is wanted of it."""
    if requirement is None:
        return ""
    bounds = {name: f"{getattr(requirement, name) or 0:g}" for name in ("low", "high", "holds")}
    if requirement.holds is not None:
        return gettext("interval holds %(holds)s") % bounds
    if requirement.low is None:
        return gettext("upper end at most %(high)s") % bounds
    if requirement.high is None:
        return gettext("lower end at least %(low)s") % bounds
    return gettext("interval inside %(low)s to %(high)s") % bounds


@register.filter
def mark_words(mark: Mark) -> str:
    """What a mark of a reliability diagram says."""
    figures: dict[str, Any] = {name: f"{getattr(mark, name):.2f}" for name in ("mean", "share", "low", "high")}
    return gettext("given %(mean)s on average, %(share)s right [%(low)s, %(high)s], n = %(n)s") % {
        **figures,
        "n": f"{mark.n:,}",
    }
