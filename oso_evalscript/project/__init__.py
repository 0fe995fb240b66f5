"""What stands around scripts: the configuration files of all commands."""
