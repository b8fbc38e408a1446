"""What is said of an item, or of the candidates of a group, as the API takes it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotations.errors import RubricError
from annotations.forms.review import LONGEST_NOTE
from annotations.models import Assignment, Rubric
from annotations.rubrics import RubricSpec
from annotations.selectors.rankings import LETTERS, shown_order
from annotations.sentences import sentence as _


class HighlightSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        """Names that are words of Python."""
        return {
            "in": serializers.CharField(help_text="Place of a text in the item, such as `candidate.0.reason`."),
            "from": serializers.IntegerField(min_value=0, help_text="In characters from 0."),
            "to": serializers.IntegerField(min_value=1),
            "text": serializers.CharField(trim_whitespace=False),
        }


class LevelsSerializer(serializers.Serializer[Any]):
    rubric_version = serializers.IntegerField(help_text="The version that came with the item.")
    levels = serializers.DictField(
        required=False, child=serializers.CharField(), help_text="Level key by criterion key, of one item."
    )
    places = serializers.DictField(
        required=False,
        child=serializers.CharField(),
        help_text="Level key by the letter of the candidate, of a group; candidates with one place are tied.",
    )
    rationale = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)
    seconds = serializers.FloatField(required=False, allow_null=True, default=None, min_value=0)
    highlights = HighlightSerializer(many=True, required=False, help_text="The words that decided.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("levels" in given) == ("places" in given):
            raise serializers.ValidationError({"levels": "expected levels of an item, or places of a group"})
        return given


def levels_of(rubric: Rubric, answer: dict[str, Any], turn: Assignment | None) -> tuple[int | None, ...]:
    """Level positions in the order of the rubric, or of the candidates that a turn ranks as they are shown.

    Raises: RubricError, if the answer is for another version, or names what the rubric does not have.
    """
    if answer["rubric_version"] != rubric.version:
        raise RubricError(
            _(
                "expected an answer under rubric version %(version)s, got one for %(answer)s; ask for the item "
                "again and answer under the new one",
                version=rubric.version,
                answer=answer["rubric_version"],
            )
        )
    spec = rubric.spec()
    if spec.ranking is not None and turn is not None:
        return _places(spec, answer.get("places", {}), n=len(shown_order(turn)))
    given: dict[str, str] = answer.get("levels", {})
    unknown = sorted(set(given) - set(spec.positions))
    if unknown:
        raise RubricError(
            _(
                "expected criteria of %(known)s, got %(unknown)s",
                known=", ".join(spec.positions),
                unknown=", ".join(unknown),
            )
        )
    for criterion in spec.criteria:
        level = given.get(criterion.key)
        if level is not None and level not in criterion.positions:
            raise RubricError(
                _(
                    "%(criterion)s: expected one of %(known)s, got “%(level)s”",
                    criterion=criterion.key,
                    known=", ".join(criterion.positions),
                    level=level,
                )
            )
    return tuple(criterion.positions.get(given.get(criterion.key, "")) for criterion in spec.criteria)


def _places(spec: RubricSpec, given: dict[str, str], *, n: int) -> tuple[int | None, ...]:
    [criterion] = spec.criteria
    letters = list(LETTERS[:n])
    for letter, key in given.items():
        if letter not in letters:
            raise RubricError(
                _(
                    "expected places of the candidates %(letters)s, got one of “%(letter)s”",
                    letters=", ".join(letters),
                    letter=letter,
                )
            )
        if key not in criterion.positions:
            raise RubricError(
                _(
                    "%(criterion)s: expected one of %(known)s, got “%(level)s”",
                    criterion=letter,
                    known=", ".join(criterion.positions),
                    level=key,
                )
            )
    return tuple(criterion.positions.get(given.get(letter, "")) for letter in letters)
