"""JSON as a document to read, whole or while it is written; and strict reading and validation of the whole.

document = Document(schema)
for patch in document.feed('{"tot'): ...   # bring the page up to date
for patch in document.finish(): ...        # now it shows render(text, schema)
"""

from chat.partial_json.document import Document, render
from chat.partial_json.fit import problem
from chat.partial_json.schemas import schema_problem
from chat.partial_json.strict import NotJSON, value_of

__all__ = ["Document", "NotJSON", "problem", "render", "schema_problem", "value_of"]
