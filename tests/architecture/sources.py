"""The files the architecture tests read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ["core", "accounts", "products", "pilots", "matching", "feedback", "overseas", "market"]
SOURCES = sorted(
    p for a in [*APPS, "config", "tools"] for p in (ROOT / a).rglob("*.py") if "migrations" not in p.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = ROOT / "templates"


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def in_layer(path: Path, layer: str) -> bool:
    """Whether a file belongs to a layer of its app: ``services.py`` or a file of the package ``services/``."""
    parts = path.relative_to(ROOT).parts
    return len(parts) > 1 and parts[1] in {layer, f"{layer}.py"}
