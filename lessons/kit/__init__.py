"""Knows agents and storage, and nothing of Streamlit: one folder for each subject, and here what all of them share."""
