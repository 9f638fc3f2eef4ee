"""The frame of every page: navigation, address, page state, and the parts that all lesson pages share."""
