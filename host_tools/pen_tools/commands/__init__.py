"""The subcommands of `pen`, one file each."""
