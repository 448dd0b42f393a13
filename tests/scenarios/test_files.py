from __future__ import annotations

from pathlib import Path

import pytest

from apps.scenarios.errors import CasesUnreadable
from apps.scenarios.files import case_files, read_cases


def test_numbers_and_dates_stay_the_text_that_was_typed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("at: 2026-03-08T09:30\nday: 2026-03-08\namount: 0.10\ncount: 3\n")
    (tmp_path / "b.json").write_text('[{"amount": 0.10, "count": 3}]')

    (yaml_case,) = read_cases(tmp_path / "a.yaml")
    (json_case,) = read_cases(tmp_path / "b.json")

    assert yaml_case.content == {"at": "2026-03-08T09:30", "day": "2026-03-08", "amount": "0.10", "count": 3}
    assert json_case.content == {"amount": "0.10", "count": 3}


def test_case_is_named_by_id_else_title_else_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('[{"id": "one", "title": "One"}, {"title": "Two"}, {"steps": []}]')

    assert [case.name for case in read_cases(path)] == ["one", "Two", "mine 3"]


def test_folder_is_searched_through_in_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("z.yml", "deep/a.json", "b.yaml", "README.md"):
        (tmp_path / name).write_text("{}")

    found = [str(path.relative_to(tmp_path)) for path in case_files([tmp_path])]

    assert found == ["b.yaml", "deep/a.json", "z.yml"]


def test_missing_path_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CasesUnreadable, match=r"does not exist\.$"):
        list(case_files([tmp_path / "nowhere"]))
    with pytest.raises(CasesUnreadable, match=r"holds no JSON or YAML file\.$"):
        list(case_files([tmp_path]))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '[{"id": ', "line 1 column 9"),
        ("a.yaml", "a: [1\nb: 2", "line 2"),
        ("a.yaml", "- just text", "neither a case nor a list of cases"),
        ("a.json", "[]", "neither a case nor a list of cases"),
    ],
)
def test_file_that_holds_no_cases_is_refused_and_says_where(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(CasesUnreadable, match=told):
        read_cases(tmp_path / name)
