// What every page has: menus, dialogs, copying, refusals said in a sentence, the person's time zone.
import "./copy.js";
import "./errors.js";
import "./menus.js";
import "./timezone.js";
