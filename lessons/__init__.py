"""The Sessions Lab: what is taught (course, guides), what a lesson is (frame), agents and storage (kit), what is drawn (ui)."""
