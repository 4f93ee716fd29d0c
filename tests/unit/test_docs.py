"""What README, the help lines and the pictures claim is so."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from assistant.app import World, load_world
from assistant.coach.diagram import as_dot
from assistant.config import load_settings
from assistant.errors import LibraryError
from assistant.library import check_file
from assistant.routines import routine_length_s

TOP = Path(__file__).parents[2]
_PAGES = sorted(f"docs/{page.name}" for page in (TOP / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return load_world(load_settings(config_dir=tmp_path_factory.mktemp("config")))


def test_every_sentence_in_the_readmes_table_is_understood(world: World) -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    table = text.split("## What you can say")[1].split("##")[0]
    rows = re.findall(r"^\| [^|]+\| ([^|]+)\|$", table, flags=re.MULTILINE)
    said = [re.sub(r"\*|\(.*?\)", "", x).strip() for row in rows for x in row.split("·")]
    assert len(said) > 80
    assert "start stretches" in said
    assert [s for s in said if world.phrasebook.parse(s) is None] == []


def test_the_readme_shows_every_setting_with_a_value_that_is_taken(tmp_path: Path) -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    shown = text.split("```toml\n")[1].split("```")[0]
    (tmp_path / "settings.toml").write_text(shown, encoding="utf-8")
    settings = load_settings(config_dir=tmp_path)
    assert set(tomllib.loads(shown)) == set(type(settings).model_fields) - {"config_dir"}


def test_every_page_about_the_coach_is_in_the_index() -> None:
    index = (TOP / "docs" / "coaching.md").read_text(encoding="utf-8")
    pages = {page.name for page in (TOP / "docs").glob("coach-*.md")}
    assert pages
    assert set(re.findall(r"^\| \[(coach-\w+\.md)\]", index, flags=re.MULTILINE)) == pages


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *_PAGES])
def test_what_a_page_links_to_is_there(page: str) -> None:
    text = (TOP / page).read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [link for link in links if link and not link.startswith("http")]
    assert [link for link in local if not ((TOP / page).parent / link).exists()] == []


def test_the_architecture_names_every_module_of_the_coach() -> None:
    text = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = {path.name for path in (TOP / "assistant" / "coach").glob("[a-z]*.py")}
    assert {name for name in modules if f"`{name}`" not in text} == set()


def test_every_command_that_a_help_line_offers_is_understood(world: World) -> None:
    lines = {name: line for name, line in world.lines.texts.items() if name.startswith("help_")}
    offered = [
        part.strip()
        for name, line in lines.items()
        if name not in ("help_idle", "help_asking_pain")  # these name a kind of answer
        for part in re.split(r",| or ", re.sub(r"^Say |\.$", "", line))
        if part.strip()
    ]
    assert len(offered) > 12
    assert [o for o in offered if world.phrasebook.parse(o) is None] == []


def test_the_readmes_routine_lengths_are_the_computed_ones(world: World) -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    claimed = dict(re.findall(r"\*\*(\w+)\*\* \((\d+)", text.split("## Routines")[1]))
    computed = {name: f"{routine_length_s(world, name) / 60:.0f}" for name in claimed}
    assert set(claimed) == set(world.library.routines)
    assert claimed == computed


def test_the_state_diagram_is_drawn_from_todays_table() -> None:
    drawn = (TOP / "docs" / "states.dot").read_text(encoding="utf-8")
    assert drawn == as_dot(), "run scripts/docs"


def test_the_pictures_are_whole() -> None:
    for name in ("states.svg", "session.svg"):
        root = ElementTree.parse(TOP / "docs" / name).getroot()
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 50


@pytest.mark.parametrize("name", ["my routine", "session", "the workout"])
def test_a_name_that_a_sentence_already_uses_is_refused_by_the_check(
    world: World, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        f"id: mine\nname: {name}\nsummary: Two holds.\nsteps:\n  - {{exercise: plank}}\n",
        encoding="utf-8",
    )
    with pytest.raises(LibraryError, match=name):
        check_file(path, world.library)
