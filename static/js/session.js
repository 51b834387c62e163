// Signing in again, in another tab, makes a new token: a page that has stayed open then sends that one. And every request
// says whose page it is, so that nothing is done for whoever else has signed in meanwhile.
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1];
const drawn = token();

/** The id of whose page this is; "" where nobody is signed in. */
export const person = document.body.dataset.person ?? "";

document.addEventListener("htmx:config:request", ({ detail: { ctx: { request } } }) => {
  if (person) request.headers["Sluice-Person"] = person;
  const now = token();
  if (request.method === "POST" && now && now !== drawn) request.body.set("csrfmiddlewaretoken", now);
});
