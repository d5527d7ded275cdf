"""A local server that speaks the Responses API and Chat Completions: for a demo without a key, and for the tests."""
