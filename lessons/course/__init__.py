"""The content of the course: index.py has the order of the lessons, and each folder is one lesson."""
