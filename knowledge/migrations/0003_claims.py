from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_stores")]

    operations = [
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(
                fields=["added_by", "created_at"], condition=models.Q(("state", "waiting")), name="files_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(
                fields=["deleted_at"], condition=models.Q(("deleted_at__isnull", False)), name="deleted_files"
            ),
        ),
    ]
