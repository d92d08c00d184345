"""The Graduated Approach Toolkit: resources, their versions and files, and downloads."""
