"""The reviewed studies, their claims, and what the estimates say on each."""
