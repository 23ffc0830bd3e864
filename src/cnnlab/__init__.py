"""cnnlab: the small package beside the book. Convolutional networks, built, counted and measured."""

__version__ = "0.1.0"
