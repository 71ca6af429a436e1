"""Edits from an atlas file to the site: what is rendered again, and what may be published."""

from __future__ import annotations

from pathlib import Path

from convatlas.opening.configuration import read
from convatlas.pipeline import Result, build
from convatlas.rendering.progress import silence
from convatlas.store.store import Store
from convatlas.work import Work
from support import nets

ATLAS = """
models: [{name: net, source: "nets.py:small", input: {size: 24, resize: 24}}]
images: [{name: shown, source: "folder:shown", publish: PUBLISH}]
edits: EDITS
lenses: {kernels: false, examples: false, attribution: false, effects: false, circuits: false,
  maximize: false}
"""


def built(folder: Path, edits: str, publish: str = "full") -> Result:
    """What building the atlas with these edits comes to."""
    if not (folder / "shown").exists():
        nets.write_pictures(folder / "shown")
        (folder / "nets.py").write_text(Path(nets.__file__).read_text())
    text = ATLAS.replace("EDITS", edits).replace("PUBLISH", publish)
    (folder / "atlas.yaml").write_text(text)
    with Store(folder / "store") as store:
        configuration = read(folder / "atlas.yaml", {})
        result = build(configuration, store, folder / "site", Work("cpu"), silence)
    assert not result.failures
    return result


def pictures(folder: Path) -> set[str]:
    """The pictures of edits that the site has, without the digests in their names."""
    found = (folder / "site").rglob("*.webp")
    names = [file.relative_to(folder / "site").as_posix() for file in found]
    return {name.rpartition("-")[0] for name in names if "edits/" in name}


def test_a_second_build_renders_nothing_and_one_more_edit_only_itself(tmp_path: Path) -> None:
    first = built(tmp_path, "[mirror]")
    again = built(tmp_path, "[mirror]")
    assert (again.rendered, again.kept) == (0, first.rendered + first.kept)
    more = built(tmp_path, "[mirror, grey]")
    assert more.rendered == 2 + 2  # of two layers, the network and pictures
    assert more.kept == again.kept
    assert (tmp_path / "site" / "edits" / "grey" / "index.html").exists()
    assert built(tmp_path, "[grey]").rendered == 0
    assert not (tmp_path / "site" / "edits" / "mirror").exists()


def test_nothing_is_published_of_edited_images_that_may_not_be(tmp_path: Path) -> None:
    full = built(tmp_path, "[border]")
    assert pictures(tmp_path)
    secret = built(tmp_path, "[border]", "none")
    assert secret.rendered == 0
    assert not pictures(tmp_path)
    crops = built(tmp_path, "[border]", "crops")
    assert crops.rendered == 1  # its pictures alone
    assert pictures(tmp_path)
    assert full.rendered > 1
