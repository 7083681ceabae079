"""pen_sim: virtual time, the plant, and the pen's own firmware running on it."""
