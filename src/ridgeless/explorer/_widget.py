"""The page as an element of a notebook, by anywidget."""

from __future__ import annotations

from typing import Any

from ridgeless._core.extras import needed_by

# The page writes its address to the window around it, since a document inside another has none of its own.
MODULE = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.title = "ridgeless explorer";
  frame.srcdoc = model.get("html");
  frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
  function heard(event) {
    if (event.source !== frame.contentWindow || typeof event.data?.ridgelessAddress !== "string") return;
    model.set("address", event.data.ridgelessAddress);
    model.save_changes();
  }
  addEventListener("message", heard);
  el.append(frame);
  return () => removeEventListener("message", heard);
}
export default { render };
"""


def make_widget(html: str, address: str, height: int) -> Any:
    """An `anywidget.AnyWidget` that shows a page, and whose trait `address` follows what is on the screen.

    Args:
        html: the page.
        address: what it shows at first.
        height: of the frame, in pixels.

    Raises:
        MissingDependencyError: anywidget is not installed.
    """
    with needed_by("Explorer.widget", instead="Without it a cell that ends with rl.explore(…) shows the page itself."):
        import anywidget
        import traitlets
    traits = {
        "__module__": __name__,
        "_esm": MODULE,
        "html": traitlets.Unicode(html).tag(sync=True),
        "address": traitlets.Unicode(address).tag(sync=True),
        "height": traitlets.Int(height).tag(sync=True),
    }
    return type("ExplorerWidget", (anywidget.AnyWidget,), traits)()
