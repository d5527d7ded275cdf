"""A local server that speaks the Responses API and Chat Completions: for a demo without an API key, and as the provider of the tests."""
