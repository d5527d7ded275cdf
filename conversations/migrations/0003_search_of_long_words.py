from django.db import migrations

# PostgreSQL's parser takes minutes for 100,000 characters such as "a_a_a_…", "~/~/…" or "<!-- <!-- …": it looks at what
# follows from each place anew. So what is searched has no tags, and no word is longer than 100 characters. The function
# calls no other function of ours, because a backup is restored without a search path.
TEXT = r"""(
    SELECT regexp_replace(
        translate(left(coalesce(string_agg(text #>> '{}', E'\n'), ''), 1000000), '<', ' '), '\S{100}', '\& ', 'g'
    ) FROM jsonb_path_query(%s, %s) text WHERE jsonb_typeof(text) = 'string'
)"""

SEARCH_FUNCTION = f"""
CREATE OR REPLACE FUNCTION conversations_response_search(status text, input jsonb, output jsonb) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    message text;
BEGIN
    IF status IN ('queued', 'in_progress') THEN
        RETURN NULL;
    END IF;
    message := {TEXT % ("input", "'$.content.text'")};
    RETURN to_tsvector('simple', message)
        || to_tsvector('simple', {TEXT % ("output", "'$.content.text'")})
        || to_tsvector('simple', {TEXT % ("output", "'$.content.refusal'")});
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN to_tsvector('simple', left(message, 100000));
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_imported")]

    operations = [migrations.RunSQL(SEARCH_FUNCTION, migrations.RunSQL.noop)]
