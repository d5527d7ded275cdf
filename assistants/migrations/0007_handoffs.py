from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assistants", "0006_prompts_for_groups"),
    ]

    operations = [
        migrations.AddField(
            model_name="assistantversion",
            name="handoffs",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="the ids of the assistants that it may hand a conversation over to",
            ),
        ),
    ]
