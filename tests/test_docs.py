"""What the pages name exists: files, commands, settings, words of the code, other pages."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from fastapi import APIRouter

from api import routes as route_modules
from api import webhooks
from api.cli import app as spotter
from api.cli import nlu
from bot import registry
from bot.message_templates import catalogue
from crm.config import Settings

CHECKOUT = Path(__file__).parents[1]
DOCS = CHECKOUT / "docs"
PAGES = [
    CHECKOUT / "README.md",
    CHECKOUT / "CONTRIBUTING.md",
    CHECKOUT / "CHANGELOG.md",
    *sorted(DOCS.rglob("*.md")),
]
PARTS = ("api", "bot", "crm", "nlu_models", "scheduler", "simulator")
FOLDERS = (*PARTS, "tests", "docs", ".ci")
SPOKEN = ("*.py", "*.yml", "*.yaml", "*.toml", "*.html", "*.js")
MADE_LATER = {".venv", ".spotter", ".env"}
"""What a command makes; no checkout has it."""
ROUTES_OF_OTHERS = {"/docs", "/openapi.json", "/newbot", "/setprivacy"}
WORDS_OF_OTHERS = {
    "whatsapp_business_messaging",
    "whatsapp_business_management",
    "instagram_business_manage_messages",
}
"""Meta's names of permissions."""
FOR_TESTS = {"SPOTTER_PAYLOADS", "SPOTTER_MUTATIONS", "SPOTTER_MUTATIONS_SEED"}
"""Read by the tests alone."""
FOR_COMPOSE = {"SPOTTER_OWNER_PASSWORD", "SPOTTER_APP_PASSWORD", "SPOTTER_LISTEN"}
LARGEST_PICTURE = 400_000

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"(?:^|\n)\n((?:[ ]{4,}[^\n]*\n+)+)")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SETTING = re.compile(r"SPOTTER_[A-Z_]*[A-Z]")
PATH = re.compile(r"[\w.<>*{}-]+(?:/[\w.<>*{}-]+)*/?")
WORD = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:\([^)]*\))?")
FORBIDDEN = re.compile(
    r"(?<![\w.}>])/(?:work|root|home|tmp|mnt|opt|srv)(?:/|\b)"
    r"|\b(?:pypi\.org|pythonhosted|npmjs\.|proxy\.golang|artifactory|nexus)|https?://[^\s/]*(?:mirror|registry)",
    re.IGNORECASE,
)

pytestmark = pytest.mark.feature("17.20")


def of(page: Path) -> str:
    """How a page is called in messages."""
    return page.relative_to(CHECKOUT).as_posix()


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> Iterator[str]:
    """The lines of indented and fenced blocks."""
    text = text_of(page)
    for found in [*FENCE.findall(text), *BLOCK.findall(FENCE.sub("", text))]:
        yield from (line.strip() for line in found.splitlines())


def spans() -> Iterator[tuple[Path, str]]:
    """Everything in backticks, and where."""
    for page in PAGES:
        for found in SPAN.findall(FENCE.sub("", text_of(page))):
            yield page, found


def command_lines() -> Iterator[tuple[Path, str]]:
    """Everything that is there to be typed."""
    yield from spans()
    for page in PAGES:
        for line in blocks(page):
            yield page, line.partition("  #")[0].strip()


@functools.cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))


@functools.cache
def code() -> set[str]:
    """Every word of the sources."""
    found: set[str] = set()
    for folder in (*PARTS, "tests", "docs/demo"):
        for pattern in SPOKEN:
            for path in (CHECKOUT / folder).rglob(pattern):
                if path != Path(__file__):
                    found |= set(re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8")))
    for name in ("Makefile", "docker-compose.yml", "pyproject.toml", "Dockerfile", ".env.example"):
        found |= set(re.findall(r"[A-Za-z_]\w*", (CHECKOUT / name).read_text()))
    return found


def test_there_are_pages() -> None:
    assert len(PAGES) > 15


@pytest.mark.parametrize("page", PAGES, ids=of)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for found in LINK.findall(SPAN.sub("", FENCE.sub("", text_of(page)))):
        target, _, anchor = (found[0] or found[1]).partition("#")
        if target.startswith(("http:", "https:")):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(found)
    assert lost == []


def anchors(page: Path) -> set[str]:
    titles = [re.sub(r"[^\w\s-]", "", title.lower()) for title in HEADING.findall(text_of(page))]
    return {re.sub(r"\s", "-", title.strip()) for title in titles}


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, ahead = set(), [PAGES[0]]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = (found[0].partition("#")[0] for found in LINK.findall(text_of(page)))
        ahead += [(page.parent / target).resolve() for target in targets if target.endswith(".md")]
    assert [of(page) for page in PAGES if page not in seen] == []


@pytest.mark.parametrize("page", PAGES, ids=of)
def test_no_page_speaks_of_one_machine_or_of_a_registry(page: Path) -> None:
    assert FORBIDDEN.findall(text_of(page)) == []


def test_every_path_named_exists() -> None:
    lost = [f"{of(page)}: {name}" for page, name in spans() if is_path(name) and not exists(name, page)]
    assert lost == []


def is_path(name: str) -> bool:
    name = name.partition("::")[0].removeprefix(".venv/bin/")
    first = name.partition("/")[0]
    if not PATH.fullmatch(name) or first in MADE_LATER:
        return False
    return ("/" in name and first in FOLDERS) or Path(name).suffix in (
        ".py", ".md", ".yml", ".yaml", ".toml", ".lock", ".json"
    )  # fmt: skip


def exists(name: str, page: Path) -> bool:
    """The file, or the folder of a file that is still to be written; a test of that name where one is named."""
    name, _, test = name.partition("::")
    while "<" in name:
        name = name.rpartition("/")[0]
    if "*" in name:
        return any(CHECKOUT.glob(name))
    path = CHECKOUT / name
    if not path.exists() and "/" not in name:
        # A reader's own gym file, or one of the part that the page is about.
        return (
            name == "gym.yaml"
            or (page.parent / name).exists()
            or any(next((CHECKOUT / folder).rglob(name), None) for folder in FOLDERS)
        )
    return path.exists() and (not test or f"def {test}(" in path.read_text(encoding="utf-8"))


def test_every_make_target_exists() -> None:
    lost = [
        f"{of(page)}: {line}" for page, line in command_lines()
        if (found := re.match(r"make ([a-z]+)", line)) and found.group(1) not in make_targets()
    ]  # fmt: skip
    assert lost == []


def test_every_command_of_ours_exists_with_its_options() -> None:
    told, wrong = 0, []
    for page, line in command_lines():
        found = re.match(r"(?:\.venv/bin/|docker compose exec \w+ )?spotter (.+)", line)
        if not found:
            found = re.match(r"docker compose run .*? api (.+)", line)
        if found:
            told += 1
            if problem := understood(found.group(1).split()):
                wrong.append(f"{of(page)}: {line}: {problem}")
    assert wrong == []
    assert told > 10


def understood(words: list[str]) -> str | None:
    """What is wrong with this command of ours."""
    command: Any = typer.main.get_command(nlu.whole() if words[0] == "nlu" else spotter)
    if words[0] == "nlu":
        words = words[1:]
    while hasattr(command, "commands"):
        if not words or words[0] not in command.commands:
            return f"no command {words[:1]}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    return f"no option {unknown}" if unknown else None


def test_every_service_of_compose_exists() -> None:
    services = set(yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())["services"])
    named = set()
    for _, line in command_lines():
        if found := re.match(r"docker compose exec (\w+)", line):
            named.add(found.group(1))
        if found := re.match(r"docker compose logs (.+)", line):
            named |= set(found.group(1).split())
        named |= set(re.findall(r"--scale (\w+)=", line))
    assert named
    assert named <= services


def test_every_module_named_can_be_imported() -> None:
    lost = []
    for page, name in spans():
        bare = name.partition("(")[0]
        if not re.fullmatch(r"[\w.]+", bare) or "." not in bare or bare.partition(".")[0] not in PARTS:
            continue
        if is_path(bare) or not imports(bare):
            lost.append(f"{of(page)}: {name}")
    assert lost == []


def imports(dotted: str) -> bool:
    module, _, rest = dotted, "", ""
    while module:
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, last = module.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
            continue
        for part in filter(None, rest.split(".")):
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_every_word_of_the_code_is_in_the_code() -> None:
    """Names that look like code: with an underscore, in capitals, or in humps."""
    looked_at, lost = 0, []
    for page, name in spans():
        bare = name.partition("(")[0].rpartition(".")[2]
        if not WORD.fullmatch(name) or not re.search(r"_|^[A-Z]{3,}$|^[A-Z][a-z]+[A-Z]", bare):
            continue
        if bare.startswith("SPOTTER_") or bare in WORDS_OF_OTHERS or name.partition(".")[0] in PARTS:
            continue
        if bare.startswith("spotter_") and page.name == "operating.md":
            continue  # a metric: its own test knows the endings
        looked_at += 1
        if bare not in code() and not any(word.startswith(bare) for word in code() if bare.endswith("_")):
            lost.append(f"{of(page)}: {name}")
    assert lost == []
    assert looked_at > 40


def test_every_metric_named_is_measured() -> None:
    from api import metrics

    source = Path(metrics.__file__).read_text(encoding="utf-8")
    named = {
        name
        for page, name in spans()
        if page.name == "operating.md" and name.startswith("spotter_") and name != "spotter_app"
    }
    assert len(named) > 5
    assert [name for name in named if f'"{name.removesuffix("_total")}"' not in source] == []


def test_every_route_and_staff_command_named_exists() -> None:
    modules = [
        importlib.import_module(f"api.routes.{module.name}")
        for module in pkgutil.iter_modules(route_modules.__path__)
    ]
    routers = [
        router for module in modules for router in vars(module).values() if isinstance(router, APIRouter)
    ]
    routes = {route.path for router in routers for route in router.routes if hasattr(route, "path")}
    known = routes | {route.path for route in webhooks.routes()} | ROUTES_OF_OTHERS
    lost = []
    for page, name in spans():
        if not name.startswith("/"):
            continue
        word = name.split()[0]
        is_route = any(path == word or path.startswith(f"{word.rstrip('/')}/") for path in known)
        is_report = word.startswith("/api/v1/reports/")
        if not is_route and not is_report and word.removeprefix("/") not in registry.commands():
            lost.append(f"{of(page)}: {name}")
    assert lost == []


def test_every_setting_named_exists() -> None:
    known = {f"SPOTTER_{name.upper()}" for name in Settings.model_fields} | FOR_COMPOSE | FOR_TESTS
    named = {(of(page), name) for page in PAGES for name in SETTING.findall(text_of(page))}
    assert sorted(f"{page}: {name}" for page, name in named if name not in known) == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained_with_its_default(name: str) -> None:
    rows = re.findall(
        rf"^\| `SPOTTER_{name.upper()}` \| (.+?) \| (.+) \|$", text_of(DOCS / "operating.md"), re.MULTILINE
    )
    assert len(rows) == 1
    told, default = rows[0][0], Settings.model_fields[name].default
    if default is None:
        assert told.startswith("none")
    else:
        assert told == f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_role_has_a_row() -> None:
    roles = {role for command in registry.commands().values() for role in command.roles}
    for role in roles:
        assert f"\n| {role} | " in text_of(DOCS / "operating.md")


def test_the_message_templates_to_be_approved_are_where_the_page_says() -> None:
    assert catalogue()
    assert "`bot/message_templates/en.yml`" in text_of(DOCS / "going-live" / "whatsapp.md")


def test_every_decision_has_its_own_number_and_a_row_in_the_index() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [path.name[:4] for path in files]
    assert len(set(numbers)) == len(numbers)
    index = text_of(DOCS / "README.md")
    for path in files:
        assert f"[{path.name[:4]}](decisions/{path.name})" in index
        text = text_of(path)
        assert text.startswith(f"# {path.name[:4]}: ")
        assert text.index("## Context") < text.index("## Decision") < text.index("## Consequences")


def test_pictures_are_small() -> None:
    pictures = list((DOCS / "pictures").iterdir())
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size >= LARGEST_PICTURE] == []
