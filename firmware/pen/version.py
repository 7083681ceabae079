"""The firmware's version, as in *IDN? and in every record."""

VERSION = "0.1.0"
