"""Looks an installation over: what is wrong with it, and what to do. Changes nothing.

Checks are functions of a `Subject` that yield findings; one file for each group of them.
"""
