"""The pen's program. Only pen.hal touches hardware."""
