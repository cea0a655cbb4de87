"""A program's figures in a table, and in its own section of RESULTS.md."""

from tests.bench.report import Figure, Section, percentile, put_section, spread, table


def test_a_table_tells_what_is_met_and_what_is_missed() -> None:
    text = table(
        [Figure("delay, s", "1.9", "1.8", "≤ 2.0", True), Figure("memory, MB", "17", goal="≤ 16", met=False)]
    )
    header, rule, met, missed = text.splitlines()
    assert header.split() == [
        "|",
        "figure",
        "|",
        "socstream",
        "|",
        "raw",
        "FFmpeg",
        "|",
        "goal",
        "|",
        "verdict",
        "|",
    ]
    assert rule.count("|") == header.count("|")
    assert met.rstrip(" |").endswith("met")
    assert missed.rstrip(" |").endswith("**missed**")


def test_a_figure_without_a_goal_gets_no_verdict() -> None:
    assert table([Figure("requests", "7")]).splitlines()[2].split() == [
        "|",
        "requests",
        "|",
        "7",
        "|",
        "|",
        "|",
        "|",
    ]


def test_what_is_missed_is_told_with_the_reason_and_what_is_met_is_not() -> None:
    missed = Figure("list, ms", "9", goal="≤ 5", met=False, why="`join` (views.py) 40 %")
    met = Figure("start, s", "1", goal="≤ 2", met=True, why="`wait` (app.py) 90 %")
    text = Section("thousand", ("quiet",), (missed, met)).render()
    assert text.endswith("\n- list, ms: `join` (views.py) 40 %\n")
    assert "app.py" not in text


def test_a_spread_tells_median_least_and_most() -> None:
    assert spread([3.0, 1.0, 2.0, 9.0]) == "2.50 (1.00…9.00)"


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0


def test_the_first_section_gets_a_title_above_it() -> None:
    document = put_section("", "engine", "## engine\n\nfast\n")
    assert document.startswith("# Results\n")
    assert document.endswith("\n## engine\n\nfast\n")


def test_a_section_takes_the_place_of_its_earlier_one_and_leaves_the_others() -> None:
    before = "# Results\n\n## engine\n\nslow\n\n## engine room\n\nhot\n\n## faults\n\nnone\n"
    after = put_section(before, "engine", "## engine\n\nfast\n\n### more\n")
    assert after == before.replace("slow\n", "fast\n\n### more\n")


def test_a_new_section_goes_to_the_end() -> None:
    before = "# Results\n\n## engine\n\nfast\n"
    assert put_section(before, "faults", "## faults\n\nnone\n") == before + "\n## faults\n\nnone\n"
