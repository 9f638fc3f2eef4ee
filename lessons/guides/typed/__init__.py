"""What people type into the search in their own words."""
