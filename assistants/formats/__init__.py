"""What an answer's text must be: JSON that fits a schema, or any JSON object. Both sides are checked here."""
