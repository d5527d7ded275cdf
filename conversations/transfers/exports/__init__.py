"""Conversations taken out: as Markdown to be read, as JSON to be imported again. The format is docs/export.md."""
