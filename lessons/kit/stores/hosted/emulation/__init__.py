"""An emulation of OpenAI's Conversations API in this process, without a network."""
