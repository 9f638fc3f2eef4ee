"""Stores that use a service: OpenAI's Conversations API and its compaction, real or emulated."""
