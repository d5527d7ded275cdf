import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="store",
            options={
                "default_permissions": (),
                "verbose_name": "copy at a provider",
                "verbose_name_plural": "copies at providers",
            },
        ),
        migrations.RemoveConstraint(
            model_name="storedfile",
            name="file_of_store",
        ),
        migrations.AddField(
            model_name="store",
            name="checked_at",
            field=models.DateTimeField(blank=True, help_text="when the provider last said that it is there", null=True),
        ),
        migrations.AddField(
            model_name="store",
            name="due_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="when it is next looked at; a process has it until then"
            ),
        ),
        migrations.AddField(
            model_name="store",
            name="tries",
            field=models.PositiveIntegerField(default=0, help_text="how often that went wrong in a row"),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="batch_id",
            field=models.CharField(blank=True, help_text="with which others it is indexed", max_length=100),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="name",
            field=models.CharField(blank=True, help_text="under which it is uploaded", max_length=255),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="size",
            field=models.PositiveBigIntegerField(default=0, help_text="bytes that are uploaded"),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="state_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="tries",
            field=models.PositiveIntegerField(default=0, help_text="how often indexing it went wrong"),
        ),
        migrations.AlterField(
            model_name="store",
            name="problem",
            field=models.CharField(
                blank=True, help_text="what the provider said last, if that went wrong", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="store",
            name="state",
            field=models.CharField(
                choices=[
                    ("filling", "Being filled"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                    ("deleting", "Being deleted"),
                ],
                default="filling",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="file_id",
            field=models.CharField(
                blank=True, db_index=True, help_text="the provider's; empty until it is there", max_length=100
            ),
        ),
        migrations.AlterField(
            model_name="storedfile",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("uploading", "Uploading"),
                    ("uploaded", "Uploaded"),
                    ("indexing", "Indexing"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                    ("deleting", "Deleting"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(fields=["store", "state"], name="stored_files_by_state"),
        ),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("file_id", ""), _negated=True), fields=("store", "file_id"), name="file_of_store"
            ),
        ),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.UniqueConstraint(fields=("store", "collection_file"), name="copy_of_file"),
        ),
    ]
