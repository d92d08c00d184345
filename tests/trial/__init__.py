"""Trials on the register's real files, which stay outside the project: ``make trial``."""
