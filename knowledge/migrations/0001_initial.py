import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("files", "0001_initial"),
        ("providers", "0003_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("description", models.CharField(blank=True, max_length=500)),
                (
                    "visibility",
                    models.CharField(
                        choices=[("private", "Only me"), ("groups", "Groups"), ("everybody", "Everybody")],
                        default="private",
                        max_length=10,
                    ),
                ),
                (
                    "is_at_providers",
                    models.BooleanField(default=False, help_text="whether providers may keep a copy of its files"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True, help_text="who may search, if for groups", related_name="+", to="auth.group"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="collections",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "created_at"],
                "permissions": [
                    ("change_collection", "Can change and delete collections that others share"),
                    ("share_collection", "Can share collections with groups and with everybody"),
                ],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="CollectionFile",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("digest", models.CharField(help_text="SHA-256 of the content, as hexadecimal", max_length=64)),
                ("name", models.CharField(max_length=255)),
                ("size", models.PositiveBigIntegerField(help_text="bytes")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("reading", "Reading"),
                            ("read", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "problem",
                    models.CharField(blank=True, help_text="the code of the reason, if it failed", max_length=50),
                ),
                (
                    "attributes",
                    models.JSONField(blank=True, default=dict, help_text="at most 16 values by name, for filters"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="since when it is in its state"),
                ),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "collection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="knowledge.collection",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        blank=True,
                        help_text="empty until it is read",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.document",
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "store_id",
                    models.CharField(blank=True, help_text="the provider's; empty until it is made", max_length=100),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filling", "Filling"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("deleting", "Deleting"),
                        ],
                        default="filling",
                        max_length=10,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("state_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "collection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="stores",
                        to="knowledge.collection",
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="providers.provider"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_id", models.CharField(db_index=True, help_text="the provider's", max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("filling", "Filling"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("deleting", "Deleting"),
                        ],
                        default="filling",
                        max_length=10,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=200)),
                (
                    "collection_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="stored",
                        to="knowledge.collectionfile",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="knowledge.store",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="collection",
            index=models.Index(
                models.F("deleted_at"), condition=models.Q(("deleted_at__isnull", False)), name="deleted_collections"
            ),
        ),
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(fields=["collection", "created_at", "id"], name="files_of_collection"),
        ),
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(fields=["document"], name="collections_of_document"),
        ),
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(fields=["digest"], name="collections_of_content"),
        ),
        migrations.AddIndex(
            model_name="collectionfile",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "reading"])),
                fields=["state", "state_at"],
                name="files_to_read",
            ),
        ),
        migrations.AddConstraint(
            model_name="collectionfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at", None)), fields=("collection", "digest"), name="content_of_collection"
            ),
        ),
        migrations.AddConstraint(
            model_name="store",
            constraint=models.UniqueConstraint(fields=("collection", "provider"), name="store_of_collection"),
        ),
        migrations.AddConstraint(
            model_name="storedfile",
            constraint=models.UniqueConstraint(fields=("store", "file_id"), name="file_of_store"),
        ),
    ]
