"""Which key type a step needs (seed, "Why there are two credential pairs")."""

from __future__ import annotations

from learning_graph.values.steps import STEPS, key_type_of


def test_the_catalogue_needs_content_and_everything_about_learners_report() -> None:
    assert {step: key_type_of(step) for step in STEPS} == {
        "classifications": "Content",
        "courses": "Content",
        "learning-paths": "Content",
        "videos": "Content",
        "users": "Report",
        "course-activity": "Report",
        "learning-path-activity": "Report",
        "video-activity": "Report",
    }
