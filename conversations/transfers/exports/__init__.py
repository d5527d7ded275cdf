"""Exports of conversations: as Markdown for people, and as JSON for an import. docs/export.md describes the JSON."""
