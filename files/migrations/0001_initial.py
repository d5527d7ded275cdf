import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# Words of more than 100 characters, and tags, would keep PostgreSQL's parser busy for minutes
# (conversations/migrations/0003_search_of_long_words.py). A model's words are not those of the text: stems meet them.
SEARCH_FUNCTION = r"""
CREATE FUNCTION files_passage_search(label text, passage text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    words text := regexp_replace(translate(label || E'\n' || passage, '<', ' '), '\S{100}', '\& ', 'g');
BEGIN
    RETURN to_tsvector('simple', words) || to_tsvector('english', words) || to_tsvector('german', words);
END
$$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(SEARCH_FUNCTION, "DROP FUNCTION files_passage_search"),
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the content, as hexadecimal",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(help_text="its name in files/registry.py", max_length=20)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField(help_text="bytes")),
                (
                    "pages",
                    models.PositiveIntegerField(
                        blank=True, help_text="pages, slides or sheets, if it has some", null=True
                    ),
                ),
                (
                    "rows",
                    models.PositiveIntegerField(
                        blank=True, help_text="of its longest table, if it is a spreadsheet", null=True
                    ),
                ),
                ("characters", models.PositiveIntegerField(default=0, help_text="of its text")),
                ("tokens", models.PositiveIntegerField(default=0, help_text="roughly how many its text has")),
                ("is_truncated", models.BooleanField(default=False, help_text="whether it has more text than is kept")),
                ("read_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="its place in the document, from 0 on")),
                (
                    "page",
                    models.PositiveIntegerField(blank=True, help_text="the page, slide or sheet, from 1 on", null=True),
                ),
                ("label", models.CharField(blank=True, help_text="a sheet's name, or a heading", max_length=200)),
                ("text", models.TextField()),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("label"), models.F("text"), function="files_passage_search"),
                        help_text="its words as they are, and their English and German stems",
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="files.document",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "number"],
                "default_permissions": (),
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["search"], name="passage_search")],
                "constraints": [models.UniqueConstraint(fields=("document", "number"), name="passage_of_document")],
            },
        ),
    ]
