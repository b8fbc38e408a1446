"""A draw of items for people, as it is stored."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class StoredDrawSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    policy_version = serializers.IntegerField(source="policy.version")
    order = serializers.CharField()
    uniform_share = serializers.FloatField()
    slice_key = serializers.CharField()
    slice_least = serializers.IntegerField()
    n_wanted = serializers.IntegerField(allow_null=True)
    seed = serializers.IntegerField()
    n_items = serializers.IntegerField(help_text="Items drawn from.")
    n_drawn = serializers.IntegerField()
    n_added = serializers.IntegerField(help_text="Of those drawn, new in the queue.")
    left_out = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="By reason: items drawn that are given as gold, groups that cannot be ranked.",
    )
    least_probability = serializers.FloatField(help_text="Of the items drawn from.")
    most_probability = serializers.FloatField()
    digest = serializers.CharField(help_text="SHA-256 of the ids drawn, in their order.")
    drawn_by = serializers.CharField(source="drawn_by.name", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
