"""The memory of a container, told from made cgroup trees."""

from pathlib import Path

import pytest

from lrtui.engine.cgroups import memory_limit, memory_used
from tests.engine.test_cores import tree


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        ("0::/\n", {"memory.max": "4000\n"}, (4000, ".")),
        ("0::/\n", {"memory.max": "max\n"}, None),
        ("0::/\n", {}, None),
        ("0::/a/b\n", {"a/b/memory.max": "4000", "a/memory.max": "3000", "memory.max": "max"}, (3000, "a")),
        ("0::/../elsewhere\n", {"memory.max": "4000"}, (4000, ".")),
        ("5:memory:/x\n4:cpu:/y\n", {"memory/x/memory.limit_in_bytes": "5000\n"}, (5000, "memory/x")),
        ("4:cpu:/x\n", {"memory/x/memory.limit_in_bytes": "5000"}, None),
        ("0::/\n", {"memory.max": "nonsense"}, None),
    ],
)
def test_the_limit_is_the_least_on_the_way_up(
    membership: str, files: dict[str, str], limit: tuple[int, str] | None, tmp_path: Path
) -> None:
    membership_file, cgroups = tree(tmp_path, membership, files)
    expected = None if limit is None else (limit[0], cgroups / limit[1])
    assert memory_limit(membership_file, cgroups) == expected


@pytest.mark.parametrize(
    ("files", "used"),
    [
        ({"memory.current": "900\n", "memory.stat": "anon 500\nfile 400\ninactive_file 300\n"}, 600),
        ({"memory.usage_in_bytes": "900\n", "memory.stat": "inactive_file 1\ntotal_inactive_file 300\n"}, 600),
        ({"memory.current": "900\n"}, 900),
        ({"memory.current": "100\n", "memory.stat": "inactive_file 300\n"}, 0),
        ({}, None),
    ],
)
def test_files_that_can_be_dropped_are_not_in_use(files: dict[str, str], used: int | None, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert memory_used(tmp_path) == used
