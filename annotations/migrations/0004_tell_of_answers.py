"""Writing down what is to be told of an answer, in the statement that stores it.

A function, for its plan is kept: as a part of that statement it was planned anew for every answer, which took as long
as storing the answer, also where nobody listens.
"""

from __future__ import annotations

from django.db import migrations

# Who reads it is not blind: only a lead names an address. No words of people and no evidence leave the platform.
TELL = """
CREATE FUNCTION annotations_tell_of_answer(said annotations_judgement) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    listeners bigint[];
    to_wake bigint[];
    told text;
BEGIN
    SELECT array_agg(w.id), array_agg(w.id) FILTER (WHERE w.free_at <= clock_timestamp()) INTO listeners, to_wake
    FROM annotations_webhook w JOIN annotations_item i ON i.project_id = w.project_id
    WHERE i.id = said.item_id AND w.is_active AND 'judgement' = ANY (w.events);
    IF listeners IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT json_build_object(
        'event', 'judgement', 'project', project.slug, 'at', said.created_at, 'data', json_build_object(
            'judgement', said.id, 'item', said.item_id, 'external_id', item.external_id, 'rater', said.rater_id,
            'purpose', said.purpose, 'visible', said.visible, 'supersedes', said.supersedes_id,
            'rubric_version', rubric.version, 'levels', (
                SELECT json_object_agg(criterion.key, level.key ORDER BY criterion.position)
                FROM unnest(said.levels) WITH ORDINALITY AS rated(position, number)
                JOIN annotations_criterion criterion
                    ON criterion.rubric_id = said.rubric_id AND criterion.position = rated.number - 1
                LEFT JOIN annotations_level level
                    ON level.criterion_id = criterion.id AND level.position = rated.position)
        ))::text INTO told
    FROM annotations_item item
    JOIN annotations_project project ON project.id = item.project_id
    JOIN annotations_rubric rubric ON rubric.id = said.rubric_id
    WHERE item.id = said.item_id;
    INSERT INTO annotations_delivery (webhook_id, event, body, attempts, reply, error, created_at, next_attempt_at)
    SELECT id, 'judgement', told, 0, '', '', said.created_at, said.created_at FROM unnest(listeners) AS id;
    RETURN to_wake;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0003_give_out_items")]

    operations = [
        migrations.RunSQL(
            TELL,
            "DROP FUNCTION annotations_tell_of_answer(annotations_judgement)",
        )
    ]
