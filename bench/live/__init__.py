"""From a commit to the last of many subscribers."""
