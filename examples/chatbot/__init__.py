"""A chatbot with a real, small language model: the OpenAI and Anthropic APIs, and a page to talk to it."""
