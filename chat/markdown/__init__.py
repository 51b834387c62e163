"""Markdown to safe HTML, whole or while it is written.

renderer = Renderer()
for patch in renderer.feed("Some *te"): ...   # bring the page up to date
for patch in renderer.finish(): ...           # now it shows render(text)
plain("Some *text*")                          # Some text
"""

from chat.markdown.fences import coded
from chat.markdown.labels import relabelled
from chat.markdown.plain import plain
from chat.markdown.renderer import Renderer, render
from chat.patches import Patch

__all__ = ["Patch", "Renderer", "coded", "plain", "relabelled", "render"]
