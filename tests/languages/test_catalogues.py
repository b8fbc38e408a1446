"""Catalogues say all that they have to, in the compiled file too, which is what the platform reads."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests.conftest import ROOT
from tests.languages.catalogue import LOCALES, Message, entries_of, messages_of, sources, words_left

CATALOGUES = sorted(LOCALES.glob("*/LC_MESSAGES/django.po"))
TO_TRANSLATE = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

# Templates of which every word can be said in every language there is a catalogue of.
TRANSLATED = (
    "400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html",
    "base.html", "project_base.html", "_field.html", "_form.html", "_language_form.html", "_mark.html",
    "_messages.html", "_theme_form.html", "_topbar.html",
    "account/base_reauthenticate.html", "account/login.html", "account/logout.html", "account/password_reset.html",
    "account/reauthenticate.html", "account/signup.html", "account/signup_closed.html", "mfa/authenticate.html",
    "annotations/_adjudication.html", "annotations/_answer.html", "annotations/_answers.html",
    "annotations/_assist.html", "annotations/_batch_state.html", "annotations/_candidates.html",
    "annotations/_chances.html", "annotations/_chore.html", "annotations/_chore_state.html",
    "annotations/_chores_under_way.html", "annotations/_comment.html", "annotations/_comparison.html",
    "annotations/_count.html", "annotations/_criteria.html", "annotations/_delivery.html",
    "annotations/_delivery_state.html",
    "annotations/_fault.html", "annotations/_figure_rows.html", "annotations/_finished.html",
    "annotations/_flag.html", "annotations/_flagged.html", "annotations/_forecast.html",
    "annotations/_guideline_change.html", "annotations/_import.html", "annotations/_interval_chart.html",
    "annotations/_judgements.html", "annotations/_levels.html", "annotations/_mode_sum.html",
    "annotations/_nothing_left.html", "annotations/_own_gold.html", "annotations/_pages.html",
    "annotations/_paused.html", "annotations/_person_state.html", "annotations/_policy_preview.html",
    "annotations/_progress.html", "annotations/_queue_cell.html", "annotations/_queue_line.html",
    "annotations/_ranked_pairs.html", "annotations/_rankers.html",
    "annotations/_review.html", "annotations/_review_css.html", "annotations/_review_scripts.html",
    "annotations/_review_tools.html",
    "annotations/_rulings.html", "annotations/_said_level.html", "annotations/_secret.html",
    "annotations/_section.html", "annotations/_signal.html", "annotations/_talk.html", "annotations/_tally.html",
    "annotations/_thread.html", "annotations/_timeline.html", "annotations/_upload.html", "annotations/_views.html",
    "annotations/act.html", "annotations/adjudicate.html", "annotations/agreement.html",
    "annotations/chore.html", "annotations/chores.html",
    "annotations/create_project.html", "annotations/delivery.html", "annotations/disputes.html",
    "annotations/draw.html", "annotations/edit_guidelines.html", "annotations/flags.html", "annotations/gold.html",
    "annotations/guidelines.html", "annotations/import.html", "annotations/imports.html",
    "annotations/invitation.html", "annotations/item.html", "annotations/items.html", "annotations/keys.html",
    "annotations/me.html", "annotations/mentions.html", "annotations/modes.html", "annotations/my_work.html",
    "annotations/new_rubric.html", "annotations/people.html", "annotations/person.html",
    "annotations/person_answers.html", "annotations/policy.html", "annotations/queue.html",
    "annotations/queue_rows.html", "annotations/review.html", "annotations/revise.html", "annotations/rubric.html",
    "annotations/saved_views.html", "annotations/settings.html", "annotations/unclear.html",
    "annotations/webhook.html", "annotations/webhooks.html",
    "judge_platform/_notices.html", "judge_platform/overview.html", "judge_platform/projects.html",
    "models_llm/_audit_example.html", "models_llm/_audit_figure.html", "models_llm/_audit_progress.html",
    "models_llm/_audit_spent.html", "models_llm/_audits.html", "models_llm/_calibrated.html",
    "models_llm/_calibration_progress.html", "models_llm/_call.html", "models_llm/_card_bias.html",
    "models_llm/_card_calibration.html", "models_llm/_card_jury.html", "models_llm/_card_spending.html",
    "models_llm/_changes.html", "models_llm/_dataset_progress.html", "models_llm/_decision.html",
    "models_llm/_draft_trial.html", "models_llm/_drawn_examples.html", "models_llm/_examples.html",
    "models_llm/_fits.html", "models_llm/_form_errors.html", "models_llm/_left_out.html", "models_llm/_lines.html",
    "models_llm/_metered.html", "models_llm/_playground.html", "models_llm/_preview.html",
    "models_llm/_ratings.html", "models_llm/_reliability_diagram.html", "models_llm/_replies.html",
    "models_llm/_run_forecast.html", "models_llm/_run_form.html", "models_llm/_run_line_progress.html",
    "models_llm/_run_preview.html", "models_llm/_run_progress.html", "models_llm/_run_samples.html",
    "models_llm/_run_state.html", "models_llm/_run_used.html", "models_llm/_said.html", "models_llm/_shares.html",
    "models_llm/_side.html", "models_llm/_versions.html", "models_llm/_work_state.html", "models_llm/audit.html",
    "models_llm/audits.html", "models_llm/calibration.html", "models_llm/dataset.html", "models_llm/datasets.html",
    "models_llm/drawn_examples.html", "models_llm/judge.html", "models_llm/judge_card.html",
    "models_llm/judge_kinds.html", "models_llm/judges.html", "models_llm/new_judge.html",
    "models_llm/playground.html", "models_llm/reward_model.html", "models_llm/run.html", "models_llm/runs.html",
    "models_llm/unrated.html", "models_llm/verdict.html",
)  # fmt: skip

# Python of which every text that is shown can be said so too.
TRANSLATED_PYTHON = (
    "judge_platform/navigation.py", "judge_platform/pages.py", "judge_platform/steps.py",
    "models_llm/forms", "models_llm/templatetags", "models_llm/views",
)  # fmt: skip

PLACE = re.compile(r"%(?:\(\w+\)[-+0-9.]*[a-zA-Z]|[sd]\b)")
NAMES = {"Judge", "Platform"}
"""Words that are the same in every language."""


def complete(catalogue: Path) -> set[Message]:
    return {entry.message for entry in entries_of(catalogue) if entry.is_complete}


def test_what_the_sources_ask_for_is_found() -> None:
    assert Message("", "Skip to the page") in messages_of(ROOT / "templates" / "base.html")
    assert Message("", "You: %(name)s") in messages_of(ROOT / "templates" / "_topbar.html")
    assert Message("", "Auto") in messages_of(ROOT / "judge_platform" / "navigation.py")


def test_words_that_no_translation_reaches_are_found() -> None:
    assert words_left('<p title="{% translate "Yes" %} so">{{ name }} goes <kbd>Esc</kbd></p>') == ["so", "goes"]


def test_a_language_that_is_offered_says_everything() -> None:
    asked = {message for file in sources() for message in messages_of(file)}
    assert len(asked) > 40
    for language in TO_TRANSLATE:
        missing = asked - complete(LOCALES / to_locale(language) / "LC_MESSAGES" / "django.po")
        assert sorted(missing) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_word_of_a_translated_page_is_translated(name: str) -> None:
    file = ROOT / "templates" / name
    assert [word for word in words_left(file.read_text(encoding="utf-8")) if word not in NAMES] == []
    for catalogue in CATALOGUES:
        assert sorted(messages_of(file) - complete(catalogue)) == []


@pytest.mark.parametrize("name", TRANSLATED_PYTHON)
def test_every_text_of_translated_python_is_translated(name: str) -> None:
    place = ROOT / name
    files = [place] if place.is_file() else place.rglob("*.py")
    asked = {message for file in files for message in messages_of(file)}
    assert asked
    for catalogue in CATALOGUES:
        assert sorted(asked - complete(catalogue)) == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_no_message_stands_twice(catalogue: Path) -> None:
    messages = [entry.message for entry in entries_of(catalogue)]
    assert [message for message, n in Counter(messages).items() if n > 1] == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_every_catalogue_says_what_annotations_ask_for(catalogue: Path) -> None:
    asked = {message for file in (ROOT / "annotations").rglob("*.py") for message in messages_of(file)}
    assert len(asked) > 400
    assert sorted(asked - complete(catalogue)) == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_no_translation_is_a_guess_or_loses_a_value(catalogue: Path) -> None:
    for entry in entries_of(catalogue):
        assert not entry.is_fuzzy, entry.message.text
        for said in filter(None, entry.translations):
            assert sorted(PLACE.findall(said)) == sorted(PLACE.findall(entry.message.text))


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=str)
def test_the_compiled_catalogue_says_what_the_text_says(catalogue: Path) -> None:
    with catalogue.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    expected: dict[tuple[str, int], str] = {}
    for entry in entries_of(catalogue):
        key = f"{entry.message.context}\x04{entry.message.text}" if entry.message.context else entry.message.text
        if not entry.is_fuzzy and all(entry.translations):
            expected |= {(key, form): said for form, said in enumerate(entry.translations)}
    plain = {key if isinstance(key, tuple) else (key, 0): said for key, said in compiled.items() if key}
    assert plain == expected
