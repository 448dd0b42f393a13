"""The two things that import-linter cannot see: relations between models, and names of jobs."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps

from tests.architecture.sources import ROOT, called_name, calls, first_text, floor_of_apps, python_files


def test_floors_of_every_installed_app_are_known() -> None:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}

    assert ours - floor_of_apps().keys() == set()


def test_relations_point_only_to_lower_floors() -> None:
    floors = floor_of_apps()

    assert upward_relations(floors) == []


def test_relations_check_sees_a_relation_that_points_up() -> None:
    turned = {app: -height for app, height in floor_of_apps().items()}

    assert "subscriptions.Subscription.customer -> customers.Customer" in upward_relations(turned)


def test_jobs_are_enqueued_only_by_their_own_app() -> None:
    foreign = [line for path in python_files("apps") for line in foreign_jobs(path, app=app_of(path))]

    assert foreign == []


def test_jobs_check_sees_a_foreign_job(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('jobs.enqueue("billing.sweep")\nenqueue("usage.roll_up")\nenqueue(name="audit.seal")\n')

    lines = [line.partition(": ")[2] for line in foreign_jobs(module, app="usage")]

    assert lines == ["billing.sweep", "audit.seal"]


def test_tasks_are_named_after_their_app() -> None:
    wrong = []
    for path in python_files("apps"):
        for call in calls(path):
            name = first_text(call)
            if called_name(call).endswith("shared_task") and (name or "").partition(".")[0] != app_of(path):
                wrong.append(f"{path.relative_to(ROOT)}: {name}")

    assert wrong == []


def app_of(path: Path) -> str:
    return path.relative_to(ROOT / "apps").parts[0]


def upward_relations(floors: dict[str, int]) -> list[str]:
    """Relations between our apps whose target is not on a lower floor; siblings count as upward."""
    found = []
    for model in apps.get_models():
        for field in model._meta.get_fields():
            target = field.related_model
            if not field.is_relation or field.auto_created or target is None or isinstance(target, str):
                continue
            here, there = model._meta.app_label, target._meta.app_label
            if here == there or here not in floors or there not in floors:
                continue
            if floors[there] >= floors[here]:
                found.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    return found


def foreign_jobs(path: Path, *, app: str) -> list[str]:
    found = []
    for call in calls(path):
        name = first_text(call)
        if called_name(call).split(".")[-1] == "enqueue" and name and name.partition(".")[0] != app:
            found.append(f"{path.name}:{call.lineno}: {name}")
    return found
