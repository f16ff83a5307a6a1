"""The cores of a container with a CPU quota, told from made cgroup trees."""

from pathlib import Path

import pytest

from lrtui.engine import cores


def tree(folder: Path, membership: str, files: dict[str, str]) -> tuple[Path, Path]:
    """Make a cgroup tree; return what /proc/self/cgroup would be, and the tree."""
    (folder / "membership").write_text(membership)
    (folder / "tree").mkdir()
    for name, text in files.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "membership", folder / "tree"


@pytest.mark.parametrize(
    ("membership", "files", "quota"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2.0),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/\n", {}, None),
        ("0::/pods/one\n", {"pods/one/cpu.max": "max 100000", "pods/cpu.max": "150000 100000"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "400000 100000", "a/cpu.max": "300000 100000", "cpu.max": "max 100000"}, 3.0),
        ("0::/../../elsewhere\n", {"cpu.max": "50000 100000"}, 0.5),
        ("4:cpu,cpuacct:/docker/abc\n", {"cpu/cpu.cfs_quota_us": "250000", "cpu/cpu.cfs_period_us": "100000"}, 2.5),
        (
            "5:memory:/x\n4:cpuacct,cpu:/x\n",
            {"cpu,cpuacct/x/cpu.cfs_quota_us": "100000", "cpu,cpuacct/x/cpu.cfs_period_us": "50000"},
            2.0,
        ),
        (
            "4:cpuset,cpu,cpuacct:/x\n",
            {"cpuset,cpu,cpuacct/x/cpu.cfs_quota_us": "300000", "cpuset,cpu,cpuacct/x/cpu.cfs_period_us": "100000"},
            3.0,
        ),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("5:memory:/\n", {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("4:cpu:/\n0::/u\n", {"cpu/cpu.cfs_quota_us": "-1", "unified/u/cpu.max": "100000 100000"}, 1.0),
        ("damaged", {"cpu.max": "100000 0"}, None),
        ("0::/\n", {"cpu.max": "nonsense\n"}, None),
    ],
)
def test_the_quota_is_the_least_on_the_way_up(
    membership: str, files: dict[str, str], quota: float | None, tmp_path: Path
) -> None:
    assert cores.cpu_quota(*tree(tmp_path, membership, files)) == quota


def test_without_cgroups_there_is_no_quota(tmp_path: Path) -> None:
    assert cores.cpu_quota(tmp_path / "none", tmp_path / "none") is None


@pytest.mark.parametrize(("quota", "expected"), [(None, 64), (2.0, 2), (1.2, 2), (0.1, 1), (100.0, 64)])
def test_the_quota_is_rounded_up_and_the_affinity_is_the_limit(
    quota: float | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "affinity", lambda: 64)
    monkeypatch.setattr(cores, "cpu_quota", lambda: quota)
    assert cores.usable_cores() == expected
