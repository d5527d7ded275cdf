"""What each row costs in indexes: none of them is there in vain."""

from django.db import connection

PLAIN_INDEXES = """
SELECT indexrelid::regclass::text, indrelid, indkey::int[], indisunique
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relname LIKE 'conversations\\_%' AND indpred IS NULL AND indexprs IS NULL
"""


def test_no_index_begins_another(db):
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_INDEXES)
        indexes = cursor.fetchall()
    in_vain = {
        name
        for name, table, columns, is_unique in indexes
        for other, other_table, other_columns, _ in indexes
        if not is_unique and name != other and table == other_table and other_columns[: len(columns)] == columns
    }
    assert in_vain == set()
    assert len(indexes) > 10
