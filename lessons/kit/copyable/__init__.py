"""Code for your own application: each file needs nothing but the SDK, and may be copied."""
