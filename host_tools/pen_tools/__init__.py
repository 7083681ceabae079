"""pen_tools: the `pen` command, and the client that talks to a pen through its console."""
