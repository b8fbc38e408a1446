"""Giving out an item as it stands once it is locked, and not as it stood when the search began.

Between the two somebody may have reserved it, asked for one person more, or wanted a skill for it.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import migrations

FUNCTION: Final = "annotations_claim(bigint, bigint, boolean, bigint)"
BEFORE: Final = """\
        PERFORM FROM annotations_queueditem WHERE item_id = wanted.item_id AND state = 'open' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
"""
AFTER: Final = """\
        SELECT q.* INTO locked FROM annotations_queueditem q
        WHERE q.item_id = wanted.item_id AND q.state = 'open' AND q.is_reserved = wanted.is_reserved
          AND q.skill = wanted.skill
        FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        CONTINUE WHEN locked.is_reserved AND NOT EXISTS (
            SELECT FROM annotations_reservation r
            WHERE r.rater_id = the_rater AND r.item_id = locked.item_id AND r.taken_at IS NULL);
        wanted := locked;
"""
VARIABLE: Final = "    wanted annotations_queueditem;\n"


def look_again(apps: Any, schema_editor: Any) -> None:
    _replace(schema_editor, {BEFORE: AFTER, VARIABLE: VARIABLE + "    locked annotations_queueditem;\n"})


def look_once(apps: Any, schema_editor: Any) -> None:
    _replace(schema_editor, {AFTER: BEFORE, VARIABLE + "    locked annotations_queueditem;\n": VARIABLE})


def _replace(schema_editor: Any, texts: dict[str, str]) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef(%s::regprocedure)", [FUNCTION])
        [source] = cursor.fetchone()
        for before, after in texts.items():
            if before not in source:
                raise ValueError(f"expected this in {FUNCTION}:\n{before}")
            source = source.replace(before, after)
        cursor.execute(source)


class Migration(migrations.Migration):
    dependencies = [("annotations", "0019_look_up_what_a_rater_had")]

    operations = [migrations.RunPython(look_again, look_once)]
