"""Imports of conversations, from ChatGPT's exports and this site's own. Nothing in the files can be trusted."""
