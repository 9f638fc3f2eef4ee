"""The model that answers: the providers, and the offline model."""
