"""The model that answers: the providers of hosted and local models, and the offline model."""
