"""The items of one session as they come and go: which row each is, which were returned, and what took each out."""
