from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=GinIndex(SearchVector("title", config="simple"), name="conversation_title_words"),
        ),
    ]
