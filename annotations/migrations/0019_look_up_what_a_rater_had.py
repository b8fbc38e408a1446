"""The claim looks up whether a rater had an item, in one index entry for each item that it passes.

As an anti-join, the planner read all judgements of a project to find the few of one rater, because the unique index by
rater leaves out second looks and the condition did not. A first answer always stands beside a second look, so the
condition can leave them out too; and a scalar subquery is asked row by row, which no plan can turn into a scan.
"""

from __future__ import annotations

import re

from django.db import migrations

# `COALESCE`, and not `IS NULL`, of which the planner thinks that next to no row passes it: it would sort the queue.
NOT_HAD = r"""COALESCE((SELECT false FROM annotations_assignment had
                    WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.status <> 'expired' LIMIT 1), true)
      AND NOT_JUDGED(\1)"""
NOT_JUDGED = r"""COALESCE((SELECT false FROM annotations_judgement had
                    WHERE had.rater_id = the_rater AND had.item_id = \1 AND had.superseded_at IS NULL
                      AND had.purpose <> 'second' LIMIT 1), true)"""

OPEN_ITEMS = """
CREATE OR REPLACE FUNCTION annotations_open_items(
    the_project bigint, the_rater bigint, the_skill text, after bigint
) RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_queueditem q
    WHERE q.project_id = the_project AND q.state = 'open' AND NOT q.is_reserved AND q.skill = the_skill
      AND q.position > after AND NOT HAD(q.item_id)
    ORDER BY q.position LIMIT 500
$$
"""

RESERVED_ITEMS = """
CREATE OR REPLACE FUNCTION annotations_reserved_items(the_project bigint, the_rater bigint)
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM annotations_reservation r JOIN annotations_queueditem q ON q.item_id = r.item_id
    WHERE r.rater_id = the_rater AND r.taken_at IS NULL AND q.project_id = the_project AND q.state = 'open'
      AND NOT HAD(q.item_id)
    ORDER BY r.position LIMIT 500
$$
"""

URGENT_ITEMS = """
CREATE OR REPLACE FUNCTION annotations_urgent_items(the_project bigint, the_rater bigint, the_skills text[])
RETURNS SETOF annotations_queueditem LANGUAGE sql STABLE AS $$
    SELECT q.* FROM (
        SELECT * FROM annotations_queueditem
        WHERE project_id = the_project AND state = 'open' AND NOT is_reserved AND urgency > 0
        ORDER BY urgency DESC, position LIMIT 200
    ) q
    WHERE q.skill = ANY (the_skills) AND NOT HAD(q.item_id)
    ORDER BY q.urgency DESC, q.position
$$
"""

GOLD = """
CREATE OR REPLACE FUNCTION annotations_gold_for(
    the_rubric bigint, the_rater bigint, the_use text, after double precision, the_attempt smallint
) RETURNS SETOF annotations_gold LANGUAGE sql STABLE AS $$
    SELECT g.* FROM annotations_gold g
    WHERE g.rubric_id = the_rubric AND g.use = the_use AND g.lot >= after
      AND COALESCE((SELECT false FROM annotations_assignment had
                    WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.status <> 'expired'
                      AND (had.purpose <> 'training' OR the_use <> 'training' OR had.attempt = the_attempt)
                    LIMIT 1), true)
      AND NOT_JUDGED(g.item_id)
      AND COALESCE((SELECT false FROM annotations_ruling ruled
                    JOIN annotations_rater r ON r.user_id = ruled.adjudicator_id
                    WHERE r.id = the_rater AND ruled.item_id = g.item_id LIMIT 1), true)
    ORDER BY g.lot LIMIT 1
$$
"""


def _written_out(sql: str) -> str:
    return re.sub(r"NOT_JUDGED\(([\w.]+)\)", NOT_JUDGED, re.sub(r"NOT HAD\(([\w.]+)\)", NOT_HAD, sql))


class Migration(migrations.Migration):
    dependencies = [("annotations", "0018_record_draws")]

    operations = [
        migrations.RunSQL(_written_out(sql), migrations.RunSQL.noop)
        for sql in (OPEN_ITEMS, RESERVED_ITEMS, URGENT_ITEMS, GOLD)
    ]
