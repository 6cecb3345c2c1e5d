"""Codes, dates, classes and clocks in plain English."""
