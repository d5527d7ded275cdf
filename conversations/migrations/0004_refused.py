"""Each response keeps what the provider refused of its request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0003_search_of_long_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="response",
            name="refused",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="what the provider refused of this request, and isn't sent again (answering/requests.py)",
            ),
        ),
    ]
