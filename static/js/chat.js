// The chat page. The order matters: `answers` finds what the others listen to.
import "./stream.js";
import "./composer.js";
import "./focus.js";
import "./scroll.js";
import "./sidebar.js";
import "./live.js";
import "./picker.js";
import "./shortcuts.js";
import { watch } from "./answers.js";

watch();
