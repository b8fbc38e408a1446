"""How many of a run's verdicts have a flag."""

from __future__ import annotations

from django.db.models import Count, F, Func

from models_llm.choices import Flag
from models_llm.models import Run, Verdict


def flag_counts(run: Run) -> dict[Flag, int]:
    """The run's live verdicts by flag, the commonest first; only flags that some have.

    It reads every flagged verdict of the run: for a page that is opened, not for one that polls.
    """
    flagged = Verdict.objects.live().flagged().filter(run=run)
    counts = flagged.annotate(flag=Func(F("flags"), function="unnest")).values("flag").annotate(n=Count("pk"))
    return {Flag(flag): n for flag, n in counts.order_by("-n", "flag").values_list("flag", "n")}
