"""Campaigns as organizers write them. `read` a file, and there is a campaign, or a list of what is wrong and where."""

from campaigns.check import Finding, Reading, read, read_all, read_text
from campaigns.rules import Level
from campaigns.schema import json_schema

__all__ = ["Finding", "Level", "Reading", "json_schema", "read", "read_all", "read_text"]
