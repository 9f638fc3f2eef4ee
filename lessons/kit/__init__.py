"""Code for agents and storage, without Streamlit: one folder for each subject, and here the modules that all of them share."""
