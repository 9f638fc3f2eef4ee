"""The parts under the challenges. A lesson names those that it has in its course entry."""
