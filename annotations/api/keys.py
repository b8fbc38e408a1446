"""One's own keys of the review page over the API."""

from __future__ import annotations

from typing import Any, Final, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.forms.keys import DEFAULT_KEYS, KeysForm, keys_of
from annotations.models import User
from annotations.services.keys import restore_keys

_CHOICES: Final = {None: "", True: "yes", False: "no"}


class KeyByActionSerializer(serializers.Serializer[Any]):
    """One character for each action; what is left out gets its usual key."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {action: serializers.CharField(required=False, max_length=1) for action in DEFAULT_KEYS}

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(DEFAULT_KEYS)) if isinstance(data, dict) else []
        if unknown:
            words = f"expected an action of {', '.join(DEFAULT_KEYS)}"
            raise serializers.ValidationError({action: [words] for action in unknown})
        return super().to_internal_value(data)


class KeysSerializer(serializers.Serializer[Any]):
    keys = KeyByActionSerializer(help_text="The key of each action of the review page.")
    submits_alone = serializers.BooleanField(
        allow_null=True,
        default=None,
        help_text="Whether the choice of the last open criterion submits; null where the rubric decides.",
    )


class OwnKeysView(APIView):
    @extend_schema(operation_id="read_keys", responses=KeysSerializer)
    def get(self, request: Request) -> Response:
        """Your keys, those among them that you did not bind being the usual ones."""
        return Response(_answer(cast("User", request.user)))

    @extend_schema(operation_id="replace_keys", request=KeysSerializer, responses=KeysSerializer)
    def put(self, request: Request) -> Response:
        """Bind your keys anew. No digits, which choose levels, and no key for two actions."""
        given = KeysSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        form = KeysForm(
            cast("User", request.user),
            {**DEFAULT_KEYS, **values["keys"], "submits_alone": _CHOICES[values["submits_alone"]]},
        )
        if not form.is_valid():
            raise serializers.ValidationError(
                {"keys": {action: [str(words) for words in said] for action, said in form.errors.items()}}
            )
        form.save()
        return Response(_answer(cast("User", request.user)))

    @extend_schema(operation_id="reset_keys", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Give yourself the usual keys again."""
        restore_keys(user=cast("User", request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(user: User) -> dict[str, Any]:
    return {"keys": keys_of(user.review_keys), "submits_alone": user.submits_alone}
