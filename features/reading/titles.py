"""Seniority and department from a job title in Japanese or English."""

from features.reading.job_title import JobTitle


def read_job_title(text: str | None) -> JobTitle:
    """What a title says of seniority and department; unknown stays unknown."""
    raise NotImplementedError
