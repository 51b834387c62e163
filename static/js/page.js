// What every page has: menus, dialogs, copying, refusals said in a sentence, whose it is, the person's time zone.
import "./copy.js";
import "./errors.js";
import "./menus.js";
import "./session.js";
import "./timezone.js";
