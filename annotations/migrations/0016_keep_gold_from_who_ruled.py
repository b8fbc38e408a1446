"""Whoever ruled on an item is not given it as gold: they would be held to their own word."""

from __future__ import annotations

from django.db import migrations

GOLD = """
CREATE OR REPLACE FUNCTION annotations_gold_for(
    the_rubric bigint, the_rater bigint, the_use text, after double precision, the_attempt smallint
) RETURNS SETOF annotations_gold LANGUAGE sql STABLE AS $$
    SELECT g.* FROM annotations_gold g
    WHERE g.rubric_id = the_rubric AND g.use = the_use AND g.lot >= after
      AND NOT EXISTS (SELECT FROM annotations_assignment had
                      WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.status <> 'expired'
                        AND (had.purpose <> 'training' OR the_use <> 'training' OR had.attempt = the_attempt))
      AND NOT EXISTS (SELECT FROM annotations_judgement had
                      WHERE had.rater_id = the_rater AND had.item_id = g.item_id AND had.superseded_at IS NULL)
      AND NOT EXISTS (SELECT FROM annotations_ruling ruled JOIN annotations_rater r ON r.user_id = ruled.adjudicator_id
                      WHERE r.id = the_rater AND ruled.item_id = g.item_id)
    ORDER BY g.lot LIMIT 1
$$
"""


class Migration(migrations.Migration):
    dependencies = [("annotations", "0015_keep_rulings")]

    operations = [migrations.RunSQL(GOLD, migrations.RunSQL.noop)]
