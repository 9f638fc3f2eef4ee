"""An emulation of OpenAI's Conversations API, in this process and without a network."""
