"""Whoever takes the last place that is kept for somebody leaves the others to everybody.

A place whose person skipped the item stayed reserved while another was waited for. When that one had come, nobody was
left who might take it.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import migrations

FUNCTION: Final = "annotations_claim(bigint, bigint, boolean, bigint)"
BEFORE: Final = """\
            UPDATE annotations_reservation SET taken_at = moment WHERE rater_id = the_rater AND item_id = wanted.item_id;
"""
AFTER: Final = """\
            UPDATE annotations_reservation SET taken_at = moment WHERE rater_id = the_rater AND item_id = wanted.item_id;
            UPDATE annotations_queueditem q SET is_reserved = false
            WHERE q.item_id = wanted.item_id AND q.state = 'open' AND NOT EXISTS (
                SELECT FROM annotations_reservation r WHERE r.item_id = wanted.item_id AND r.taken_at IS NULL);
"""


def free(apps: Any, schema_editor: Any) -> None:
    _replace(schema_editor, BEFORE, AFTER)


def keep(apps: Any, schema_editor: Any) -> None:
    _replace(schema_editor, AFTER, BEFORE)


def _replace(schema_editor: Any, before: str, after: str) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regprocedure)", [FUNCTION])
        [source] = cursor.fetchone()
        if before not in source:
            raise ValueError(f"expected this in {FUNCTION}:\n{before}")
        cursor.execute(source.replace(before, after))


class Migration(migrations.Migration):
    dependencies = [("annotations", "0028_show_pairs_by_lot")]

    operations = [migrations.RunPython(free, keep)]
