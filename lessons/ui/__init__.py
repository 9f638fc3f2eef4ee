"""The app in Streamlit: it draws what lessons.kit and lessons.frame return."""
