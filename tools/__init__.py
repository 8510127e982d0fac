"""Tools of the developers, run by make and left out of the image."""
